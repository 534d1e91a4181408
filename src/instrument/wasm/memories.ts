/** Memories of a module, as far as it says itself. */

import { WASM_PAGE_BYTES } from "../../abi/layout.ts";
import { SECTION } from "../../binary_format.ts";
import { ByteReader } from "./byte_reader.ts";
import { EXTERNAL, type Limits, readImports, readLimits } from "./imports.ts";
import type { Section } from "./sections.ts";

/** The limits of all memories, imported ones first. */
export function memoryLimits(bytes: Uint8Array, sections: readonly Section[]): Limits[] {
  const limits: Limits[] = [];
  for (const entry of readImports(bytes, sections)) if (entry.kind === EXTERNAL.memory) limits.push(entry.limits);
  for (const { id, start } of sections) {
    if (id !== SECTION.memory) continue;
    const reader = new ByteReader(bytes, start);
    for (let n = reader.uleb(); n > 0; n--) limits.push(readLimits(reader));
  }
  return limits;
}

/** How many bytes each of the memories has at any time, at least; 0 where any has addresses of 64 bits or odd pages. */
export function leastMemoryBytes(limits: readonly Limits[]): number {
  if (limits.length === 0 || limits.some(({ flags }) => flags & (IS_64 | HAS_PAGE_SIZE))) return 0;
  return WASM_PAGE_BYTES * Math.min(...limits.map(({ initial }) => initial));
}

const IS_64 = 4;
const HAS_PAGE_SIZE = 8;
