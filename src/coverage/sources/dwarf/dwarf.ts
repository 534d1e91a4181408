/** Reads the DWARF of a module, translated to offsets in its file. */

import type { ByteRange } from "../../../binary_format.ts";
import { type CodeCopy, CodeRows, type CodeSources, type SourceFunction } from "../code_sources.ts";
import type { Demangle } from "../demangle.ts";
import { FileList } from "../file_list.ts";
import { type Entries, readEntries, type SubprogramEntry, type Unit } from "./entries.ts";
import { type LineTable, ROW, Rows, readLineTable } from "./line_program.ts";
import { DamagedSection, Reader } from "./reader.ts";
import { type DwarfSections, type Strings, stringsOf } from "./sections.ts";

/** The code that the sections describe. */
export interface CodePlace {
  /** Offset of the contents of the code section, to which addresses are relative. */
  readonly base: number;
  /** Bodies of functions, ascending. */
  readonly bodies: readonly ByteRange[];
}

/**
 * Reads DWARF. Functions that the linker dropped leave entries at addresses where there is no function (0, −1, −2):
 * these are skipped. What is damaged is skipped as well, with a warning.
 *
 * @returns undefined if nothing in it belongs to a line
 */
export function readDwarf(
  sections: DwarfSections,
  code: CodePlace,
  demangle: Demangle,
  warn: (warning: string) => void,
): CodeSources | undefined {
  return new DwarfSources(sections, code, demangle, warn).read();
}

/** How many references from entry to entry are followed: a copy of a definition of a declaration. */
const MAX_ORIGINS = 8;

class DwarfSources {
  readonly #sections: DwarfSections;
  readonly #code: CodePlace;
  readonly #demangle: Demangle;
  readonly #warn: (warning: string) => void;
  readonly #strings: Strings;
  readonly #files = new FileList();
  readonly #tables = new Map<number, LineTable>();
  #entries: Entries = { units: [], functions: new Map(), code: [], damage: undefined };
  #units = new Map<number, Unit>();

  constructor(sections: DwarfSections, code: CodePlace, demangle: Demangle, warn: (warning: string) => void) {
    this.#sections = sections;
    this.#code = code;
    this.#demangle = demangle;
    this.#warn = warn;
    this.#strings = stringsOf(sections);
  }

