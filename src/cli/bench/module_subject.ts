/** Runs a module as the program of a side. */

import { basename } from "node:path";
import { readModuleInfo } from "../../instrument/wasm/module_info.ts";
import { EXIT_USAGE, Failure, ofModule } from "../failure.ts";
import { readFileOrStdin, readModuleFile } from "../io.ts";
import {
  checkImports,
  compile,
  createWasi,
  describeTrap,
  importWasi,
  initialize,
  missingExport,
  nodeWasiImports,
  parseArguments,
} from "../tracing/module.ts";
import type { Instrumenting } from "./instrumenting.ts";
import type { AreaRecorder } from "./recorder.ts";
import type { Workload } from "./side.ts";

type ModuleWorkload = Exclude<Workload, { kind: "script" }>;
type Run = () => unknown;

/**
 * @returns a function that runs the program once
 * @throws {Failure} the module does not have what was asked for, or needs imports that nobody provides
 */
export async function prepareModule(
  workload: ModuleWorkload,
  instrumenting: Instrumenting,
  recorder: AreaRecorder,
): Promise<Run> {
  const { path } = workload;
  const original = readModuleFile(path);
  const binary = ofCompiled(path, () => ofModule(path, () => instrumenting.run(original)));
  const { exportedFunctions } = readModuleInfo(original);
  const name = workload.kind === "command" ? "_start" : workload.invoke;
  const type = exportedFunctions.get(name);
  if (type === undefined) {
    throw missingExport(path, workload.kind === "command" ? undefined : name, exportedFunctions);
  }
  const module = await compile(path, binary);
  const world = {
    path,
    module,
    needsWasi: checkImports(path, module, recorder.kcov.imports),
    imports: recorder.kcov.imports,
  };
  if (workload.kind === "command") return explaining(path, await prepareCommand(world, workload.args));
  const exports = await instantiate(world);
  const callee = exports[name] as (...args: unknown[]) => unknown;
  const args =
    workload.kind === "export" ? parseArguments(name, type, workload.args) : placeInput(path, exports, workload);
  return explaining(path, () => callee(...args));
}

/** Adds the file's name to compile errors: the original goes to the engine only, which does not know the name. */
function ofCompiled<T>(path: string, fn: () => T): T {
  try {
    return fn();
  } catch (error) {
    if (!(error instanceof WebAssembly.CompileError)) throw error;
    throw new Failure(`${path} is not a module that this Node.js (${process.version}) compiles: ${error.message}`);
  }
}

interface World {
  path: string;
  module: WebAssembly.Module;
  needsWasi: boolean;
  imports: WebAssembly.Imports;
}

async function instantiate({ path, module, needsWasi, imports }: World): Promise<WebAssembly.Exports> {
  const wasi = needsWasi
    ? await createWasi(path, { invoke: "", args: [], directories: [], variables: [], stdout: 1 })
    : undefined;
  const all = { ...imports, ...(wasi && nodeWasiImports(wasi)) };
  const instance = await WebAssembly.instantiate(module, all);
  if (wasi !== undefined) initialize(wasi, instance);
  return instance.exports;
}

/** Prepares a WASI program. WASI starts an instance only once, so every run has a new one. */
async function prepareCommand({ path, module, imports }: World, args: readonly string[]): Promise<Run> {
  const WASI = await importWasi();
  const options = { version: "preview1", args: [basename(path), ...args], returnOnExit: true } as const;
  return () => {
    const wasi = new WASI(options);
    const all = { ...imports, ...nodeWasiImports(wasi) };
    return wasi.start(new WebAssembly.Instance(module, all));
  };
}

/** Puts the input into the instance's memory. @returns its address and length */
function placeInput(
  path: string,
  exports: WebAssembly.Exports,
  { input, malloc }: Extract<Workload, { kind: "input" }>,
): [number, number] {
  const bytes = readFileOrStdin(input);
  const allocate = exports[malloc];
  if (typeof allocate !== "function") {
    throw new Failure(`${path} has no export ${malloc} to get memory for the input: name it with --malloc`, EXIT_USAGE);
  }
  const { memory } = exports;
  if (!(memory instanceof WebAssembly.Memory)) throw new Failure(`${path} does not export its memory as "memory"`);
  const address = (allocate as (size: number) => number)(bytes.length) >>> 0;
  if (address === 0 || address + bytes.length > memory.buffer.byteLength) {
    throw new Failure(`${path}: ${malloc}(${bytes.length}) gave no memory for the input`);
  }
  new Uint8Array(memory.buffer, address).set(bytes);
  return [address, bytes.length];
}

/** Makes failures say where a run trapped. */
function explaining(path: string, run: Run): Run {
  return () => {
    try {
      return run();
    } catch (error) {
      throw new Failure(`${basename(path)}: ${describeTrap(error)}`);
    }
  };
}
