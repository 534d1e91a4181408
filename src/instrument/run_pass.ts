/** The pass from end to end, on this thread. */

import { hasMultiMemory } from "../engine.ts";
import { InstrumentError } from "../errors.ts";
import { UnmatchedFunctions } from "./code/site_expansion.ts";
import {
  isAmong,
  isDebugInfo,
  nameSections,
  type SetAside,
  unfitSections,
  unreadableSections,
} from "./custom_sections.ts";
import { quietly, raw, readModule } from "./ir/binaryen.ts";
import { shippedFeatures } from "./ir/features.ts";
import { Ir } from "./ir/ir.ts";
import { outputFeatures } from "./ir/output_features.ts";
import { checkOutput, checkRefused, engineVerdict, isFinal, malformed } from "./ir/validity.ts";
import { instrumentModule, type Withheld } from "./module_pass.ts";
import type { Settings } from "./options.ts";
import type { InstrumentResult, LeftOut, PassInput, PassOutput } from "./result.ts";
import { findUnreadBodies } from "./unread.ts";
import { release } from "./wasm/bytes.ts";
import { tooLargeFunctions } from "./wasm/limits.ts";
import { unusedPrefix } from "./wasm/names.ts";
import { importOwnMemory, keepsMemories } from "./wasm/own_memory.ts";
import { readSections, type Section, withoutSections } from "./wasm/sections.ts";
import { findFixedData } from "./wasm/set_aside.ts";
import type { UnreadBodies } from "./wasm/unread_bodies.ts";

/** Runs the pass, and again without functions that it made too large or that were not written as planned. */
export function runPass(bytes: Uint8Array, sections: readonly Section[], settings: Settings): InstrumentResult {
  const verdict = engineVerdict(bytes);
  if (verdict !== undefined && isFinal(verdict)) throw malformed(verdict);
  const leftOut: LeftOut[] = [];
  const setAside = unfitSections(bytes, sections);
  for (;;) {
    const output = attempt({ bytes, sections, settings, leftOut, setAside }, verdict);
    if (output instanceof BinaryenFailure) {
      setAside.push(...reasonsFor(output, { bytes, sections, setAside }, verdict));
      continue;
    }
    if (output instanceof UnmatchedFunctions) {
      leftOut.push(...output.functions);
      continue;
    }
    const { result, importedFunctions } = output;
    const tooLarge = tooLargeFunctions(result.binary)
      .map(({ defined, reason }) => ({ index: importedFunctions + defined, reason }))
      .filter(({ index }) => !leftOut.some((other) => other.index === index));
    if (tooLarge.length > 0) {
      leftOut.push(...tooLarge);
      continue;
    }
    if (verdict === undefined && (result.link === "import" || hasMultiMemory())) checkOutput(result.binary);
    return result;
  }
}

function attempt(input: PassInput, verdict: string | undefined): PassOutput | UnmatchedFunctions | BinaryenFailure {
  try {
    return runOnce(input, verdict);
  } catch (error) {
    if (error instanceof UnmatchedFunctions || error instanceof BinaryenFailure) return error;
    throw error;
  }
}

/** Thrown if Binaryen cannot read or process a module. */
class BinaryenFailure extends InstrumentError {}

/**
 * The custom sections that are the reason for a failure.
 *
 * @throws {BinaryenFailure} none is the reason
 */
function reasonsFor(
  failure: BinaryenFailure,
  { bytes, sections, setAside }: Pick<PassInput, "bytes" | "sections" | "setAside">,
  verdict: string | undefined,
): readonly SetAside[] {
  const find = failure.code === "ERR_UNSUPPORTED" ? unreadableSections : nameSections;
  const reasons = verdict === undefined ? find(bytes, sections, setAside) : [];
  if (reasons.length === 0) throw failure;
  return reasons;
}

/** Runs the pass once, on a fresh copy of the module. */
function runOnce(input: PassInput, verdict: string | undefined): PassOutput {
  const aside = dataAside(input, verdict);
  const unread = verdict === undefined ? findUnreadBodies(input.bytes, input.sections, input.settings) : undefined;
  const given = inputFor(input, aside, unread);
  const module = readInput(given, verdict);
  if (given !== input.bytes) release(given);
  const ir = new Ir(module, unusedPrefix(input.bytes, input.sections));
  try {
    if (verdict !== undefined) checkRefused(module, verdict);
    raw.ModuleSetFeatures(module, outputFeatures(module, input.bytes, input.sections));
    return guarded(() => instrumentModule(ir, input, withheldFrom(input, aside, unread)));
  } finally {
    ir.dispose();
    raw.ModuleDispose(module);
  }
}

/** Creates the module that Binaryen reads: offsets do not matter any more, but indices do. */
function inputFor(input: PassInput, aside: Section | undefined, unread: UnreadBodies | undefined): Uint8Array {
  const whole = wholeInputFor(input, aside);
  const given = unread?.stub(whole) ?? whole;
  if (given !== whole && whole !== input.bytes) release(whole);
  return given;
}

function wholeInputFor({ bytes, sections, settings, setAside }: PassInput, aside: Section | undefined): Uint8Array {
  const isDropped = (section: Section): boolean =>
    section === aside || isDebugInfo(section) || isAmong(setAside, section);
  const kept = withoutSections(bytes, sections, isDropped);
  if (settings.link !== "fused") return kept;
  const given = importOwnMemory(kept, readSections(kept));
  if (given !== kept && kept !== bytes) release(kept);
  return given;
}

/** The data section, if Binaryen need not see it. What the engine has not validated Binaryen must see, all of it. */
function dataAside({ bytes, sections, settings }: PassInput, verdict: string | undefined): Section | undefined {
  if (verdict !== undefined || (settings.link === "fused" && !keepsMemories(bytes, sections))) return undefined;
  return findFixedData(bytes, sections);
}

function withheldFrom({ bytes }: PassInput, aside: Section | undefined, unread: UnreadBodies | undefined): Withheld {
  return { data: aside && bytes.subarray(aside.header, aside.end), bodies: unread };
}

/** Binaryen reports the unexpected by C++ exceptions and aborts, neither of which tells a caller anything. */
function guarded<T>(run: () => T): T {
  const { value, message, thrown } = quietly(run);
  if (value !== undefined) return value;
  if (EXPECTED.some((kind) => thrown instanceof kind)) throw thrown;
  throw new BinaryenFailure("ERR_INTERNAL", `the module could not be instrumented: ${message}`);
}

/** Errors whose messages say what happened. */
const EXPECTED = [InstrumentError, UnmatchedFunctions, TypeError, RangeError] as const;

/** Reads a module. If both refuse it, the engine's reason is the better one, since it has an offset. */
function readInput(bytes: Uint8Array, verdict: string | undefined): number {
  try {
    return readModule(bytes, shippedFeatures());
  } catch (error) {
    if (verdict !== undefined) throw malformed(verdict);
    throw new BinaryenFailure(
      "ERR_UNSUPPORTED",
      `a valid module that Binaryen cannot read: ${(error as Error).message}`,
    );
  }
}
