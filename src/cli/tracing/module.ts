/** Tracing one export of a module, with WASI if the module imports it. */

import { basename } from "node:path";
import type { WASI } from "node:wasi";
import type { FunctionType, ValueType } from "../../instrument/wasm/module_info.ts";
import { plainFunctions } from "../../loader/index.ts";
import { EXIT_USAGE, Failure, ofModule } from "../failure.ts";
import { readInput, say } from "../io.ts";
import type { TraceSession } from "./session.ts";

export interface ModuleRun {
  /** Export to call; undefined: `_start`. */
  invoke: string | undefined;
  /** Arguments: of the export if one is named, else of the WASI program. */
  args: readonly string[];
  /** Directories that the WASI program may open, as GUEST=HOST. */
  directories: readonly string[];
}

const WASI_MODULE = "wasi_snapshot_preview1";

/**
 * Instruments and runs a module. What the export returns is printed on stderr, so that stdout has the report alone.
 *
 * @param report called when the module has run, also when it trapped
 * @throws {Failure} the module does not have what was asked for, needs imports that nobody provides, or trapped
 */
export async function traceModule(
  path: string,
  run: ModuleRun,
  session: TraceSession,
  report: () => void,
): Promise<void> {
  const binary = readInput(path);
  const traced = ofModule(path, () => session.instrumenter.instrument(binary, basename(path)));
  const { exportedFunctions } = traced.module.info;
  const name = run.invoke ?? "_start";
  const type = exportedFunctions.get(name);
  if (type === undefined) throw missingExport(path, run.invoke, exportedFunctions);
  const args = run.invoke === undefined ? [] : parseArguments(name, type, run.args);

  const module = await compile(path, traced.binary);
  const needsWasi = checkImports(path, module);
  const wasi = needsWasi ? await createWasi(path, run) : undefined;
  try {
    const imports: WebAssembly.Imports = {
      ...session.kcov.imports,
      ...(wasi && wasiImports(wasi)),
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
    throw new Failure(`${basename(path)}: ${describeTrap(error)}`);
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

/** @returns whether it needs WASI */
export function checkImports(path: string, module: WebAssembly.Module): boolean {
  const imports = WebAssembly.Module.imports(module).filter(({ module: from }) => from !== "kcov");
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
  const env = process.env as Record<string, string>;
  return new WASI({ version: "preview1", args, env, preopens, returnOnExit: true });
}

/**
 * What a module imports of WASI, as functions of JavaScript: V8 of Node.js 22 ends the process when a module with
 * several memories is given native functions that it can call without a detour ("Fast API does not support multiple
 * memories yet").
 */
export function wasiImports(wasi: WASI): WebAssembly.Imports {
  const imports = wasi.getImportObject() as WebAssembly.Imports;
  return { [WASI_MODULE]: plainFunctions(imports[WASI_MODULE] ?? {}) };
}

/** That WASI is experimental is Node's business with its own users, not news to somebody who traces a module. */
export async function importWasi(): Promise<typeof WASI> {
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    return (await import("node:wasi")).WASI;
  } finally {
    process.emitWarning = emitWarning;
  }
}

/** A reactor is initialised; of a command whose export is called, WASI needs no more than the memory. */
export function initialize(wasi: WASI, instance: WebAssembly.Instance): void {
  const { memory } = instance.exports;
  const command = "_start" in instance.exports;
  wasi.initialize(command ? { exports: { memory } } : instance);
}

function splitDirectory(directory: string): [guest: string, host: string] {
  const [guest = "", host = guest] = directory.split("=", 2);
  return [guest, host];
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
    return new Failure(`${path} is no program (no _start): name an export with --invoke; ${has}`, EXIT_USAGE);
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

/** Kind of the trap and where: the innermost frames of wasm, as the engine gives them. */
export function describeTrap(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const frames = (error.stack ?? "").split("\n").filter((line) => line.includes("wasm-function["));
  const where = frames.slice(0, 3).map((line) => line.trim().replace(/^at /, ""));
  return [error.message, ...where].join(", at ");
}
