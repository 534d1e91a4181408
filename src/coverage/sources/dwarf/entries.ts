/** `.debug_info`: units, functions, and where functions were inlined. */

import { type Abbreviation, Abbreviations } from "./abbreviations.ts";
import { DW_AT, DW_FORM, DW_TAG, DW_UT } from "./constants.ts";
import { ADDRESS_INDICES, type Encoding, readForm, STRING_INDICES, skipForm, UNIT_REFERENCES } from "./forms.ts";
import { type Range, readRanges4, readRanges5 } from "./ranges.ts";
import { DamagedSection, Reader } from "./reader.ts";
import type { DwarfSections, Strings } from "./sections.ts";

/** What a compiler says of one function, whether it made code for it or not. */
export interface SubprogramEntry {
  /** The name without scopes, but with template arguments. */
  name: string | undefined;
  linkageName: string | undefined;
  /** Names of the namespaces and classes around it, outermost first. */
  scopes: readonly string[];
  /** Offset of the unit whose line table numbers its files. */
  readonly unit: number;
  declFile: number | undefined;
  declLine: number;
  declColumn: number;
  /** Made by the compiler: it stands nowhere in the sources. */
  isArtificial: boolean;
  /** Offset of the entry that says the rest, 0 for none. */
  readonly origin: number;
}

/** Code of a function: its own, or a copy that was inlined. */
export interface ConcreteInstance {
  /** Offset of its entry. */
  readonly entry: number;
  readonly ranges: readonly Range[];
  /** Index of the code that it was inlined into; −1 for a function of its own. */
  readonly parent: number;
  /** For a copy: where it begins, when that is not the lowest address. */
  readonly entryPc: number | undefined;
}

export interface Unit extends Encoding {
  /** In `.debug_info`. */
  readonly offset: number;
  readonly compDir: string;
  readonly name: string;
  /** Offset of its line table. */
  readonly lines: number | undefined;
  /** File with the rest of its entries, for split DWARF. */
  readonly dwoName: string | undefined;
}

export interface Entries {
  readonly units: readonly Unit[];
  /** By offset in `.debug_info`. */
  readonly functions: ReadonlyMap<number, SubprogramEntry>;
  readonly code: readonly ConcreteInstance[];
  /** Why reading ended before the end. */
  readonly damage: string | undefined;
}

/** Tags whose names are scopes. */
const SCOPES: ReadonlySet<number> = new Set([
  ...[DW_TAG.namespace, DW_TAG.class_type, DW_TAG.structure_type, DW_TAG.union_type, DW_TAG.enumeration_type],
  ...[DW_TAG.module, DW_TAG.interface_type],
]);

const UNITS: ReadonlySet<number> = new Set([
  ...[DW_TAG.compile_unit, DW_TAG.partial_unit, DW_TAG.skeleton_unit, DW_TAG.type_unit],
]);

/** Entries nest as scopes of the source do. */
const MAX_DEPTH = 10_000;

/** Reads all units. What comes before damage is kept. */
export function readEntries(sections: DwarfSections, strings: Strings): Entries {
  return new EntryReader(sections, strings).read();
}

/** Values of the attributes of one entry, with their forms. */
class AttributeValues {
  readonly #values = new Map<number, number | string>();
  readonly #forms = new Map<number, number>();

  clear(): void {
    this.#values.clear();
    this.#forms.clear();
  }

  set(name: number, form: number, value: number | string): void {
    this.#values.set(name, value);
    this.#forms.set(name, form);
  }

  form(name: number): number {
    return this.#forms.get(name) ?? 0;
  }

  number(name: number): number | undefined {
    const value = this.#values.get(name);
    return typeof value === "number" ? value : undefined;
  }

  text(name: number): string | undefined {
    const value = this.#values.get(name);
    return typeof value === "string" ? value : undefined;
  }
}

/** Bases of a unit's indices. */
interface Bases {
  strOffsets: number;
  addr: number;
  rnglists: number;
  ranges: number;
  lowPc: number;
}

class EntryReader {
  readonly #sections: DwarfSections;
  readonly #strings: Strings;
  readonly #abbreviations: Abbreviations;
  readonly #values = new AttributeValues();
  readonly #units: Unit[] = [];
  readonly #functions = new Map<number, SubprogramEntry>();
  readonly #code: ConcreteInstance[] = [];

  constructor(sections: DwarfSections, strings: Strings) {
    this.#sections = sections;
    this.#strings = strings;
    this.#abbreviations = new Abbreviations(sections.abbrev);
  }

