/** Traces one export of a module, with WASI if the module imports it. */

import { basename, resolve } from "node:path";
import type { WASI } from "node:wasi";
import { WASI_MODULE } from "../../abi/counters.ts";
import { type CodePosition, OriginalPositions } from "../../instrument/original_position.ts";
import type { FunctionType, ValueType } from "../../instrument/wasm/module_info.ts";
import { isAddedImport, type LoaderImports, plainFunctions } from "../../loader/index.ts";
import { hex, visible } from "../../text.ts";
import { EXIT_USAGE, Failure, ofModuleLater } from "../failure.ts";
import { readFileOrStdin, say } from "../io.ts";
import { readableName } from "./decode.ts";
import type { ModuleTracer } from "./module_tracer.ts";
import type { ModuleInstrumenter, TracedModule } from "./modules.ts";

export interface ModuleRun {
  /** Export to call; undefined for `_start`. */
  invoke: string | undefined;
  /** Arguments of the export if one is named, else of the WASI program. */
  args: readonly string[];
  /** Directories that the WASI program may open, as GUEST=HOST. */
  directories: readonly string[];
  /** The environment of the WASI program, as NAME=VALUE, or NAME for a variable of this process. */
  variables: readonly string[];
  /** File descriptor for the WASI program's standard output. */
  stdout: number;
}

/**
 * Instruments and runs a module. The export's result is printed on stderr, so that stdout has only the report.
 *
 * @param report called when the module has run, even if it trapped
 * @throws {Failure} the module does not have what was asked for, needs imports that nobody provides, or trapped
 */
export async function traceModule(
  path: string,
  run: ModuleRun,
  instrumenter: ModuleInstrumenter,
  tracer: ModuleTracer,
  report: () => void,
): Promise<void> {
  const binary = readFileOrStdin(path);
  const traced = await ofModuleLater(path, instrumenter.instrument(binary, { path: resolve(path) }));
  const { exportedFunctions } = traced.module.info;
  const name = run.invoke ?? "_start";
  const type = exportedFunctions.get(name);
  if (type === undefined) throw missingExport(path, run.invoke, exportedFunctions);
  const args = run.invoke === undefined ? [] : parseArguments(name, type, run.args);

  const module = await compile(path, traced.binary);
  const needsWasi = checkImports(path, module, tracer.imports);
  const wasi = needsWasi ? await createWasi(path, run) : undefined;
  try {
    const imports: WebAssembly.Imports = {
      kcov: tracer.imports.kcov as WebAssembly.ModuleImports,
      ...(wasi && nodeWasiImports(wasi)),
    };
    const instance = await WebAssembly.instantiate(module, imports);
    if (run.invoke === undefined && wasi !== undefined) {
      process.exitCode = wasi.start(instance);
      return;
    }
    if (wasi !== undefined) initialize(wasi, instance);
    const result = (instance.exports[name] as (...args: unknown[]) => unknown)(...args);
    if (result !== undefined) say(`${name}(${run.args.join(", ")}) = ${String(result)}`);
  } catch (error) {
    throw new Failure(`${basename(path)}: ${describeTrap(error, placesOf(binary, traced))}`);
  } finally {
    report();
  }
}

export async function compile(path: string, binary: Uint8Array<ArrayBuffer>): Promise<WebAssembly.Module> {
  try {
    return await WebAssembly.compile(binary);
  } catch (error) {
    throw new Failure(
      `${path} is a module that this Node.js (${process.version}) cannot compile: ${(error as Error).message}`,
    );
  }
}

/** Checks that a module's imports can be provided. @returns whether it needs WASI */
export function checkImports(path: string, module: WebAssembly.Module, added: LoaderImports): boolean {
  const all = WebAssembly.Module.imports(module);
  const imports = all.filter(({ module: from, name }) => !isAddedImport(from, name, added));
  const foreign = imports.filter(({ module: from }) => from !== WASI_MODULE);
  if (foreign.length > 0) {
    const names = foreign.slice(0, 5).map(({ module: from, name }) => `${from}.${name}`);
    const more = foreign.length > names.length ? ` and ${foreign.length - names.length} more` : "";
    throw new Failure(`${path} imports ${names.join(", ")}${more}: give a script that instantiates it instead`);
  }
  return imports.length > 0;
}

export async function createWasi(path: string, run: ModuleRun): Promise<WASI> {
  const WASI = await importWasi();
  const preopens = Object.fromEntries(run.directories.map((directory) => splitDirectory(directory)));
  const args = [basename(path), ...(run.invoke === undefined ? run.args : [])];
  const env = Object.fromEntries(run.variables.flatMap(splitVariable));
  return new WASI({ version: "preview1", args, env, preopens, stdout: run.stdout, returnOnExit: true });
}

/**
 * WASI's imports, wrapped in JavaScript functions: V8 in Node.js 22 aborts the process if a module with several
 * memories imports native functions that it can call directly ("Fast API does not support multiple memories yet").
 */
