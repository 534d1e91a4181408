/** Whether a module is valid, so that it can be instrumented, and whether the output is. */

import { engine } from "../../engine.ts";
import { InstrumentError } from "../../errors.ts";
import { lib, quietly, raw } from "./binaryen.ts";
import { engineFeatures, hasTryTable, isBehindFlag, shippedFeatures } from "./features.ts";

/** This engine's error for a binary; undefined if it is valid. */
export function engineVerdict(bytes: Uint8Array): string | undefined {
  const binary = bytes as Uint8Array<ArrayBuffer>;
  if (engine.validate(binary)) return undefined;
  try {
    new engine.Module(binary);
  } catch (error) {
    return (error as Error).message.replace(/^WebAssembly\.Module\(\): /, "");
  }
  return "the engine refuses it";
}

/**
 * Decides on a module that this engine refuses: it may use something that other engines support. That is so if Binaryen
 * accepts it with the features of all engines, but not with those of this one.
 *
 * @throws {InstrumentError} ERR_MALFORMED
 */
export function checkRefused(module: number, verdict: string): void {
  if (isBehindFlag(verdict)) return;
  const exceptions = hasTryTable() ? 0 : (lib.Features.ExceptionHandling ?? 0);
  const known = isValidWith(module, engineFeatures() & ~exceptions);
  const all = isValidWith(module, shippedFeatures());
  if (!all || known) throw malformed(verdict);
}

/** Whether this engine's refusal is final, since it supports everything that any engine ships. */
export function isFinal(verdict: string): boolean {
  return engineFeatures() === shippedFeatures() && hasTryTable() && !isBehindFlag(verdict);
}

/** Whether Binaryen finds a module valid with some features. The module has these features from then on. */
export function isValidWith(module: number, features: number): boolean {
  raw.ModuleSetFeatures(module, features);
  return quietly(() => raw.ModuleValidate(module)).value === 1;
}

/** An error with the offset from the engine's message, if there is one. */
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
