/** Names of functions and of the module, from the name section. */

import { ByteReader } from "./byte_reader.ts";
import type { Section } from "./sections.ts";

/** Subsections of the name section. */
export const NAMES = { module: 0, functions: 1, memories: 6, globals: 7 } as const;

/**
 * Names of functions by index. A damaged name section is not an error, as in engines: what can be read of it is used.
 *
 * @param bytes a module
 */
export function readFunctionNames(bytes: Uint8Array, sections: readonly Section[]): Map<number, string> {
  const names = new Map<number, string>();
  for (const { reader, end } of subsections(bytes, sections, NAMES.functions)) {
    for (let n = reader.uleb(); n > 0 && reader.position < end; n--) {
      const index = reader.uleb();
      const name = readName(reader, end);
      if (name === undefined) break;
      names.set(index, name);
    }
  }
  return names;
}

/** The module's own name. */
export function readModuleName(bytes: Uint8Array, sections: readonly Section[]): string | undefined {
  for (const { reader, end } of subsections(bytes, sections, NAMES.module)) return readName(reader, end);
  return undefined;
}

/** A prefix for names that the pass adds, which no name of the module contains. */
export function unusedPrefix(bytes: Uint8Array, sections: readonly Section[]): string {
  const section = sections.find(({ name }) => name === "name");
  const names =
    section === undefined ? "" : new TextDecoder("latin1").decode(bytes.subarray(section.start, section.end));
  let prefix = "kcov.";
  for (let k = 1; names.includes(prefix); k++) prefix = `kcov${k}.`;
  return prefix;
}

/** Subsections that name types, functions, tables, memories, globals, segments and tags: an index and a name each. */
const NAME_MAPS: readonly number[] = [1, 4, 5, 6, 7, 8, 9, 11];

/** Whether one of the names in a name section, as far as it can be read, contains a NUL character. */
export function hasNulInNames(bytes: Uint8Array, section: Section): boolean {
  for (const { id, reader, end } of subsectionsOf(bytes, section)) {
    if (!NAME_MAPS.includes(id)) continue;
    for (let n = reader.uleb(); n > 0 && reader.position < end; n--) {
      reader.skipLeb();
      const length = reader.uleb();
      const start = reader.position;
      reader.position += length;
      if (bytes.subarray(start, Math.min(reader.position, end)).includes(0)) return true;
    }
  }
  return false;
}

function* subsections(
  bytes: Uint8Array,
  sections: readonly Section[],
  wanted: number,
): Generator<{ reader: ByteReader; end: number }, void, void> {
  const section = sections.find(({ name }) => name === "name");
  if (!section) return;
  for (const { id, reader, end } of subsectionsOf(bytes, section)) if (id === wanted) yield { reader, end };
}

function* subsectionsOf(
  bytes: Uint8Array,
  section: Section,
): Generator<{ id: number; reader: ByteReader; end: number }, void, void> {
  const reader = new ByteReader(bytes, section.start);
  while (reader.position < section.end) {
    const id = reader.byte();
    const length = reader.uleb();
    const end = Math.min(reader.position + length, section.end);
    yield { id, reader, end };
    reader.position = end;
  }
}

/** @returns undefined if the name extends beyond the end */
function readName(reader: ByteReader, end: number): string | undefined {
  const length = reader.uleb();
  if (reader.position + length > end) return undefined;
  const name = new TextDecoder().decode(reader.bytes.subarray(reader.position, reader.position + length));
  reader.position += length;
  return name;
}