export function nodeWasiImports(wasi: WASI): WebAssembly.Imports {
  const imports = wasi.getImportObject() as WebAssembly.Imports;
  return { [WASI_MODULE]: plainFunctions(imports[WASI_MODULE] ?? {}) };
}

/** Imports WASI without Node.js's warning that it is experimental, which is of no concern for tracing a module. */
export async function importWasi(): Promise<typeof WASI> {
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    return (await import("node:wasi")).WASI;
  } finally {
    process.emitWarning = emitWarning;
  }
}

/** Initialises a reactor; for a command of which another export is called, WASI needs only the memory. */
export function initialize(wasi: WASI, instance: WebAssembly.Instance): void {
  const { memory } = instance.exports;
  const command = "_start" in instance.exports;
  wasi.initialize(command ? { exports: { memory } } : instance);
}

function splitDirectory(directory: string): [guest: string, host: string] {
  const [guest = "", host = guest] = directory.split("=", 2);
  return [guest, host];
}

/** Splits NAME=VALUE; a name alone stands for that variable of this process, if it is set. */
function splitVariable(variable: string): [name: string, value: string][] {
  const at = variable.indexOf("=");
  if (at >= 0) return [[variable.slice(0, at), variable.slice(at + 1)]];
  const value = process.env[variable];
  return value === undefined ? [] : [[variable, value]];
}

export function missingExport(
  path: string,
  invoke: string | undefined,
  exported: ReadonlyMap<string, FunctionType>,
): Failure {
  const names = [...exported.keys()];
  const has =
    names.length === 0
      ? "it exports no function"
      : `it exports ${names.slice(0, 12).join(", ")}${names.length > 12 ? ", …" : ""}`;
  if (invoke === undefined)
    return new Failure(`${path} is not a program (no _start): name an export with --invoke; ${has}`, EXIT_USAGE);
  return new Failure(`${path} has no exported function ${invoke}; ${has}`, EXIT_USAGE);
}

export function parseArguments(name: string, type: FunctionType, args: readonly string[]): (number | bigint)[] {
  if (args.length !== type.params.length) {
    throw new Failure(`${name} takes (${type.params.join(", ")}), not ${args.length} arguments`, EXIT_USAGE);
  }
  return type.params.map((param, index) => parseArgument(name, param, args[index] ?? ""));
}

function parseArgument(name: string, type: ValueType, text: string): number | bigint {
  if (type === "v128" || type === "ref")
    throw new Failure(`${name} takes a ${type}, which has no text form`, EXIT_USAGE);
  if (type === "f32" || type === "f64") {
    const value = Number(text);
    if (text.trim() !== "" && (!Number.isNaN(value) || text === "NaN")) return value;
  } else if (/^[-+]?(0[xX][0-9a-fA-F]+|\d+)$/.test(text)) {
    const magnitude = BigInt(text.replace(/^[-+]/, ""));
    const value = text.startsWith("-") ? -magnitude : magnitude;
    return type === "i64" ? BigInt.asIntN(64, value) : Number(BigInt.asIntN(32, value));
  }
  throw new Failure(`${name}: ${JSON.stringify(text)} is not an ${type}`, EXIT_USAGE);
}

/** The most frames that are named. */
const FRAMES = 3;

/**
 * Describes the kind of a trap, and its location: the innermost frames of the module, in the original if known.
 *
 * @param placeOf describes a place in the module that ran as one in the original; undefined for what the pass added
 */
export function describeTrap(error: unknown, placeOf?: (place: CodePosition) => string | undefined): string {
  if (!(error instanceof Error)) return String(error);
  const frames = (error.stack ?? "").matchAll(/ at (?:(\S+) \()?\S*:wasm-function\[(\d+)\]:0x([0-9a-f]+)/g);
  const places: string[] = [];
  for (const [, name = "", func, offset] of frames) {
    const place = { func: Number(func), offset: Number.parseInt(offset as string, 16) };
    const words = placeOf === undefined ? visible(name) : placeOf(place);
    if (words) places.push(words);
  }
  return [error.message, ...places.slice(0, FRAMES)].join(", at ");
}

/** Describes places in an instrumented module as places in the original: function, offset, and line if known. */
function placesOf(
  original: Uint8Array,
  { module, binary }: { module: TracedModule; binary: Uint8Array<ArrayBuffer> },
): (place: CodePosition) => string | undefined {
  const positions = new OriginalPositions(original, binary, module.table);
  return (place) => {
    const found = positions.of(place);
    if (found === undefined) return undefined;
    const { func, offset } = found;
    const line = module.lineOf(offset);
    const words = [`function ${func}`, `offset ${hex(BigInt(offset))}`, ...(line === undefined ? [] : [visible(line)])];
    return `${visible(readableName(module, func))} (${words.join(", ")})`;
  };
}
