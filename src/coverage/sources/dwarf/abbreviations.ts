/** `.debug_abbrev`: the shapes of entries. */

import { DW_FORM } from "./constants.ts";
import { Reader } from "./reader.ts";

export interface Attribute {
  readonly name: number;
  readonly form: number;
  /** The value itself, if the form says that it is stored here. */
  readonly implicit: number;
}

export interface Abbreviation {
  readonly tag: number;
  readonly hasChildren: boolean;
  readonly attributes: readonly Attribute[];
}

/** An entry with more attributes is damaged: the largest that compilers write have about twenty. */
const MAX_ATTRIBUTES = 1000;

/** Reads each table once, by its offset. */
export class Abbreviations {
  readonly #bytes: Uint8Array;
  readonly #tables = new Map<number, ReadonlyMap<number, Abbreviation>>();

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** @throws {DamagedSection} */
  at(offset: number): ReadonlyMap<number, Abbreviation> {
    let table = this.#tables.get(offset);
    if (table === undefined) {
      table = readTable(new Reader(this.#bytes, ".debug_abbrev", offset));
      this.#tables.set(offset, table);
    }
    return table;
  }
}

function readTable(reader: Reader): Map<number, Abbreviation> {
  const table = new Map<number, Abbreviation>();
  for (let code = reader.uleb(); code !== 0; code = reader.uleb()) {
    const tag = reader.uleb();
    const hasChildren = reader.u8() !== 0;
    table.set(code, { tag, hasChildren, attributes: readAttributes(reader) });
  }
  return table;
}

function readAttributes(reader: Reader): Attribute[] {
  const attributes: Attribute[] = [];
  for (;;) {
    const name = reader.uleb();
    const form = reader.uleb();
    const implicit = form === DW_FORM.implicit_const ? reader.sleb() : 0;
    if (name === 0 && form === 0) return attributes;
    attributes.push({ name, form, implicit });
    if (attributes.length > MAX_ATTRIBUTES) throw reader.damaged("an entry without an end to its attributes");
  }
}
