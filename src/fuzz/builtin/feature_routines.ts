/** The compiled AssemblyScript of assembly/fuzz/, instantiated over a memory. */

import { fromBase64 } from "../../hooks/base64.ts";
import { FEATURES_BASE64 } from "./features_binary.ts";

/** See assembly/fuzz/ for the arguments. Addresses and counts are unsigned 32-bit numbers. */
export interface FeatureRoutines {
  collectFeatures(
    counters: number,
    length: number,
    seen: number,
    hits: number,
    base: number,
    out: number,
    capacity: number,
    clears: boolean,
  ): number;
  listFeatures(counters: number, length: number, base: number, out: number, capacity: number): number;
  clearCounters(counters: number, length: number): void;
  collectValueProfile(
    area: number,
    count: number,
    seen: number,
    base: number,
    out: number,
    capacity: number,
    outcomes: number,
  ): number;
  /** @returns 0 or 1 */
  hasProfileFeature(area: number, count: number, feature: number): number;
  hasOutcome(area: number, count: number, feature: number): number;
  collectOutcomes(area: number, count: number, seen: number, base: number, out: number, capacity: number): number;
}

/** Captured before a loader patches them to instrument modules: this module is not part of the target. */
const { Module, Instance } = WebAssembly;

/** Compiled once for all memories. */
let compiled: WebAssembly.Module | undefined;

/** @param memory that of counters, of comparisons, or of both */
export function instantiateFeatureRoutines(memory: WebAssembly.Memory): FeatureRoutines {
  compiled ??= new Module(fromBase64(FEATURES_BASE64));
  return new Instance(compiled, { env: { memory } }).exports as unknown as FeatureRoutines;
}
