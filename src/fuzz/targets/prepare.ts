/** From the bytes of a module to one that can be instantiated: instrumented and compiled. */

import { COUNTERS_INIT, IMPORT_MODULE } from "../../abi/hooks.ts";
import { TargetError } from "../../errors.ts";
import { type InstrumentOptions, instrument, PC_TABLE_SECTION, readPcTable } from "../../instrument/index.ts";
import { readModuleInfo } from "../../instrument/module_info.ts";
import { originalNames } from "./loaded_module.ts";
import type { PreparedModule } from "./module_target.ts";

/** What fuzzing needs of a module. */
export const FUZZ_TRACE: NonNullable<InstrumentOptions["trace"]> = ["counters", "cmp", "switch"];

/** Instruments a module, or finds one that was. */
export type Instrumenter = (binary: Uint8Array<ArrayBuffer>, options: InstrumentOptions) => Uint8Array<ArrayBuffer>;

export const instrumentNow: Instrumenter = (binary, options) => instrument(binary, options).binary;

/**
 * Instruments a module, unless it is instrumented already, and compiles it.
 *
 * @throws {TargetError} ERR_TARGET_INSTRUMENTATION it is instrumented without counters
 * @throws {InstrumentError} it cannot be instrumented
 */
export async function prepareModule(
  name: string,
  binary: Uint8Array<ArrayBuffer>,
  options: InstrumentOptions,
  run: Instrumenter,
): Promise<PreparedModule> {
  const given = await compileQuietly(binary);
  const isInstrumented = given !== undefined && WebAssembly.Module.customSections(given, PC_TABLE_SECTION).length > 0;
  const instrumented = isInstrumented ? binary : run(binary, options);
  const module = isInstrumented ? given : await compile(name, instrumented);
  if (!hasCounters(module)) {
    throw new TargetError(
      "ERR_TARGET_INSTRUMENTATION",
      `${name} is instrumented, but without counters: give the original module, or instrument it with --trace counters,cmp,switch`,
    );
  }
  const table = readPcTable(module);
  const info = readModuleInfo(binary);
  return {
    name,
    module,
    table,
    functionNames: isInstrumented ? originalNames(info.functionNames, table) : info.functionNames,
    exportedFunctions: info.exportedFunctions,
  };
}

/** The engine's opinion is not the last word on a module: the pass says better what is wrong with it. */
async function compileQuietly(binary: Uint8Array<ArrayBuffer>): Promise<WebAssembly.Module | undefined> {
  try {
    return await WebAssembly.compile(binary);
  } catch {
    return undefined;
  }
}

async function compile(name: string, binary: Uint8Array<ArrayBuffer>): Promise<WebAssembly.Module> {
  try {
    return await WebAssembly.compile(binary);
  } catch (error) {
    throw new TargetError("ERR_TARGET", `${name}: this engine cannot compile it: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

function hasCounters(module: WebAssembly.Module): boolean {
  return WebAssembly.Module.imports(module).some(
    ({ module: from, name }) => from === IMPORT_MODULE && name === COUNTERS_INIT,
  );
}
