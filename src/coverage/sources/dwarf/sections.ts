/** The DWARF sections of a module. */

import { readSections, type Section } from "../../../instrument/wasm/sections.ts";
import { DamagedSection, Reader } from "./reader.ts";

/** The sections that are read, by their names without `.debug_`. */
const NAMES = ["abbrev", "addr", "info", "line", "line_str", "ranges", "rnglists", "str", "str_offsets"] as const;

export type SectionName = (typeof NAMES)[number];

/** Contents of the sections; empty if a section does not exist. */
export type DwarfSections = Readonly<Record<SectionName, Uint8Array>>;

const NONE = new Uint8Array(0);

/**
 * @param suffix ".dwo" for the sections of split DWARF
 * @returns undefined if the binary has no DWARF
 */
export function dwarfSections(binary: Uint8Array, suffix = ""): DwarfSections | undefined {
  const sections = readSections(binary);
  const found = Object.fromEntries(NAMES.map((name) => [name, contents(binary, sections, `.debug_${name}${suffix}`)]));
  const { info, line } = found as DwarfSections;
  return info.length + line.length === 0 ? undefined : (found as DwarfSections);
}

function contents(binary: Uint8Array, sections: readonly Section[], name: string): Uint8Array {
  const section = sections.find((each) => each.name === name);
  return section === undefined ? NONE : binary.subarray(section.start, section.end);
}

/** Strings by offset, cached: compilers refer to a string many times, and decoding takes most of the time. */
export class StringTable {
  readonly #bytes: Uint8Array;
  readonly #section: string;
  readonly #texts = new Map<number, string>();

  constructor(bytes: Uint8Array, section: string) {
    this.#bytes = bytes;
    this.#section = section;
  }

  at(offset: number): string {
    let text = this.#texts.get(offset);
    if (text === undefined) {
      if (offset >= this.#bytes.length) throw new DamagedSection(`${this.#section} has no byte ${offset}`);
      text = new Reader(this.#bytes, this.#section, offset).text();
      this.#texts.set(offset, text);
    }
    return text;
  }
}

/** The two string tables. */
export interface Strings {
  readonly str: StringTable;
  readonly lineStr: StringTable;
}

export function stringsOf({ str, line_str }: DwarfSections): Strings {
  return { str: new StringTable(str, ".debug_str"), lineStr: new StringTable(line_str, ".debug_line_str") };
}
