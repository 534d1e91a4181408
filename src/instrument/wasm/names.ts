/** Names of functions and of the module, from the name section. */

import { Cursor } from "./operators.ts";
import type { Section } from "./sections.ts";

/** Subsections of the name section. */
const MODULE_NAME = 0;
const FUNCTION_NAMES = 1;

/**
 * Names of functions by index. A damaged name section is no error, as in engines: what can be read of it counts.
 *
 * @param bytes a module
 */
export function readFunctionNames(bytes: Uint8Array, sections: readonly Section[]): Map<number, string> {
  const names = new Map<number, string>();
  for (const { cursor, end } of subsections(bytes, sections, FUNCTION_NAMES)) {
    for (let n = cursor.u32(); n > 0 && cursor.position < end; n--) {
      const index = cursor.u32();
      const name = readName(cursor, end);
      if (name === undefined) break;
      names.set(index, name);
    }
  }
  return names;
}

/** The module's own name. */
export function readModuleName(bytes: Uint8Array, sections: readonly Section[]): string | undefined {
  for (const { cursor, end } of subsections(bytes, sections, MODULE_NAME)) return readName(cursor, end);
  return undefined;
}

/** A prefix for names that the pass adds: no name of the module contains it. */
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
  for (const { id, cursor, end } of subsectionsOf(bytes, section)) {
    if (!NAME_MAPS.includes(id)) continue;
    for (let n = cursor.u32(); n > 0 && cursor.position < end; n--) {
      cursor.skipLeb();
      const length = cursor.u32();
      const start = cursor.position;
      cursor.position += length;
      if (bytes.subarray(start, Math.min(cursor.position, end)).includes(0)) return true;
    }
  }
  return false;
}

function* subsections(
  bytes: Uint8Array,
  sections: readonly Section[],
  wanted: number,
): Generator<{ cursor: Cursor; end: number }, void, void> {
  const section = sections.find(({ name }) => name === "name");
  if (!section) return;
  for (const { id, cursor, end } of subsectionsOf(bytes, section)) if (id === wanted) yield { cursor, end };
}

function* subsectionsOf(
  bytes: Uint8Array,
  section: Section,
): Generator<{ id: number; cursor: Cursor; end: number }, void, void> {
  const cursor = new Cursor(bytes, section.start);
  while (cursor.position < section.end) {
    const id = cursor.byte();
    const length = cursor.u32();
    const end = Math.min(cursor.position + length, section.end);
    yield { id, cursor, end };
    cursor.position = end;
  }
}

/** @returns undefined where the name reaches beyond the end */
function readName(cursor: Cursor, end: number): string | undefined {
  const length = cursor.u32();
  if (cursor.position + length > end) return undefined;
  const name = new TextDecoder().decode(cursor.bytes.subarray(cursor.position, cursor.position + length));
  cursor.position += length;
  return name;
}
