/** The sections of a binary, found by their headers. */

import { type ByteRange, hasMagic, SECTION } from "../../binary_format.ts";
import { InstrumentError } from "../../errors.ts";
import { ByteReader } from "./byte_reader.ts";
import { uleb } from "./bytes.ts";

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
  const length = reader.uleb();
  const end = reader.position + length;
  if (end > reader.bytes.length) throw beyondTheEnd(id, header);
  let name = "";
  if (id === SECTION.custom) {
    const nameEnd = reader.uleb() + reader.position;
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
export function readBodies(bytes: Uint8Array, sections: readonly Section[]): ByteRange[] {
  const code = sections.find(({ id }) => id === SECTION.code);
  if (!code) return [];
  const reader = new ByteReader(bytes, code.start);
  return Array.from({ length: reader.uleb() }, () => {
    const length = reader.uleb();
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
  return encodeSection(SECTION.custom, uleb(encoded.length), encoded, contents);
}

/** Encodes a section, in pieces. */
export function encodeSection(id: number, ...contents: readonly ArrayLike<number>[]): Uint8Array[] {
  const length = contents.reduce((sum, piece) => sum + piece.length, 0);
  return [
    Uint8Array.of(id, ...uleb(length)),
    ...contents.map((piece) => (piece instanceof Uint8Array ? piece : Uint8Array.from(piece))),
  ];
}
