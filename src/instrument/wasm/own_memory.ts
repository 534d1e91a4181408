/**
 * The memory of a module in the fused link. Engines access memory 0 of a module faster than its others: V8 keeps its
 * address in a register. Imported memories come first, so the device's memory would become memory 0 in place of one
 * that the module defines. Therefore the module imports its own memory too, ahead of the device's; a new one is created
 * for each instance:
 *
 *     (memory 2 100)   becomes   (import "kcov" "memory 2 100" (memory 2 100))
 *
 * Without this the same programs were up to a fifth slower with nothing enabled (bench/NOTES.md).
 */

import { IMPORT_MODULE, OWN_MEMORY } from "../../abi/hooks.ts";
import { SECTION } from "../../binary_format.ts";
import { ByteReader } from "./byte_reader.ts";
import { concat, uleb } from "./bytes.ts";
import { EXTERNAL } from "./imports.ts";
import { encodeSection, type Section } from "./sections.ts";

/** @returns the binary with its defined memory imported; unchanged if it defines none, or one with 64-bit addresses */
export function importOwnMemory(bytes: Uint8Array, sections: readonly Section[]): Uint8Array {
  const defined = sections.find(({ id }) => id === SECTION.memory);
  const name = defined && importName(bytes, defined);
  if (!defined || name === undefined) return bytes;
  const entry = [
    ...text(IMPORT_MODULE),
    ...text(name),
    EXTERNAL.memory,
    ...bytes.subarray(defined.start + 1, defined.end),
  ];
  const parts: Uint8Array[] = [bytes.subarray(0, 8)];
  let isPlaced = false;
  for (const section of sections) {
    if (section === defined) continue;
    if (section.id === SECTION.import) {
      const reader = new ByteReader(bytes, section.start);
      const count = uleb(reader.uleb() + 1);
      parts.push(...encodeSection(SECTION.import, count, bytes.subarray(reader.position, section.end), entry));
      isPlaced = true;
      continue;
    }
    if (!isPlaced && section.id > SECTION.import) {
      parts.push(...encodeSection(SECTION.import, uleb(1), entry));
      isPlaced = true;
    }
    parts.push(bytes.subarray(section.header, section.end));
  }
  if (!isPlaced) parts.push(...encodeSection(SECTION.import, uleb(1), entry));
  return concat(parts);
}

/** Whether the device's memory comes after all memories of the module, which then keep their indices. */
export function keepsMemories(bytes: Uint8Array, sections: readonly Section[]): boolean {
  const defined = sections.find(({ id }) => id === SECTION.memory);
  return !defined || importName(bytes, defined) !== undefined;
}

const LIMITS = { maximum: 1, shared: 2 } as const;

/** The import name that describes the memory; undefined if no import can replace it. */
function importName(bytes: Uint8Array, { start }: Section): string | undefined {
  const reader = new ByteReader(bytes, start);
  if (reader.uleb() !== 1) return undefined;
  const flags = reader.byte();
  if ((flags & ~(LIMITS.maximum | LIMITS.shared)) !== 0) return undefined;
  const initial = reader.uleb();
  const words = flags & LIMITS.maximum ? [initial, reader.uleb()] : [initial];
  return OWN_MEMORY + [...words, ...(flags & LIMITS.shared ? ["shared"] : [])].join(" ");
}

function text(value: string): number[] {
  const encoded = new TextEncoder().encode(value);
  return [...uleb(encoded.length), ...encoded];
}