  read(): CodeSources | undefined {
    this.#entries = readEntries(this.#sections, this.#strings);
    if (this.#entries.damage !== undefined) this.#warn(this.#entries.damage);
    this.#units = new Map(this.#entries.units.map((unit) => [unit.offset, unit]));
    this.#readTables();
    const rows = this.#rows();
    if (rows.length === 0) return undefined;
    const { functions, copies } = this.#functions();
    return { kind: "DWARF", files: this.#files.files, rows, functions, copies };
  }

  /** Reads the tables to which units refer, or if no units can be read, all of them in order. */
  #readTables(): void {
    let damage: string | undefined;
    const read = (offset: number, compDir: string): number | undefined => {
      const known = this.#tables.get(offset);
      if (known) return known.end;
      const rows = new Rows();
      try {
        const reader = new Reader(this.#sections.line, ".debug_line", offset);
        const table = readLineTable(reader, this.#strings, compDir, rows);
        this.#tables.set(offset, table);
        return table.end;
      } catch (error) {
        if (!(error instanceof DamagedSection)) throw error;
        damage ??= error.message;
        return undefined;
      }
    };
    for (const { lines, compDir } of this.#entries.units) if (lines !== undefined) read(lines, compDir);
    if (this.#entries.units.length === 0) {
      let next: number | undefined = 0;
      while (next !== undefined && next < this.#sections.line.length) next = read(next, "");
    }
    if (damage !== undefined) this.#warn(damage);
  }

  #rows(): CodeRows {
    const sequences: Sequence[] = [];
    for (const table of this.#tables.values()) collectSequences(table, this.#code, sequences);
    sequences.sort((a, b) => a.start - b.start);
    const rows = new CodeRows();
    let end = 0;
    for (const sequence of sequences) {
      if (sequence.start < end) continue;
      end = this.#addSequence(sequence, rows);
    }
    return rows;
  }

  /** @returns where it ends */
  #addSequence({ table, first, last }: Sequence, rows: CodeRows): number {
    const { address, file, line, column } = table.rows;
    const { base } = this.#code;
    let end = 0;
    for (let k = first; k < last; k++) {
      const start = base + (address[k] as number);
      end = base + (address[k + 1] as number);
      if (end <= start) continue;
      const entry = table.files[file[k] as number];
      const index = entry === undefined ? -1 : this.#files.index(entry.path, entry.source);
      rows.add(start, end, index, index < 0 ? 0 : Math.max(line[k] as number, 0), column[k] as number);
    }
    return end;
  }

  #functions(): { functions: SourceFunction[]; copies: CodeCopy[] } {
    const { base, bodies } = this.#code;
    const functions: SourceFunction[] = [];
    const indices = new Map<number, number>();
    const copies: CodeCopy[] = [];
    /** Maps indices of what was read to indices of `copies`; −1 for what was left out. */
    const kept: number[] = [];
    for (const { entry, ranges, parent, entryPc } of this.#entries.code) {
      const placed = ranges
        .map(([low, high]) => [base + low, base + high] as const)
        .filter(([start]) => bodyAt(bodies, start) !== undefined);
      if (placed.length === 0 || (parent >= 0 && kept[parent] === -1)) {
        kept.push(-1);
        continue;
      }
      const origin = this.#lastOrigin(entry);
      let index = indices.get(origin);
      if (index === undefined) {
        index = functions.push(this.#function(entry)) - 1;
        indices.set(origin, index);
      }
      const around = parent < 0 ? -1 : (kept[parent] as number);
      kept.push(copies.length);
      copies.push({
        function: index,
        ranges: placed,
        parent: around,
        entry: entryPc === undefined ? undefined : base + entryPc,
      });
    }
    return { functions, copies };
  }

  /** The entries that describe one function: copy, definition, declaration. */
  #chain(offset: number): SubprogramEntry[] {
    const chain: SubprogramEntry[] = [];
    for (let at = offset; at !== 0 && chain.length < MAX_ORIGINS; ) {
      const entry = this.#entries.functions.get(at);
      if (!entry) break;
      chain.push(entry);
      at = entry.origin;
    }
    return chain;
  }

  #lastOrigin(offset: number): number {
    let at = offset;
    for (let n = 0; n < MAX_ORIGINS; n++) {
      const origin = this.#entries.functions.get(at)?.origin ?? 0;
      if (origin === 0) return at;
      at = origin;
    }
    return at;
  }

  #function(offset: number): SourceFunction {
    const chain = this.#chain(offset);
    const linkageName = chain.find((entry) => entry.linkageName !== undefined)?.linkageName;
    const own = chain.find((entry) => entry.name !== undefined)?.name;
    const scopes = chain.findLast((entry) => entry.scopes.length > 0)?.scopes ?? [];
    // A definition outside of its class has its own location; otherwise the declaration has it.
    const declared = chain.find((entry) => entry.declLine > 0 && !entry.isArtificial);
    const place = declared && this.#place(declared, chain);
    const inFull = linkageName === undefined ? undefined : this.#demangle(linkageName);
    const path = own === undefined ? [inFull ?? "(unnamed)"] : [...scopes, own];
    // Rust only numbers the blocks that implement a trait for a type: the trait and the type are in the mangled name.
    const isNumbered = scopes.some((scope) => scope.startsWith("{impl#"));
    return {
      name: (isNumbered ? inFull : undefined) ?? path.join("::"),
      baseName: path.map(withoutArguments).join("::"),
      linkageName,
      file: place?.file ?? -1,
      line: place?.line ?? 0,
      column: declared?.declColumn ?? 0,
      isDeclared: true,
    };
  }

  #place(declared: SubprogramEntry, chain: readonly SubprogramEntry[]): { file: number; line: number } | undefined {
    // The file may be given only in the declaration if it is the same.
    const from = declared.declFile === undefined ? chain.find((entry) => entry.declFile !== undefined) : declared;
    const unit = from && this.#units.get(from.unit);
    const table = unit?.lines === undefined ? undefined : this.#tables.get(unit.lines);
    const file = table?.files[from?.declFile ?? -1];
    return file && { file: this.#files.index(file.path, file.source), line: declared.declLine };
  }
}

interface Sequence {
  readonly table: LineTable;
  readonly start: number;
  readonly first: number;
  /** Index of the row that ends the sequence. */
  readonly last: number;
}

/** Collects sequences: the rows up to an end describe one stretch of code, which exists if it begins in a function. */
function collectSequences(table: LineTable, { base, bodies }: CodePlace, sequences: Sequence[]): void {
  const { address, flags } = table.rows;
  let first = 0;
  for (let k = 0; k < address.length; k++) {
    if (((flags[k] as number) & ROW.endSequence) === 0) continue;
    const start = base + (address[first] as number);
    if (k > first && bodyAt(bodies, start) !== undefined) sequences.push({ table, start, first, last: k });
    first = k + 1;
  }
}

/** The body that contains an offset. */
function bodyAt(bodies: readonly ByteRange[], offset: number): ByteRange | undefined {
  let low = 0;
  let high = bodies.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((bodies[middle] as ByteRange).end <= offset) low = middle + 1;
    else high = middle;
  }
  const body = bodies[low];
  return body && body.start <= offset ? body : undefined;
}

/** `push<int, std::less<int>>` without its arguments; `operator<` and `operator->` stay. */
function withoutArguments(name: string): string {
  if (!name.endsWith(">") || name.startsWith("operator")) return name;
  const open = name.indexOf("<");
  return open > 0 ? name.slice(0, open) : name;
}
