/** The compiled AssemblyScript of assembly/fuzz/, instantiated over the device's memory. */

import { FOLD_BASE64 } from "./fold_binary.ts";

/** See assembly/fuzz/ for what the arguments are. Addresses and counts are unsigned 32 bits. */
export interface Fold {
  foldCounters(
    counters: number,
    length: number,
    seen: number,
    hits: number,
    base: number,
    out: number,
    capacity: number,
  ): number;
  listFeatures(counters: number, length: number, base: number, out: number, capacity: number): number;
  clearCounters(counters: number, length: number): void;
  foldComparisons(area: number, count: number, seen: number, base: number, out: number, capacity: number): number;
}

/** @param memory the device's */
export async function instantiateFold(memory: WebAssembly.Memory): Promise<Fold> {
  const binary = Uint8Array.from(atob(FOLD_BASE64), (char) => char.charCodeAt(0));
  const module = await WebAssembly.compile(binary);
  const { exports } = await WebAssembly.instantiate(module, { env: { memory } });
  return exports as unknown as Fold;
}