  read(): Entries {
    const reader = new Reader(this.#sections.info, ".debug_info");
    const result = { units: this.#units, functions: this.#functions, code: this.#code };
    let damage: string | undefined;
    try {
      while (!reader.atEnd) {
        const offset = reader.position;
        const { is64, end } = reader.unitLength();
        try {
          this.#readUnit(new Reader(reader.bytes, reader.section, reader.position, end), offset, is64);
        } catch (error) {
          // The next unit's place is known, whatever is wrong in this one.
          damage ??= damageOf(error);
        }
        reader.position = end;
      }
    } catch (error) {
      damage ??= damageOf(error);
    }
    return { ...result, damage };
  }

  #readUnit(reader: Reader, offset: number, is64: boolean): void {
    const version = reader.u16();
    if (version < 2 || version > 5) throw reader.damaged(`a unit of version ${version}`);
    const kind = version >= 5 ? reader.u8() : 0;
    let addressSize = version >= 5 ? reader.u8() : 0;
    const abbreviations = this.#abbreviations.at(reader.offset(is64));
    if (version < 5) addressSize = reader.u8();
    if (kind === DW_UT.type || kind === DW_UT.split_type) return;
    if (kind === DW_UT.skeleton || kind === DW_UT.split_compile) reader.skip(8);
    const unit = { offset, is64, version, addressSize };
    new UnitReader(reader, unit, abbreviations, this.#sections, this.#strings, this.#values, {
      unit: (found) => this.#units.push(found),
      entry: (at, entry) => this.#functions.set(at, entry),
      code: (code) => this.#code.push(code) - 1,
    }).read();
  }
}

interface EntrySink {
  unit(unit: Unit): void;
  entry(offset: number, entry: SubprogramEntry): void;
  /** @returns its index */
  code(code: ConcreteInstance): number;
}

/** An entry whose children are being read. */
interface ParentEntry {
  readonly scopes: readonly string[];
  /** Index of the code that its children were inlined into; −1 for none. */
  readonly code: number;
}

class UnitReader {
  readonly #reader: Reader;
  readonly #unit: Encoding & { offset: number };
  readonly #abbreviations: ReadonlyMap<number, Abbreviation>;
  readonly #sections: DwarfSections;
  readonly #strings: Strings;
  readonly #values: AttributeValues;
  readonly #found: EntrySink;
  readonly #bases: Bases = { strOffsets: 8, addr: 8, rnglists: 0, ranges: 0, lowPc: 0 };
  readonly #stack: ParentEntry[] = [];

  constructor(
    reader: Reader,
    unit: Encoding & { offset: number },
    abbreviations: ReadonlyMap<number, Abbreviation>,
    sections: DwarfSections,
    strings: Strings,
    values: AttributeValues,
    found: EntrySink,
  ) {
    this.#reader = reader;
    this.#unit = unit;
    this.#abbreviations = abbreviations;
    this.#sections = sections;
    this.#strings = strings;
    this.#values = values;
    this.#found = found;
  }

