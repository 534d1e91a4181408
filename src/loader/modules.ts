/** The modules that a program has loaded: what each was before it was transformed. */

import { IMPORT_MODULE } from "../abi/hooks.ts";
import { type ByteRange, LebReader, MODULE_HEADER, SECTION } from "../binary_format.ts";
import { engine, moduleStatics } from "../engine.ts";
import { isAdded, isOfDevice } from "./imports.ts";
import type { Caller, LoaderHost, LoaderImports, LoaderOptions, ModuleSource } from "./options.ts";
import { Bytes, construct, copyBytes, create, isObject, OwnWeakMap } from "./primordials.ts";

/** A module that was transformed. */
export interface Loaded {
  /** The module as the program has it; undefined for one that another thread has compiled, or that came instrumented. */
  readonly original: Uint8Array<ArrayBuffer> | undefined;
  /** What is compiled instead. */
  readonly binary: Uint8Array<ArrayBuffer>;
  /** Whether the original imports anything. */
  readonly hasImports: boolean;
  /** Imports from `kcov` that a module from elsewhere has; undefined for one that was transformed here. */
  readonly hooks: readonly string[] | undefined;
  /** What else the module was compiled with: which imports the engine provides. */
  readonly options?: unknown;
  /** The original compiled, once something is asked that only it can answer. */
  compiled: WebAssembly.Module | undefined;
}

/** Contents are kept, to be found again, up to this many bytes: originals and what became of them. */
const MAX_KEPT_BYTES = 1 << 28;

export class LoadedModules {
  readonly #options: LoaderOptions;
  readonly #host: LoaderHost;
  readonly #byModule = new OwnWeakMap<WebAssembly.Module, Loaded | "as it is">();
  /** What was loaded, by the length of the original; undefined: it stays as it is. */
  #contents: Record<number, { original: Uint8Array<ArrayBuffer>; loaded: Loaded | undefined }[]> = create(null);
  #keptBytes = 0;
  #imports: LoaderImports | undefined;

  constructor(options: LoaderOptions, host: LoaderHost) {
    this.#options = options;
    this.#host = host;
  }

  /** What instances of transformed modules import. */
  get imports(): LoaderImports {
    const { imports } = this.#options;
    this.#imports ??= typeof imports === "function" ? imports() : imports;
    return this.#imports;
  }

  /** Those that were transformed, as far as they are kept. */
  all(): Loaded[] {
    return Object.values(this.#contents).flatMap((same) => same.flatMap(({ loaded }) => loaded ?? []));
  }

  /** The script that asks for a module now. */
  caller(): Caller {
    return this.#host.caller();
  }

  /**
   * Transforms what a program is about to compile.
   *
   * @returns undefined: it is no module, is not the program's, or stays as it is
   */
  load(source: unknown, caller: Caller, url?: string): Loaded | undefined {
    if (caller.isHost) return undefined;
    const original = copyBytes(source);
    return original && this.#find(original, caller, url);
  }

  /** Remembers what a module was made of. @param options what it was compiled with, beside its bytes */
  remember<T extends WebAssembly.Module>(module: T, loaded: Loaded, options?: unknown): T {
    this.#byModule.set(module, options === undefined ? loaded : { ...loaded, options, compiled: undefined });
    return module;
  }

  /** What a module was, if it was transformed: in this thread, or in another one that has posted it. */
  get(module: unknown): Loaded | undefined {
    if (!isObject(module)) return undefined;
    let known = this.#byModule.get(module as WebAssembly.Module);
    if (known === undefined) {
      known = this.#recognize(module as WebAssembly.Module) ?? "as it is";
      this.#byModule.set(module as WebAssembly.Module, known);
    }
    return known === "as it is" ? undefined : known;
  }

  #find(original: Uint8Array<ArrayBuffer>, caller: Caller, url: string | undefined): Loaded | undefined {
    const source: ModuleSource = { url, script: caller.script, path: this.#host.locate?.(original, caller) };
    const same = this.#contents[original.length];
    for (let index = 0; same !== undefined && index < same.length; index++) {
      const entry = same[index];
      if (entry === undefined || !equal(entry.original, original)) continue;
      if (entry.loaded !== undefined) this.#options.repeated?.(original, source);
      return entry.loaded;
    }
    const loaded = this.#transform(original, source);
    this.#keep(original, loaded);
    return loaded;
  }

  #transform(original: Uint8Array<ArrayBuffer>, source: ModuleSource): Loaded | undefined {
    const imports = importSection(original);
    if (imports !== undefined && this.#usesDevice(original, imports)) return this.#adopt(original, source);
    const binary = this.#options.transform(new Bytes(original), source);
    if (binary.length === original.length && equal(binary, original)) return undefined;
    return { original, binary, hasImports: imports !== undefined, hooks: undefined, compiled: undefined };
  }

  /** A module that came instrumented, if the loader is to give it what it imports. */
  #adopt(binary: Uint8Array<ArrayBuffer>, source: ModuleSource): Loaded | undefined {
    if (!this.#options.adopt?.(new Bytes(binary), source)) return undefined;
    const { hooks, others } = this.#hooksOf(new engine.Module(binary));
    return { original: undefined, binary, hasImports: others > 0, hooks, compiled: undefined };
  }

  /** Whether a module is part of another device: instrumented by the program itself, or hooks of another copy of this. */
  #usesDevice(original: Uint8Array<ArrayBuffer>, imports: ByteRange): boolean {
    if (!mentionsDevice(original, imports)) return false;
    try {
      const all = moduleStatics.imports(new engine.Module(original));
      for (let index = 0; index < all.length; index++) {
        const each = all[index] as WebAssembly.ModuleImportDescriptor;
        if (isOfDevice(each) || isAdded(each.module, each.name, this.imports)) return true;
      }
      return false;
    } catch {
      // No module: the engine says so to the program.
      return false;
    }
  }

