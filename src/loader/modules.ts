/** The modules that a program has loaded, with their originals before they were transformed. */

import { IMPORT_MODULE } from "../abi/hooks.ts";
import { type ByteRange, LebReader, MODULE_HEADER, SECTION } from "../binary_format.ts";
import { engine, moduleStatics } from "../engine.ts";
import { isAdded, isOfDevice } from "./imports.ts";
import type { Caller, LoaderHost, LoaderImports, LoaderOptions, ModuleSource } from "./options.ts";
import { Bytes, chain, construct, copyBytes, create, isObject, OwnWeakMap } from "./primordials.ts";

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

/** A module that is being transformed. */
export class Later {
  readonly original: Uint8Array<ArrayBuffer>;
  /** Undefined: it stays as it is. */
  readonly loaded: Promise<Loaded | undefined>;

  constructor(original: Uint8Array<ArrayBuffer>, loaded: Promise<Loaded | undefined>) {
    this.original = original;
    this.loaded = loaded;
  }
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
  #pending: Later[] = [];
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
    return original && this.#find(original, this.#sourceOf(original, caller, url));
  }

  /** The same where the program waits for a promise. */
  loadLater(source: unknown, caller: Caller, url?: string): Loaded | Later | undefined {
    if (this.#options.transformLater === undefined) return this.load(source, caller, url);
    if (caller.isHost) return undefined;
    const original = copyBytes(source);
    if (original === undefined) return undefined;
    const from = this.#sourceOf(original, caller, url);
    const isDone = this.#entryOf(original) !== undefined || this.#usesDevice(original);
    return isDone ? this.#find(original, from) : this.#transformLater(original, from);
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

  #sourceOf(original: Uint8Array<ArrayBuffer>, caller: Caller, url: string | undefined): ModuleSource {
    return { url, script: caller.script, path: this.#host.locate?.(original, caller) };
  }

  #find(original: Uint8Array<ArrayBuffer>, source: ModuleSource): Loaded | undefined {
    const entry = this.#entryOf(original);
    if (entry !== undefined) return this.#again(entry.loaded, original, source);
    if (this.#usesDevice(original)) return this.#keep(original, this.#adopt(original, source));
    return this.#keep(original, loadedAs(original, this.#options.transform(new Bytes(original), source)));
  }

  #entryOf(original: Uint8Array<ArrayBuffer>): { loaded: Loaded | undefined } | undefined {
    const same = this.#contents[original.length];
    for (let index = 0; same !== undefined && index < same.length; index++) {
      const entry = same[index];
      if (entry !== undefined && equal(entry.original, original)) return entry;
    }
    return undefined;
  }

  /** A content that was transformed before is loaded once more. */
  #again(loaded: Loaded | undefined, original: Uint8Array<ArrayBuffer>, source: ModuleSource): Loaded | undefined {
    if (loaded !== undefined) this.#options.repeated?.(original, source);
    return loaded;
  }

  #transformLater(original: Uint8Array<ArrayBuffer>, source: ModuleSource): Loaded | Later | undefined {
    for (let index = 0; index < this.#pending.length; index++) {
      const { original: other, loaded } = this.#pending[index] as Later;
      if (other.length !== original.length || !equal(other, original)) continue;
      return new Later(
        original,
        chain(loaded, (same) => this.#again(same, original, source)),
      );
    }
    const made = this.#options.transformLater?.(new Bytes(original), source) ?? original;
    if (made instanceof Bytes) return this.#keep(original, loadedAs(original, made));
    const later: Later = new Later(
      original,
      chain(made, (binary) => this.#arrived(later, binary)),
    );
    this.#pending[this.#pending.length] = later;
    return later;
  }

  #arrived(later: Later, binary: Uint8Array<ArrayBuffer>): Loaded | undefined {
    const others: Later[] = [];
    for (let index = 0; index < this.#pending.length; index++) {
      const each = this.#pending[index] as Later;
      if (each !== later) others[others.length] = each;
    }
    this.#pending = others;
    // It may have been asked for at once in between.
    const entry = this.#entryOf(later.original);
    return entry === undefined ? this.#keep(later.original, loadedAs(later.original, binary)) : entry.loaded;
  }

  /** A module that was instrumented already, if the loader is to provide its imports. */
  #adopt(binary: Uint8Array<ArrayBuffer>, source: ModuleSource): Loaded | undefined {
    if (!this.#options.adopt?.(new Bytes(binary), source)) return undefined;
    const { hooks, others } = this.#hooksOf(new engine.Module(binary));
    return { original: undefined, binary, hasImports: others > 0, hooks, compiled: undefined };
  }

  /** Whether a module uses another device: instrumented by the program, or hooks of another copy of this library. */
  #usesDevice(original: Uint8Array<ArrayBuffer>): boolean {
    const imports = importSection(original);
    if (imports === undefined || !mentionsDevice(original, imports)) return false;
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

  #keep(original: Uint8Array<ArrayBuffer>, loaded: Loaded | undefined): Loaded | undefined {
    this.#keptBytes += original.length + (loaded?.binary.length ?? 0);
    if (this.#keptBytes > MAX_KEPT_BYTES) {
      // A program that compiles that much keeps compiling new modules, and rarely the same one again.
      this.#contents = create(null);
      this.#keptBytes = 0;
    }
    const same = this.#contents[original.length] ?? [];
    same[same.length] = { original, loaded };
    this.#contents[original.length] = same;
    return loaded;
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

/** @returns undefined for bytes that are as they were */
function loadedAs(original: Uint8Array<ArrayBuffer>, binary: Uint8Array<ArrayBuffer>): Loaded | undefined {
  if (binary.length === original.length && equal(binary, original)) return undefined;
  const hasImports = importSection(original) !== undefined;
  return { original, binary, hasImports, hooks: undefined, compiled: undefined };
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
