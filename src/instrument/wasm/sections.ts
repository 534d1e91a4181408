/** The sections of a binary, found by their headers. */

import { InstrumentError } from "../../errors.ts";
import { ByteReader } from "./byte_reader.ts";
import { hasMagic } from "./magic.ts";

/** Ids of the sections that the pass reads. */
// biome-ignore format: a list
export const SECTION = {
  custom: 0, type: 1, import: 2, function: 3, table: 4, memory: 5, global: 6, export: 7, element: 9, code: 10,
  data: 11, dataCount: 12,
} as const;

/** A section, and where it lies in the binary. */
export interface Section {
  id: number;
  /** Name of a custom section, "" otherwise. */
  name: string;
  /** Offset of the section's id. */
  header: number;
  /** Offset of the contents; after the name in a custom section. */
  start: number;
  end: number;
}

/**
 * Lists the sections of a binary.
 *
 * @throws {InstrumentError} ERR_MALFORMED
 */
export function readSections(bytes: Uint8Array): Section[] {
  if (!hasMagic(bytes)) {
    throw new InstrumentError("ERR_MALFORMED", "not a WebAssembly module: it does not begin with \\0asm", {
      offset: 0,
    });
  }
  if (bytes[4] !== 1 || bytes[5] !== 0 || bytes[6] !== 0 || bytes[7] !== 0) {
    const what = bytes[6] === 1 ? "a component, which must be unbundled into modules first" : "not of version 1";
    throw new InstrumentError("ERR_MALFORMED", `not a WebAssembly module that can be instrumented: ${what}`, {
      offset: 4,
    });
  }
  const sections: Section[] = [];
  const reader = new ByteReader(bytes, 8);
  while (reader.position < bytes.length) sections.push(readSection(reader));
  return sections;
}

function readSection(reader: ByteReader): Section {
  const header = reader.position;
  const id = reader.byte();
  const length = reader.u32();
  const end = reader.position + length;
  if (end > reader.bytes.length) throw beyondTheEnd(id, header);
  let name = "";
  if (id === SECTION.custom) {
    const nameEnd = reader.u32() + reader.position;
    if (nameEnd > end) throw beyondTheEnd(id, header);
    name = new TextDecoder().decode(reader.bytes.subarray(reader.position, nameEnd));
    reader.position = nameEnd;
  }
  const section = { id, name, header, start: reader.position, end };
  reader.position = end;
  return section;
}

function beyondTheEnd(id: number, offset: number): InstrumentError {
  return new InstrumentError("ERR_MALFORMED", `section ${id} at offset ${offset} reaches beyond the end of the file`, {
    offset,
  });
}

/** Byte ranges of the function bodies, in order. */
export function readBodies(bytes: Uint8Array, sections: readonly Section[]): { start: number; end: number }[] {
  const code = sections.find(({ id }) => id === SECTION.code);
  if (!code) return [];
  const reader = new ByteReader(bytes, code.start);
  return Array.from({ length: reader.u32() }, () => {
    const length = reader.u32();
    const start = reader.position;
    reader.position = start + length;
    return { start, end: reader.position };
  });
}

/** The binary without some of its sections. */
export function withoutSections(
  bytes: Uint8Array,
  sections: readonly Section[],
  drop: (section: Section) => boolean,
): Uint8Array {
  const dropped = sections.filter(drop);
  if (dropped.length === 0) return bytes;
  const kept = new Uint8Array(bytes.length - dropped.reduce((sum, { header, end }) => sum + end - header, 0));
  kept.set(bytes.subarray(0, 8));
  let position = 8;
  for (const section of sections) {
    if (dropped.includes(section)) continue;
    kept.set(bytes.subarray(section.header, section.end), position);
    position += section.end - section.header;
  }
  return kept;
}

/** Encodes a custom section, in pieces. */
export function customSection(name: string, contents: Uint8Array): Uint8Array[] {
  const encoded = new TextEncoder().encode(name);
  const length = leb(encoded.length);
  const header = [SECTION.custom, ...leb(length.length + encoded.length + contents.length), ...length, ...encoded];
  return [Uint8Array.from(header), contents];
}

/** Encodes a section, in pieces. */
export function encodeSection(id: number, ...contents: readonly ArrayLike<number>[]): Uint8Array[] {
  const length = contents.reduce((sum, piece) => sum + piece.length, 0);
  return [
    Uint8Array.of(id, ...leb(length)),
    ...contents.map((piece) => (piece instanceof Uint8Array ? piece : Uint8Array.from(piece))),
  ];
}

/** Unsigned LEB128. */
export function leb(value: number): number[] {
  const bytes: number[] = [];
  for (; value >= 0x80; value = Math.floor(value / 0x80)) bytes.push((value % 0x80) | 0x80);
  return [...bytes, value];
}
