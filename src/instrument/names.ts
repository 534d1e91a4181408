/** Names of functions, from the name section. */

import { Cursor } from "./operators.ts";
import type { Section } from "./sections.ts";

/** Subsection of the name section with the functions' names. */
const FUNCTION_NAMES = 1;

/**
 * Names of functions by index. A damaged name section is no error, as in engines: what can be read of it counts.
 *
 * @param bytes a module
 */
export function readFunctionNames(bytes: Uint8Array, sections: readonly Section[]): Map<number, string> {
  const names = new Map<number, string>();
  const section = sections.find(({ name }) => name === "name");
  if (!section) return names;
  const cursor = new Cursor(bytes, section.start);
  while (cursor.position < section.end) {
    const id = cursor.byte();
    const length = cursor.u32();
    const end = Math.min(cursor.position + length, section.end);
    if (id === FUNCTION_NAMES) readMap(cursor, end, names);
    cursor.position = end;
  }
  return names;
}

function readMap(cursor: Cursor, end: number, names: Map<number, string>): void {
  const decoder = new TextDecoder();
  for (let n = cursor.u32(); n > 0 && cursor.position < end; n--) {
    const index = cursor.u32();
    const length = cursor.u32();
    if (cursor.position + length > end) return;
    names.set(index, decoder.decode(cursor.bytes.subarray(cursor.position, cursor.position + length)));
    cursor.position += length;
  }
}
