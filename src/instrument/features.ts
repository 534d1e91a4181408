/** Which proposals a module may use: everything that engines ship, for Binaryen; and what this engine knows. */

import { lib } from "./binaryen.ts";

// biome-ignore format: a list
const SHIPPED = [
  "MutableGlobals", "SignExt", "NontrappingFPToInt", "BulkMemory", "BulkMemoryOpt", "CallIndirectOverlong",
  "ReferenceTypes", "Multivalue", "SIMD128", "RelaxedSIMD", "Atomics", "ExceptionHandling", "TailCall",
  "ExtendedConst", "GC", "Memory64", "MultiMemory",
];

/**
 * Binaryen's bits for everything that engines ship. Not `Features.All`: with the proposals that are still under way
 * Binaryen writes encodings that no engine reads.
 */
export function shippedFeatures(): number {
  return SHIPPED.reduce((bits, name) => bits | (lib.Features[name] ?? 0), 0);
}
