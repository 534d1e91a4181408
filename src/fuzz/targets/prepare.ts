/** Instruments and compiles a module, so that it can be instantiated. */

import { COUNTERS_INIT, IMPORT_MODULE } from "../../abi/hooks.ts";
import { hasMultiMemory } from "../../engine.ts";
import { TargetError } from "../../errors.ts";
import type { InstrumentOptions } from "../../instrument/index.ts";
import { isPcTable, readPcTable } from "../../instrument/read_pc_table.ts";
import { describePart, readSanitizerParts } from "../../instrument/sanitize/parts.ts";
import { readModuleInfo } from "../../instrument/wasm/module_info.ts";
import { readSections } from "../../instrument/wasm/sections.ts";
import type { Reset } from "../engine.ts";
import { counterMemoryOf } from "./counter_memories.ts";
import { entryOf } from "./entry.ts";
import { CONSTRUCTORS, LIBFUZZER_INITIALIZE } from "./instance.ts";
import { originalNames } from "./loaded_module.ts";
import { stateOf } from "./module_state.ts";
import type { PreparedModule } from "./module_target.ts";
import type { TargetOptions } from "./options.ts";
import { checkResettable, chooseReset, scopeOf } from "./reset.ts";

type TraceOption = NonNullable<InstrumentOptions["trace"]>;

/** The instrumentation that fuzzing needs. */
export const FUZZ_TRACE: TraceOption = ["counters", "cmp", "switch"];
/** The instrumentation that fuzzing needs while nobody looks at comparisons. */
const COUNTERS_ONLY: TraceOption = ["counters"];

/** Instruments a module. */
export type Pass = (binary: Uint8Array<ArrayBuffer>, options: InstrumentOptions) => Uint8Array<ArrayBuffer>;

/** Finds an instrumented module, or loads the pass. The resulting function makes the module synchronously. */
export type Instrumenter = (...args: Parameters<Pass>) => Promise<() => Uint8Array<ArrayBuffer>>;

/** Loads the pass, and only when it is needed: Binaryen takes a second to load, and cached modules do without it. */
export async function loadPass(): Promise<Pass> {
  const { instrument } = await import("../../instrument/index.ts");
  return (binary, options) => instrument(binary, options).binary;
}

/**
 * Decides how a module is run, instruments it unless that was done before, and compiles it.
 *
 * @throws {TargetError} it cannot be fuzzed as the options say
 * @throws {InstrumentError} it cannot be instrumented
 */
export async function prepareModule(
  name: string,
  binary: Uint8Array<ArrayBuffer>,
  options: TargetOptions,
  run: Instrumenter,
): Promise<PreparedModule> {
  const isInstrumented = readSections(binary).some((section) => isPcTable(binary, section));
  // The pass has better messages than the engine for what is wrong with a module.
  if (!WebAssembly.validate(binary)) {
    await compile(name, isInstrumented ? binary : (await run(binary, { trace: FUZZ_TRACE }))());
  }
  const info = readModuleInfo(binary);
  const { sanitize } = options;
  const entry = entryOf(name, info.exportedFunctions, options);
  const state = stateOf(binary, entry.name, [...CONSTRUCTORS, LIBFUZZER_INITIALIZE]);
  const { reset, note } = chooseReset(name, entry, options.reset, state);
  if (note !== undefined) options.onWarning?.(note);
  const instrumented = isInstrumented
    ? binary
    : (await run(binary, instrumentOptions(reset, COUNTERS_ONLY, sanitize)))();
  const traced = isInstrumented ? undefined : once(await run(binary, instrumentOptions(reset, FUZZ_TRACE, sanitize)));
  const module = await compile(name, instrumented);
  checkCounters(name, module);
  checkResettable(name, module, reset);
  if (sanitize) describeSanitizer(name, instrumented, options);
  const table = readPcTable(module);
  const functionNames = isInstrumented ? originalNames(info.functionNames, table) : info.functionNames;
  return {
    name,
    module,
    traced,
    table,
    instrumented,
    original: isInstrumented ? undefined : binary,
    functionNames,
    entry,
    reset,
  };
}

/** Tells the user what the sanitizer checks, and what it does not. */
function describeSanitizer(name: string, instrumented: Uint8Array, { onWarning, onNote }: TargetOptions): void {
  const parts = readSanitizerParts(instrumented);
  if (!parts) onWarning?.(`${name} came instrumented, without the sanitizer`);
  for (const part of parts ?? []) {
    const tell = part.active ? onNote : onWarning;
    tell?.(`${name}: ${describePart(part)}`);
  }
}

/** Makes and compiles a module on the first call. */
function once(make: () => Uint8Array<ArrayBuffer>): () => WebAssembly.Module {
  let module: WebAssembly.Module | undefined;
  return () => {
    module ??= new WebAssembly.Module(make());
    return module;
  };
}

function instrumentOptions(
  reset: Reset,
  trace: TraceOption,
  sanitize: InstrumentOptions["sanitize"],
): InstrumentOptions {
  const state = scopeOf(reset);
  return { ...fuzzOptions(trace), ...(state && { state }), ...(sanitize && { sanitize }) };
}

/** The options for modules that are fuzzed. Counters in a memory of their own take less time, where sites need no call. */
export function fuzzOptions(trace: TraceOption): InstrumentOptions {
  return { trace, selects: true, counterStorage: hasMultiMemory() ? "memory" : "device" };
}

function checkCounters(name: string, module: WebAssembly.Module): void {
  const imports = WebAssembly.Module.imports(module);
  const isOfCounters = (name: string): boolean => name === COUNTERS_INIT || counterMemoryOf(name) !== undefined;
  if (imports.some((each) => each.module === IMPORT_MODULE && isOfCounters(each.name))) return;
  throw new TargetError(
    "ERR_TARGET_INSTRUMENTATION",
    `${name} is instrumented, but without counters: give the original module, or trace counters,cmp,switch`,
  );
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
