/**
 * Makes WebAssembly instrument what it loads: every module that the program compiles is transformed first, and every
 * instance of such a module gets the device's imports. Glue code needs no change, and sees none: what
 * `WebAssembly.Module.imports` says of a module leaves out what the pass added.
 */

import { IMPORT_MODULE } from "../abi/hooks.ts";
import type { KcovImports } from "./kcov.ts";

/** Where a module's bytes came from. */
export interface ModuleSource {
  /** URL of the response that the module was streamed from, if it was. */
  url: string | undefined;
}

export interface LoaderOptions {
  /** What the instances of transformed modules import: `kcov.imports`. */
  imports: KcovImports;
  /**
   * Instruments a module; those that Node.js loads for itself are not shown to it. It may return the bytes as they are, and must do so for bytes that are no module: the engine
   * then reports what is wrong with them, as it would have without a loader.
   */
  transform(binary: Uint8Array<ArrayBuffer>, source: ModuleSource): Uint8Array<ArrayBuffer>;
}

/** The loader at work. */
export interface Loader {
  /** Puts the engine's own functions back. Modules that were loaded stay instrumented. */
  [Symbol.dispose](): void;
}

type Source = BufferSource | WebAssembly.Module;
type StreamSource = Response | PromiseLike<Response>;
/** Imports and compile options as the engine takes them; they are handed on as they are. */
type Rest = unknown[];

/** The engine's functions, as they were. */
type Engine = Pick<
  typeof WebAssembly,
  "compile" | "instantiate" | "compileStreaming" | "instantiateStreaming" | "Module" | "Instance"
>;

/**
 * Replaces `WebAssembly.compile`, `instantiate`, `compileStreaming`, `instantiateStreaming`, `Module` and `Instance` in
 * this realm until the loader is disposed of.
 */
export function installLoader(options: LoaderOptions): Loader {
  const { compile, instantiate, compileStreaming, instantiateStreaming, Module, Instance } = WebAssembly;
  const engine: Engine = { compile, instantiate, compileStreaming, instantiateStreaming, Module, Instance };
  const transformer = new Transformer(options);
  const withImports = (module: WebAssembly.Module, imports: unknown): WebAssembly.Imports =>
    addImports(engine, module, imports, options.imports);

  const instrumentedCompile = async (source: BufferSource, ...rest: Rest): Promise<WebAssembly.Module> =>
    call(engine.compile, transformer.run(source), ...rest);

  const replacements = {
    compile: instrumentedCompile,
    async instantiate(source: Source, imports: unknown, ...rest: Rest) {
      if (source instanceof engine.Module)
        return call(engine.instantiate, source, withImports(source, imports), ...rest);
      const module = await instrumentedCompile(source as BufferSource, ...rest);
      const instance = await engine.instantiate(module, withImports(module, imports));
      return { module, instance };
    },
    async compileStreaming(source: StreamSource, ...rest: Rest) {
      const internal = calledByNode();
      const { bytes, url } = await receive(source);
      return call(engine.compile, internal ? bytes : transformer.run(bytes, url), ...rest);
    },
    async instantiateStreaming(source: StreamSource, imports: unknown, ...rest: Rest) {
      const module = await replacements.compileStreaming(source, ...rest);
      const instance = await engine.instantiate(module, withImports(module, imports));
      return { module, instance };
    },
    Module: moduleConstructor(engine, transformer),
    Instance: new Proxy(engine.Instance, {
      construct: (target, [module, imports], newTarget) =>
        Reflect.construct(
          target,
          [module, isModule(engine, module) ? withImports(module, imports) : imports],
          newTarget,
        ),
    }),
  };
  replace(replacements);
  return { [Symbol.dispose]: () => replace(engine) };
}

/** Transforms the bytes of modules. */
class Transformer {
  readonly #options: LoaderOptions;

  constructor(options: LoaderOptions) {
    this.#options = options;
  }

  /** Anything but bytes is left to the engine to refuse. */
  run(source: BufferSource, url?: string): BufferSource {
    if (!ArrayBuffer.isView(source) && !(source instanceof ArrayBuffer) && !isShared(source)) return source;
    return calledByNode() ? source : this.#options.transform(copyBytes(source), { url });
  }
}

/** Whether Node.js itself loads a module: its HTTP parser, say. It is no part of the program. */
function calledByNode(): boolean {
  // The path, since not every tool keeps URLs in stack traces.
  const here = new URL(import.meta.url).pathname;
  const frames = (new Error().stack ?? "").split("\n").slice(1);
  return frames.find((frame) => !frame.includes(here))?.includes("node:internal/") ?? false;
}

