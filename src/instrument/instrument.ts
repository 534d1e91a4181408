/** The library's entry point: checks its arguments, and finds a stack that is deep enough for the pass. */

import { InstrumentError } from "../errors.ts";
import { instrumentOnDeepThread } from "./deep/deep_thread.ts";
import { isInnerStackUsedUp, noteOverflow } from "./ir/inner_stack.ts";
import { isStackOverflow } from "./ir/stack_overflow.ts";
import { type InstrumentOptions, type Settings, settingsFrom } from "./options.ts";
import { PC_TABLE_SECTION } from "./pc_table.ts";
import { bytesOf, isPcTable } from "./read_pc_table.ts";
import type { InstrumentResult } from "./result.ts";
import { runPass } from "./run_pass.ts";
import { readSections } from "./wasm/sections.ts";

/**
 * Instruments a module. One that nests deeper than this thread's stack allows is instrumented on another thread, if
 * Node.js can start one, while this one waits.
 *
 * @param binary the module; it is not changed
 * @throws {InstrumentError} ERR_MALFORMED it is not a valid module; ERR_ALREADY_INSTRUMENTED; ERR_UNSUPPORTED it has
 *   something that cannot be carried over, such as code that nests too deeply
 * @throws {TypeError} an option is unknown, or has a value of another type
 */
export function instrument(binary: BufferSource, options: InstrumentOptions = {}): InstrumentResult {
  const settings = settingsFrom(options);
  const bytes = bytesOf(binary);
  const sections = readSections(bytes);
  if (sections.some((section) => isPcTable(bytes, section))) {
    throw new InstrumentError("ERR_ALREADY_INSTRUMENTED", `already instrumented: it has a ${PC_TABLE_SECTION} section`);
  }
  if (isInnerStackUsedUp()) return instrumentDeep(bytes, settings);
  try {
    return runPass(bytes, sections, settings);
  } catch (error) {
    if (!isStackOverflow(error)) throw error;
    noteOverflow();
  }
  return instrumentDeep(bytes, settings);
}

function instrumentDeep(bytes: Uint8Array, settings: Settings): InstrumentResult {
  const result = withoutOverflow(() => instrumentOnDeepThread(bytes, settings));
  if (result !== undefined) return result;
  throw new InstrumentError("ERR_UNSUPPORTED", "its code nests deeper than the stack of this thread allows");
}

/** Runs a function; undefined if the stack overflows, since the caller may be near the end of its stack itself. */
function withoutOverflow<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    if (isStackOverflow(error)) return undefined;
    throw error;
  }
}
