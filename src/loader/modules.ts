/** The modules that a program has loaded: what each was before it was transformed. */

import { engine, moduleStatics } from "../engine.ts";
import { isAdded } from "./imports.ts";
import type { Caller, LoaderHost, LoaderImports, LoaderOptions, ModuleSource } from "./options.ts";
import { Bytes, copyBytes, create, isObject, OwnWeakMap } from "./primordials.ts";

/** A module that was transformed. */
export interface Loaded {
  /** The module as the program has it; undefined for one that another thread has compiled. */
  readonly original: Uint8Array<ArrayBuffer> | undefined;
  /** What is compiled instead. */
  readonly binary: Uint8Array<ArrayBuffer>;
  /** Whether the original imports anything. */
  readonly hasImports: boolean;
  /** The original compiled, once something is asked that only it can answer. */
  compiled: WebAssembly.Module | undefined;
}

/** Contents are kept, to be found again, up to this many bytes: originals and what became of them. */
const MAX_KEPT_BYTES = 1 << 28;

export class LoadedModules {
  readonly #options: LoaderOptions;
  readonly #host: LoaderHost;
  readonly #byModule = new OwnWeakMap<WebAssembly.Module, Loaded | "as it is">();
  /** By length of the original; undefined: it stays as it is. */
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

  /** Who asks for a module now. */
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

  /** Remembers what a module was made of. */
  remember<T extends WebAssembly.Module>(module: T, loaded: Loaded): T {
    this.#byModule.set(module, loaded);
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
    const binary = this.#options.transform(new Bytes(original), source);
    const loaded =
      binary.length === original.length && equal(binary, original)
        ? undefined
        : { original, binary, hasImports: hasImports(original), compiled: undefined };
    this.#keep(original, loaded);
    return loaded;
  }

  #keep(original: Uint8Array<ArrayBuffer>, loaded: Loaded | undefined): void {
    this.#keptBytes += original.length + (loaded?.binary.length ?? 0);
    if (this.#keptBytes > MAX_KEPT_BYTES) {
      // Whoever compiles that much compiles new modules all the time, and seldom one again.
      this.#contents = create(null);
      this.#keptBytes = 0;
    }
    const same = this.#contents[original.length] ?? [];
    same[same.length] = { original, loaded };
    this.#contents[original.length] = same;
  }

  /** A module from elsewhere: instrumented ones have the imports that the pass adds. */
  #recognize(module: WebAssembly.Module): Loaded | undefined {
    let imports: WebAssembly.ModuleImportDescriptor[];
    try {
      imports = moduleStatics.imports(module);
    } catch {
      return undefined;
    }
    let added = 0;
    for (let index = 0; index < imports.length; index++) {
      const entry = imports[index] as WebAssembly.ModuleImportDescriptor;
      if (isAdded(entry.module, entry.name, this.imports)) added++;
    }
    if (added === 0) return undefined;
    return { original: undefined, binary: new Bytes(0), hasImports: added < imports.length, compiled: undefined };
  }
}

/** The original of a module as a module, to ask the engine about. */
export function compiledOriginal(loaded: Loaded): WebAssembly.Module | undefined {
  if (loaded.original === undefined) return undefined;
  loaded.compiled ??= new engine.Module(loaded.original);
  return loaded.compiled;
}

/** Of the same length; both begin where their buffers do. */
function equal(a: Uint8Array<ArrayBuffer>, b: Uint8Array<ArrayBuffer>): boolean {
  for (let index = 0; index < a.length; index++) if (a[index] !== b[index]) return false;
  return true;
}

const IMPORT_SECTION = 2;

/** Whether a valid module has imports: an import section with more than no entries. */
function hasImports(bytes: Uint8Array): boolean {
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
    const length = u32();
    if (id === IMPORT_SECTION) return u32() > 0;
    position += length;
  }
  return false;
}
