/** Whether a module is one that can be instrumented, and whether what came out is valid. */

import { InstrumentError } from "../errors.ts";
import { lib, quietly, raw } from "./binaryen.ts";
import { engineFeatures, hasTryTable, shippedFeatures } from "./features.ts";
import { SECTION, type Section } from "./sections.ts";

/** What this engine says of a binary: undefined when it is valid. */
export function engineVerdict(bytes: Uint8Array): string | undefined {
  const binary = bytes as Uint8Array<ArrayBuffer>;
  if (WebAssembly.validate(binary)) return undefined;
  try {
    new WebAssembly.Module(binary);
  } catch (error) {
    return (error as Error).message.replace(/^WebAssembly\.Module\(\): /, "");
  }
  return "the engine refuses it";
}

/**
 * Decides on a module that this engine refuses: it may use something that other engines have. That is so if Binaryen
 * takes it with the features of all engines and not with those of this one.
 *
 * @throws {InstrumentError} ERR_MALFORMED
 */
export function checkRefused(module: number, verdict: string): void {
  if (isBehindFlag(verdict)) return;
  const exceptions = hasTryTable() ? 0 : (lib.Features.ExceptionHandling ?? 0);
  const known = validity(module, engineFeatures() & ~exceptions);
  const all = validity(module, shippedFeatures());
  if (!all.valid || known.valid) throw malformed(verdict);
}

/**
 * The features to write a module with. Where garbage collection is among them, Binaryen gives every `ref.null` a type
 * that only engines with it know, so a module that may contain one and is valid without is written without: it must run
 * where the original runs, not only on this engine.
 */
export function outputFeatures(module: number, bytes: Uint8Array, sections: readonly Section[]): number {
  const all = shippedFeatures();
  const withoutGc = all & ~(lib.Features.GC ?? 0);
  return mayHoldNull(bytes, sections) && validity(module, withoutGc).valid ? withoutGc : all;
}

/** Looks for the bytes of `ref.null` anywhere in the sections that may hold one; a false alarm costs a validation. */
function mayHoldNull(bytes: Uint8Array, sections: readonly Section[]): boolean {
  return sections
    .filter(({ id }) => HOLD_EXPRESSIONS.includes(id))
    .some(({ start, end }) => {
      const section = bytes.subarray(start, end);
      for (let at = section.indexOf(REF_NULL); at >= 0; at = section.indexOf(REF_NULL, at + 1)) {
        if (NULLABLE_EVERYWHERE.includes(section[at + 1] ?? 0)) return true;
      }
      return false;
    });
}

const HOLD_EXPRESSIONS: readonly number[] = [SECTION.table, SECTION.global, SECTION.element, SECTION.code];
const REF_NULL = 0xd0;
/** Heap types func and extern. */
const NULLABLE_EVERYWHERE: readonly number[] = [0x70, 0x6f];

/** Whether this engine's refusal is final, since it has everything that any engine ships. */
export function isFinal(verdict: string): boolean {
  return engineFeatures() === shippedFeatures() && hasTryTable() && !isBehindFlag(verdict);
}

/** V8's way to say that it knows an instruction and does not accept it yet. */
function isBehindFlag(verdict: string): boolean {
  return /enable with|--experimental-wasm/.test(verdict);
}

function validity(module: number, features: number): { valid: boolean } {
  raw.ModuleSetFeatures(module, features);
  const { value } = quietly(() => raw.ModuleValidate(module));
  return { valid: value === 1 };
}

/** An error with the place that the engine names, if it names one. */
export function malformed(verdict: string): InstrumentError {
  const offset = /@\+(\d+)/.exec(verdict)?.[1];
  const func = /[Ff]unction #(\d+)/.exec(verdict)?.[1];
  return new InstrumentError("ERR_MALFORMED", `not a valid WebAssembly module: ${verdict}`, {
    ...(offset === undefined ? {} : { offset: Number(offset) }),
    ...(func === undefined ? {} : { function: Number(func) }),
  });
}

/**
 * Checks the output of a module that this engine found valid.
 *
 * @throws {InstrumentError} ERR_INTERNAL: the pass has a bug
 */
export function checkOutput(bytes: Uint8Array): void {
  const verdict = engineVerdict(bytes);
  if (verdict !== undefined) throw new InstrumentError("ERR_INTERNAL", `made an invalid module: ${verdict}`);
}