  read(): void {
    const reader = this.#reader;
    let around: ParentEntry = { scopes: [], code: -1 };
    while (!reader.atEnd) {
      const offset = reader.position;
      const code = reader.uleb();
      if (code === 0) {
        around = this.#stack.pop() ?? around;
        continue;
      }
      const abbreviation = this.#abbreviations.get(code);
      if (!abbreviation) throw reader.damaged(`abbreviation ${code} is not defined`);
      const inside = this.#readEntry(abbreviation, offset, around);
      if (!abbreviation.hasChildren) continue;
      if (this.#stack.length >= MAX_DEPTH) throw reader.damaged("entries nest too deeply");
      this.#stack.push(around);
      around = inside;
    }
  }

  #readEntry(abbreviation: Abbreviation, offset: number, around: ParentEntry): ParentEntry {
    const { tag } = abbreviation;
    if (SCOPES.has(tag)) {
      this.#readValues(abbreviation);
      const name = this.#text(DW_AT.name) ?? (tag === DW_TAG.namespace ? "(anonymous namespace)" : undefined);
      return name === undefined ? around : { scopes: [...around.scopes, name], code: around.code };
    }
    if (tag === DW_TAG.subprogram || tag === DW_TAG.inlined_subroutine) {
      this.#readValues(abbreviation);
      return this.#readFunction(tag === DW_TAG.inlined_subroutine, offset, around);
    }
    if (UNITS.has(tag)) {
      this.#readValues(abbreviation);
      this.#readUnitEntry();
      return around;
    }
    for (const { form } of abbreviation.attributes) skipForm(this.#reader, form, this.#unit);
    return around;
  }

  #readValues({ attributes }: Abbreviation): void {
    const values = this.#values;
    values.clear();
    for (const { name, form, implicit } of attributes) {
      const value = readForm(this.#reader, form, implicit, this.#unit, this.#strings);
      if (value !== undefined) values.set(name, form, value);
    }
  }

  #readUnitEntry(): void {
    const values = this.#values;
    const bases = this.#bases;
    bases.strOffsets = values.number(DW_AT.str_offsets_base) ?? bases.strOffsets;
    bases.addr = values.number(DW_AT.addr_base) ?? values.number(DW_AT.GNU_addr_base) ?? bases.addr;
    bases.rnglists = values.number(DW_AT.rnglists_base) ?? bases.rnglists;
    bases.ranges = values.number(DW_AT.GNU_ranges_base) ?? bases.ranges;
    bases.lowPc = this.#address(DW_AT.low_pc) ?? 0;
    this.#found.unit({
      ...this.#unit,
      compDir: this.#text(DW_AT.comp_dir) ?? "",
      name: this.#text(DW_AT.name) ?? "",
      lines: values.number(DW_AT.stmt_list),
      dwoName: this.#text(DW_AT.dwo_name) ?? this.#text(DW_AT.GNU_dwo_name),
    });
  }

  #readFunction(isInlined: boolean, offset: number, around: ParentEntry): ParentEntry {
    const values = this.#values;
    const origin = this.#reference(DW_AT.abstract_origin) ?? this.#reference(DW_AT.specification) ?? 0;
    const name = this.#text(DW_AT.name);
    this.#found.entry(offset, {
      name,
      linkageName: this.#text(DW_AT.linkage_name) ?? this.#text(DW_AT.MIPS_linkage_name),
      scopes: isInlined ? [] : around.scopes,
      unit: this.#unit.offset,
      declFile: values.number(DW_AT.decl_file),
      declLine: values.number(DW_AT.decl_line) ?? 0,
      declColumn: values.number(DW_AT.decl_column) ?? 0,
      isArtificial: values.number(DW_AT.artificial) === 1,
      origin,
    });
    const ranges = this.#ranges();
    if (ranges.length === 0) return { scopes: around.scopes, code: around.code };
    const parent = isInlined ? around.code : -1;
    const code = this.#found.code({ entry: offset, ranges, parent, entryPc: this.#address(DW_AT.entry_pc) });
    return { scopes: around.scopes, code };
  }

  #text(name: number): string | undefined {
    const text = this.#values.text(name);
    const index = this.#values.number(name);
    if (text !== undefined || index === undefined || !STRING_INDICES.has(this.#values.form(name))) return text;
    const { is64 } = this.#unit;
    const size = is64 ? 8 : 4;
    const offsets = new Reader(this.#sections.str_offsets, ".debug_str_offsets");
    offsets.position = this.#bases.strOffsets + index * size;
    return this.#strings.str.at(offsets.offset(is64));
  }

  #address(name: number): number | undefined {
    const value = this.#values.number(name);
    if (value === undefined || !ADDRESS_INDICES.has(this.#values.form(name))) return value;
    return this.#addressAt(value);
  }

  #addressAt(index: number): number {
    const { addressSize } = this.#unit;
    const reader = new Reader(this.#sections.addr, ".debug_addr", this.#bases.addr + index * addressSize);
    return reader.unsigned(addressSize);
  }

  #reference(name: number): number | undefined {
    const value = this.#values.number(name);
    if (value === undefined) return undefined;
    const form = this.#values.form(name);
    if (UNIT_REFERENCES.has(form)) return this.#unit.offset + value;
    return form === DW_FORM.ref_addr ? value : undefined;
  }

  #ranges(): Range[] {
    const low = this.#address(DW_AT.low_pc);
    const high = this.#values.number(DW_AT.high_pc);
    if (low !== undefined && high !== undefined) {
      const end = this.#values.form(DW_AT.high_pc) === DW_FORM.addr ? high : low + high;
      return low < end ? [[low, end]] : [];
    }
    const list = this.#values.number(DW_AT.ranges);
    return list === undefined ? [] : this.#listAt(list);
  }

  #listAt(value: number): Range[] {
    const { version, addressSize, is64 } = this.#unit;
    const { rnglists, ranges, lowPc } = this.#bases;
    if (version < 5) return readRanges4(this.#sections.ranges, ranges + value, addressSize, lowPc);
    const bytes = this.#sections.rnglists;
    let offset = value;
    if (this.#values.form(DW_AT.ranges) === DW_FORM.rnglistx) {
      const index = new Reader(bytes, ".debug_rnglists", rnglists + value * (is64 ? 8 : 4));
      offset = rnglists + index.offset(is64);
    }
    return readRanges5(bytes, offset, addressSize, lowPc, (index) => this.#addressAt(index));
  }
}

function damageOf(error: unknown): string {
  if (error instanceof DamagedSection) return error.message;
  throw error;
}
