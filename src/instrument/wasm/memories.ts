/** The memories of a module, as it declares them. */

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

/** The least size in bytes that every memory has at any time; 0 if any has 64-bit addresses or another page size. */
export function leastMemoryBytes(limits: readonly Limits[]): number {
  if (limits.length === 0 || limits.some(({ flags }) => flags & (IS_64 | HAS_PAGE_SIZE))) return 0;
  return WASM_PAGE_BYTES * Math.min(...limits.map(({ initial }) => initial));
}

const IS_64 = 4;
const HAS_PAGE_SIZE = 8;
