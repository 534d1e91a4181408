/** The modules that a program has loaded, with their originals before they were transformed. */

import { IMPORT_MODULE } from "../abi/hooks.ts";
import { engine, moduleStatics } from "../engine.ts";
import { isAdded, isOfDevice } from "./imports.ts";
import type { Caller, LoaderHost, LoaderImports, LoaderOptions, ModuleSource } from "./options.ts";
import { Bytes, construct, copyBytes, create, isObject, OwnWeakMap } from "./primordials.ts";

/** A module that was transformed. */
export interface Loaded {
  /** The program's module; undefined for one that another thread has compiled, or that was instrumented already. */
  readonly original: Uint8Array<ArrayBuffer> | undefined;
  /** What is compiled instead. */
  readonly binary: Uint8Array<ArrayBuffer>;
  /** Whether the original imports anything. */
  readonly hasImports: boolean;
  /** Imports from `kcov` of a module that was transformed elsewhere; undefined for one that was transformed here. */
  readonly hooks: readonly string[] | undefined;
  /** The options with which the module was compiled: they say what imports the engine provides. */
  readonly options?: unknown;
  /** The compiled original, once there has been a query that only it can answer. */
  compiled: WebAssembly.Module | undefined;
}

/** Contents, both originals and transformed modules, are kept for reuse up to this many bytes. */
const MAX_KEPT_BYTES = 1 << 28;

export class LoadedModules {
  readonly #options: LoaderOptions;
  readonly #host: LoaderHost;
  readonly #byModule = new OwnWeakMap<WebAssembly.Module, Loaded | "as it is">();
  /** What was loaded, by the length of the original; `loaded` is undefined for a module that stays as it is. */
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

  /** The modules that were transformed, as far as they are kept. */
  all(): Loaded[] {
    return Object.values(this.#contents).flatMap((same) => same.flatMap(({ loaded }) => loaded ?? []));
  }

  /** The script that is loading a module at the moment. */
  caller(): Caller {
    return this.#host.caller();
  }

  /**
   * Transforms what a program is about to compile.
   *
   * @returns undefined if it is not a module, is not the program's, or stays as it is
   */
  load(source: unknown, caller: Caller, url?: string): Loaded | undefined {
    if (caller.isHost) return undefined;
    const original = copyBytes(source);
    return original && this.#find(original, caller, url);
  }

  /** Remembers what a module was compiled from. @param options what it was compiled with besides its bytes */
  remember<T extends WebAssembly.Module>(module: T, loaded: Loaded, options?: unknown): T {
    this.#byModule.set(module, options === undefined ? loaded : { ...loaded, options, compiled: undefined });
    return module;
  }

  /** What a module was compiled from, if it was transformed in this thread, or in another one that has posted it. */
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

  /** A module that was instrumented already, if the loader is to provide its imports. */
  #adopt(binary: Uint8Array<ArrayBuffer>, source: ModuleSource): Loaded | undefined {
    if (!this.#options.adopt?.(new Bytes(binary), source)) return undefined;
    const { hooks, others } = this.#hooksOf(new engine.Module(binary));
    return { original: undefined, binary, hasImports: others > 0, hooks, compiled: undefined };
  }

  /** Whether a module uses another device: instrumented by the program, or hooks of another copy of this library. */
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
      // It is not a module, which the engine will report to the program.
      return false;
    }
  }

  #keep(original: Uint8Array<ArrayBuffer>, loaded: Loaded | undefined): void {
    this.#keptBytes += original.length + (loaded?.binary.length ?? 0);
    if (this.#keptBytes > MAX_KEPT_BYTES) {
      // A program that compiles that much keeps compiling new modules, and rarely the same one again.
      this.#contents = create(null);
      this.#keptBytes = 0;
    }
    const same = this.#contents[original.length] ?? [];
    same[same.length] = { original, loaded };
    this.#contents[original.length] = same;
  }

  /** Recognises a module from elsewhere as instrumented if it has the imports that the pass adds. */
  #recognize(module: WebAssembly.Module): Loaded | undefined {
    try {
      const { hooks, others } = this.#hooksOf(module);
      if (hooks.length === 0) return undefined;
      return { original: undefined, binary: new Bytes(0), hasImports: others > 0, hooks, compiled: undefined };
    } catch {
      // It is not a module.
      return undefined;
    }
  }

  /** The imports of a module that the pass adds, and the number of its other imports. */
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

/** The compiled original of a module, for queries to the engine. */
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

const IMPORT_SECTION = 2;

/** A range of bytes. */
interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** The entries of a module's import section; undefined for a module that imports nothing. */
function importSection(bytes: Uint8Array): ByteRange | undefined {
  let position = 8;
  const u32 = (): number => {
    let value = 0;
    for (let factor = 1; position < bytes.length; factor *= 128) {
      const byte = bytes[position++] ?? 0;
      value += (byte & 127) * factor;
      if (byte < 128) break;
    }
    return value;
  };
  while (position < bytes.length) {
    const id = bytes[position++];
    const end = u32() + position;
    if (id === IMPORT_SECTION) return u32() > 0 ? { start: position, end } : undefined;
    position = end;
  }
  return undefined;
}

/** Whether the name "kcov" occurs in a range, which is not so for most modules: those need no closer look. */
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