function isShared(source: unknown): source is SharedArrayBuffer {
  return typeof SharedArrayBuffer !== "undefined" && source instanceof SharedArrayBuffer;
}

/** The engine copies the bytes before it compiles them; so must whoever reads them first. */
function copyBytes(source: ArrayBufferView | ArrayBufferLike): Uint8Array<ArrayBuffer> {
  const view = ArrayBuffer.isView(source)
    ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
    : new Uint8Array(source);
  return new Uint8Array(view);
}

/** `new WebAssembly.Module(bytes)`, and its static functions with the added imports left out. */
function moduleConstructor(engine: Engine, transformer: Transformer): typeof WebAssembly.Module {
  const imports = (module: WebAssembly.Module): WebAssembly.ModuleImportDescriptor[] =>
    engine.Module.imports(module).filter((entry) => entry.module !== IMPORT_MODULE);
  return new Proxy(engine.Module, {
    construct: (target, [source, ...rest], newTarget) =>
      Reflect.construct(target, [transformer.run(source), ...rest], newTarget),
    get: (target, property, receiver) => (property === "imports" ? imports : Reflect.get(target, property, receiver)),
  });
}

/**
 * The program's import object, with the device's imports added for a module that has them. The object is inherited
 * from, not copied: it may compute its properties.
 */
function addImports(
  engine: Engine,
  module: WebAssembly.Module,
  imports: unknown,
  added: KcovImports,
): WebAssembly.Imports {
  const instrumented = engine.Module.imports(module).some((entry) => entry.module === IMPORT_MODULE);
  // What is no object is for the engine to refuse; but a module without imports of its own is given none.
  if (!instrumented || (imports !== undefined && !isObject(imports))) return imports as WebAssembly.Imports;
  const overrides: PropertyDescriptorMap = { [IMPORT_MODULE]: { value: added[IMPORT_MODULE], enumerable: true } };
  for (const name of needsPlainFunctions() ? WASI_MODULES : []) {
    const functions = (imports as WebAssembly.Imports | undefined)?.[name];
    if (isObject(functions)) overrides[name] = { value: plainFunctions(functions), enumerable: true };
  }
  return Object.create(imports ?? null, overrides);
}

const WASI_MODULES = ["wasi_snapshot_preview1", "wasi_unstable"] as const;

/**
 * Whether a module with several memories must not be given native functions: V8 12, that of Node.js 22, ends the process
 * then ("Fast API does not support multiple memories yet"). Those of node:wasi are of that kind.
 */
function needsPlainFunctions(): boolean {
  const { process } = globalThis as { process?: { versions?: { v8?: string } } };
  return process?.versions?.v8?.startsWith("12.") ?? false;
}

/** The same functions behind functions of JavaScript. */
export function plainFunctions<T extends object>(functions: T): T {
  const wrapped = Object.entries(functions).map(([name, value]) =>
    typeof value === "function" ? [name, (...args: unknown[]) => value(...args)] : [name, value],
  );
  return Object.fromEntries(wrapped) as T;
}

/** Receives a response as streaming compilation does: a bad status or type is a TypeError. */
async function receive(source: StreamSource): Promise<{ bytes: Uint8Array<ArrayBuffer>; url: string }> {
  const response = await source;
  if (!(response instanceof Response)) throw new TypeError("streaming compilation takes a Response");
  const type = response.headers.get("content-type")?.trim().toLowerCase();
  if (type !== "application/wasm") throw new TypeError("WebAssembly response has unsupported MIME type");
  if (!response.ok) throw new TypeError(`WebAssembly response has status ${response.status}`);
  return { bytes: new Uint8Array(await response.arrayBuffer()), url: response.url };
}

function replace(functions: object): void {
  for (const [name, value] of Object.entries(functions)) {
    if (value === undefined) continue;
    Object.defineProperty(WebAssembly, name, { value, writable: true, enumerable: false, configurable: true });
  }
}

/** Calls a function of the engine with arguments that its type does not list (compile options). */
function call<T>(fn: (...args: never[]) => T, ...args: unknown[]): T {
  return (fn as (...args: unknown[]) => T)(...args);
}

function isModule(engine: Engine, value: unknown): value is WebAssembly.Module {
  return value instanceof engine.Module;
}

function isObject(value: unknown): value is object {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}