  #keep(original: Uint8Array<ArrayBuffer>, loaded: Loaded | undefined): void {
    this.#keptBytes += original.length + (loaded?.binary.length ?? 0);
    if (this.#keptBytes > MAX_KEPT_BYTES) {
      // A program that compiles so much compiles new modules all the time, and seldom the same one again.
      this.#contents = create(null);
      this.#keptBytes = 0;
    }
    const same = this.#contents[original.length] ?? [];
    same[same.length] = { original, loaded };
    this.#contents[original.length] = same;
  }

  /** A module from elsewhere: instrumented ones have the imports that the pass adds. */
  #recognize(module: WebAssembly.Module): Loaded | undefined {
    try {
      const { hooks, others } = this.#hooksOf(module);
      if (hooks.length === 0) return undefined;
      return { original: undefined, binary: new Bytes(0), hasImports: others > 0, hooks, compiled: undefined };
    } catch {
      // It is no module.
      return undefined;
    }
  }

  /** What a module imports that the pass adds, and how many others. */
  #hooksOf(module: WebAssembly.Module): { hooks: string[]; others: number } {
    const imports = moduleStatics.imports(module);
    const hooks: string[] = [];
    for (let index = 0; index < imports.length; index++) {
      const { module: from, name } = imports[index] as WebAssembly.ModuleImportDescriptor;
      if (from === IMPORT_MODULE && isAdded(from, name, this.imports)) hooks[hooks.length] = name;
    }
    return { hooks, others: imports.length - hooks.length };
  }
}

/** The original of a module as a module, to ask the engine about. */
export function compiledOriginal(loaded: Loaded): WebAssembly.Module | undefined {
  if (loaded.original === undefined) return undefined;
  loaded.compiled ??= construct(engine.Module, [loaded.original, loaded.options]) as WebAssembly.Module;
  return loaded.compiled;
}

/** Whether two arrays of the same length are equal; both begin where their buffers do. */
function equal(a: Uint8Array<ArrayBuffer>, b: Uint8Array<ArrayBuffer>): boolean {
  for (let index = 0; index < a.length; index++) if (a[index] !== b[index]) return false;
  return true;
}

/** The entries of a module's import section; undefined for a module that imports nothing. */
function importSection(bytes: Uint8Array): ByteRange | undefined {
  const reader = new LebReader(bytes, MODULE_HEADER.length);
  while (reader.position < bytes.length) {
    const id = reader.byte();
    const end = reader.uleb() + reader.position;
    if (id === SECTION.import) return reader.uleb() > 0 ? { start: reader.position, end } : undefined;
    reader.position = end;
  }
  return undefined;
}

/** Whether the name of the device's module is found there: most modules are done with then. */
function mentionsDevice(bytes: Uint8Array, { start, end }: ByteRange): boolean {
  const { length } = IMPORT_MODULE;
  for (let at = start; at + length < end; at++) {
    let same = 0;
    if (bytes[at] !== length) continue;
    while (same < length && bytes[at + 1 + same] === DEVICE_NAME[same]) same++;
    if (same === length) return true;
  }
  return false;
}

const DEVICE_NAME = new TextEncoder().encode(IMPORT_MODULE);
