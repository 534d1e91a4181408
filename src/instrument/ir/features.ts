/** The proposals that a module may use: for Binaryen everything that engines ship; and those that this engine knows. */

import { MODULE_HEADER } from "../../binary_format.ts";
import { engine } from "../../engine.ts";
import { lib } from "./binaryen.ts";

/** The sections of a module with one function without parameters or results, up to its code. */
const ONE_FUNCTION = [1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0];

/** Proposals that not every engine supports yet: Binaryen's name, and the sections of a module that uses it. */
const PROBES: Readonly<Record<string, readonly number[]>> = {
  // (memory 0) (memory 0)
  MultiMemory: [5, 5, 2, 0, 0, 0, 0],
  // (memory i64 0)
  Memory64: [5, 3, 1, 4, 0],
  // (type (struct))
  GC: [1, 3, 1, 0x5f, 0],
  // (return_call 0)
  TailCall: [...ONE_FUNCTION, 10, 6, 1, 4, 0, 0x12, 0, 0x0b],
  // (try (do) (catch_all))
  ExceptionHandling: [...ONE_FUNCTION, 10, 8, 1, 6, 0, 0x06, 0x40, 0x19, 0x0b, 0x0b],
  // (i8x16.relaxed_swizzle (local.get 0) (local.get 1))
  RelaxedSIMD: [
    ...[1, 7, 1, 0x60, 2, 0x7b, 0x7b, 1, 0x7b, 3, 2, 1, 0],
    ...[10, 11, 1, 9, 0, 0x20, 0, 0x20, 1, 0xfd, 0x80, 0x02, 0x0b],
  ],
  // (global i32 (i32.add (i32.const 1) (i32.const 1)))
  ExtendedConst: [6, 9, 1, 0x7f, 0, 0x41, 1, 0x41, 1, 0x6a, 0x0b],
};

/** V8's flags for them, in versions that do not enable them by default. */
const FLAGS =
  /--experimental-wasm-(multi-memory|memory64|gc|typed-funcref|return-call|eh|exnref|relaxed-simd|extended-const)\b/;

// biome-ignore format: a list
const EVERYWHERE = [
  "MutableGlobals", "SignExt", "NontrappingFPToInt", "BulkMemory", "BulkMemoryOpt", "CallIndirectOverlong",
  "ReferenceTypes", "Multivalue", "SIMD128", "Atomics",
];

/**
 * Binaryen's bits for everything that engines ship. Not `Features.All`: for proposals that are still in progress
 * Binaryen writes encodings that no engine reads.
 */
export function shippedFeatures(): number {
  return bitsOf([...EVERYWHERE, ...Object.keys(PROBES)]);
}

/** Binaryen's bits for what this engine supports. */
export function engineFeatures(): number {
  return bitsOf([...EVERYWHERE, ...Object.keys(PROBES).filter(hasFeature)]);
}

/** Whether V8's refusal only means that a feature is behind a flag in this version. */
export function isBehindFlag(verdict: string): boolean {
  return FLAGS.test(verdict);
}

/** Whether this engine has the new exceptions. Binaryen has one bit for both; the probe above tests the old ones. */
export function hasTryTable(): boolean {
  return engine.validate(Uint8Array.from([...MODULE_HEADER, ...TRY_TABLE]));
}

/** (try_table) */
const TRY_TABLE = [...ONE_FUNCTION, 10, 8, 1, 6, 0, 0x1f, 0x40, 0, 0x0b, 0x0b];

function hasFeature(name: string): boolean {
  return engine.validate(Uint8Array.from([...MODULE_HEADER, ...(PROBES[name] ?? [])]));
}

function bitsOf(names: readonly string[]): number {
  return names.reduce((bits, name) => bits | (lib.Features[name] ?? 0), 0);
}
