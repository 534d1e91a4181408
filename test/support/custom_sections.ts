/** Custom sections for tests, and modules with them. */

import { concat, uleb } from "../../src/instrument/wasm/bytes.ts";
import { encodeSection, readSections } from "../../src/instrument/wasm/sections.ts";

/** A custom section. @param contents what follows its name */
export function custom(name: string | Uint8Array, ...contents: readonly (ArrayLike<number> | string)[]): Uint8Array {
  return concat(encodeSection(0, vector(name), ...contents.map(bytesFrom)));
}

/** A subsection of a name section: its id, and names by index. */
export function nameMap(id: number, names: Readonly<Record<number, string | Uint8Array>>): number[] {
  const entries = Object.entries(names);
  const map = [
    ...uleb(entries.length),
    ...entries.flatMap(([index, name]) => [...uleb(Number(index)), ...vector(name)]),
  ];
  return [id, ...uleb(map.length), ...map];
}

/** Text or bytes with their length in front. */
export function vector(text: string | Uint8Array): number[] {
  const bytes = bytesFrom(text);
  return [...uleb(bytes.length), ...bytes];
}

function bytesFrom(contents: ArrayLike<number> | string): number[] {
  return Array.from(typeof contents === "string" ? new TextEncoder().encode(contents) : contents);
}

/** A module with sections in front of its k-th one; at the end by default. */
export function withSections(
  module: Uint8Array,
  added: Uint8Array,
  place: number = Number.POSITIVE_INFINITY,
): Uint8Array<ArrayBuffer> {
  const at = readSections(module)[place]?.header ?? module.length;
  return concat([module.subarray(0, at), added, module.subarray(at)]);
}
