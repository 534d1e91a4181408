/**
 * The pc table: what each PC of an instrumented module means. It travels in the module, as the custom section
 * `wasm-kcov`. All numbers are LEB128; differences are signed in zigzag:
 *
 *     version  2
 *     link     0 import, 1 fused, 2 standalone
 *     level    0 func, 1 bb, 2 edge
 *     prune    0; 1 for sites that others imply; 2 for sites whose counts follow from those of others
 *     trace    bit k: the k-th of TRACES; bit 15: imports are gone
 *     counters, if they are traced: 0 64bit, 1 8bit, 2 flag
 *     pcBase   64 bits
 *     original: size in bytes, SHA-256 (32 bytes), imported functions
 *     functions that were added to the imports of the output
 *     if imports are gone: how many functions, and of each, ascending: index − (previous index + 1)
 *     number of functions with sites, and for each, by ascending index:
 *       index − (previous index + 1), start of the body − end of the previous body, length of the body
 *       exact: 1 when every pc is that of the site's operator, 0 when PCs are merely distinct
 *       number of sites, and for each, by ascending pc:
 *         kind | 0x80 when pruned
 *         offset − previous offset (the first one's: the start of the body)
 *         start of the block − offset, length of the block
 *         when pruned: number of sites of this function that imply it, and for each its index − this one's
 *         for prune 2: the same of sites that its count is the sum of, and if there are any of those that are subtracted
 */

import type { CounterForm } from "../abi/counters.ts";
import { InstrumentError } from "../errors.ts";
import { Bytes } from "./wasm/bytes.ts";
import { Cursor } from "./wasm/operators.ts";

/** What can be traced, in the order of the table's bits. */
export const TRACES = [
  "pc",
  "cmp",
  "switch",
  "div",
  "indirect-calls",
  "loads",
  "stores",
  "stack-depth",
  /** A byte of memory for every site of control flow. */
  "counters",
] as const;

/** A class of events that instrumented code reports. */
export type Trace = (typeof TRACES)[number];

/** How instrumented code reaches the hooks: it carries them, or it imports them. */
export const LINKS = ["fused", "import", "standalone"] as const;

/** How instrumented code reaches the hooks: it carries them, or it imports them. */
export type LinkMode = (typeof LINKS)[number];

/** How finely control flow is traced, in the order of the table's numbers. */
export const LEVELS = ["func", "bb", "edge"] as const;

/** How finely control flow is traced: function entries, basic blocks, or edges too. */
export type Level = (typeof LEVELS)[number];

/** Kinds of sites, in the order of the table's numbers. */
export const SITE_KINDS = [
  /** A function is entered. */
  "entry",
  /** The first arm of an `if`. */
  "then",
  /** The other arm, or the edge around the first where there is none. */
  "else",
  /** One iteration of a loop begins. */
  "loop",
  /** `br_if` and `br_on_…`: the branch is taken. */
  "taken",
  /** `br_if` and `br_on_…`: control falls through. */
  "not-taken",
  /** Behind a construct whose label is branched to. */
  "join",
  /** Behind an `if` both of whose arms end there (level bb). */
  "endif",
  /** A `br_table` goes to one of its labels. */
  "case",
  /** An exception is caught. */
  "catch",
  "cmp",
  "switch",
  "div",
  "indirect-call",
  "load",
  "store",
  "stack-depth",
  /** The condition of a `select` holds. */
  "select-true",
  /** It does not: called by an offset inside of an operator before the `select`, which has one byte alone. */
  "select-false",
  /** The code calls the hook of the compiler that instrumented it, or reads an inline counter of that. */
  "adopted",
] as const;

/** What a site reports. */
export type SiteKind = (typeof SITE_KINDS)[number];

/** What must be traced for a site that records a value; the other kinds are of control flow. */
const TRACE_OF: Readonly<Partial<Record<SiteKind, Trace>>> = {
  cmp: "cmp",
  switch: "switch",
  div: "div",
  "indirect-call": "indirect-calls",
  load: "loads",
  store: "stores",
  "stack-depth": "stack-depth",
};

/** Kinds of sites that record values for one of the traces. */
export function dataKindsOf(trace: readonly Trace[]): ReadonlySet<SiteKind> {
  const wanted = new Set<Trace | undefined>(trace);
  return new Set(SITE_KINDS.filter((kind) => isDataSite(kind) && wanted.has(TRACE_OF[kind])));
}

/** Whether a site records a value, not that control came to it. */
export function isDataSite(kind: SiteKind): boolean {
  return TRACE_OF[kind] !== undefined;
}

/** One site. */
export interface PcSite {
  /** What the hook is given: `pcBase` and the offset of the deciding instruction in the original file. */
  readonly pc: bigint;
  readonly kind: SiteKind;
  /** Index of the function, in the original module. */
  readonly function: number;
  /** Byte range of the original that runs straight after the site, up to the next branch or join. */
  readonly block: readonly [start: number, end: number];
  /**
   * Undefined for a site with a hook. Otherwise the site has none, and was executed iff one of these sites was, given as
   * indices into {@link PcTable.sites}.
   */
  readonly impliedBy: readonly number[] | undefined;
  /**
   * In a module with 64-bit counters alone, sites that tell how often this one was executed (`deriveCounts`): as often as
   * those of `from` together, less those of `less`. Undefined for a site that counts. One that has a counter besides only
   * tells by it whether it was executed.
   */
  readonly follows: { readonly from: readonly number[]; readonly less: readonly number[] } | undefined;
}

/** A function with sites. */
export interface PcFunction {
  /** Index in the original module. */
  readonly index: number;
  /** Byte range of its body in the original file. */
  readonly body: readonly [start: number, end: number];
  /** False where PCs are merely distinct offsets inside the body. */
  readonly exact: boolean;
}

/** Everything about an instrumented module but its sites. */
export interface PcTableHeader {
  readonly link: LinkMode;
  readonly level: Level;
  readonly prune: boolean;
  readonly trace: readonly Trace[];
  /** What counters tell; undefined for a module without any. */
  readonly counters: CounterForm | undefined;
  readonly pcBase: bigint;
  readonly original: {
    readonly bytes: number;
    /** Lower-case hexadecimal. */
    readonly sha256: string;
    readonly importedFunctions: number;
  };
  /**
   * Functions that the output imports besides. A function of the original whose index is not below
   * `original.importedFunctions` has an index higher by this in the output, less the number of those that were removed.
   */
  readonly addedFunctions: number;
  /** Imported functions of the original that the output does without, by index: {@link originalFunction}. */
  readonly removedFunctions: readonly number[];
}

/** The pc table of an instrumented module. */
export interface PcTable extends PcTableHeader {
  /** Functions with sites, by index. */
  readonly functions: readonly PcFunction[];
  /** Sites by function, and by pc within each. */
  readonly sites: readonly PcSite[];
}

/** A function's sites on the way into the table: offsets instead of PCs. */
export interface FunctionEntry extends PcFunction {
  readonly sites: readonly SiteEntry[];
}

export interface SiteEntry {
  readonly offset: number;
  readonly kind: SiteKind;
  readonly blockStart: number;
  readonly blockEnd: number;
  readonly impliedBy: readonly { readonly position: number }[] | undefined;
  readonly follows:
    | {
        readonly from: readonly { readonly position: number }[];
        readonly less: readonly { readonly position: number }[];
      }
    | undefined;
  /** Its place among the sites of the function. */
  readonly position: number;
}

/**
 * The PCs of a module's inline counters.
 *
 * @returns the pc of the k-th counter at index k; empty for a module without counters
 */
export function counterPcs(table: PcTable): BigUint64Array<ArrayBuffer> {
  if (!table.trace.includes("counters")) return new BigUint64Array(0);
  return BigUint64Array.from(table.sites.filter(isCounted), ({ pc }) => pc);
}

/** Whether a site has a counter, in a module with counters. */
export function isCounted({ kind, impliedBy }: Pick<PcSite, "kind" | "impliedBy">): boolean {
  return impliedBy === undefined && !isDataSite(kind);
}

/** Name of the custom section. */
export const PC_TABLE_SECTION = "wasm-kcov";

const VERSION = 2;
const LINK_NUMBERS: readonly LinkMode[] = ["import", "fused", "standalone"];
const FORMS = ["64bit", "8bit", "flag"] as const;
const PRUNE = { none: 0, implied: 1, derived: 2 } as const;
const KIND_NUMBERS = Object.fromEntries(SITE_KINDS.map((kind, k) => [kind, k])) as Readonly<Record<SiteKind, number>>;
const PRUNED = 0x80;
const IMPORTS_GONE = 1 << 15;
const SHA256_BYTES = 32;

/** Encodes a table, function by function. */
export class PcTableWriter {
  private readonly functions = new Bytes();
  private readonly isDerived: boolean;
  private count = 0;
  private index = 0;
  private position = 0;

  /** @param isDerived the counts of sites may be differences */
  constructor(isDerived: boolean) {
    this.isDerived = isDerived;
  }

  add(entry: FunctionEntry): void {
    const { functions: out, isDerived } = this;
    out.number(entry.index - this.index);
    out.number(entry.body[0] - this.position);
    out.number(entry.body[1] - entry.body[0]);
    out.number(entry.exact ? 1 : 0);
    out.number(entry.sites.length);
    let previous = entry.body[0];
    for (const { offset, kind, blockStart, blockEnd, impliedBy, follows, position } of entry.sites) {
      out.number(KIND_NUMBERS[kind] | (impliedBy ? PRUNED : 0));
      out.number(offset - previous);
      out.signed(blockStart - offset);
      out.number(blockEnd - blockStart);
      if (impliedBy) writeSites(out, impliedBy, position);
      if (isDerived) writeSites(out, follows?.from ?? [], position);
      if (isDerived && follows) writeSites(out, follows.less, position);
      previous = offset;
    }
    this.count++;
    this.index = entry.index + 1;
    this.position = entry.body[1];
  }

  finish(header: PcTableHeader): Uint8Array {
    const out = new Bytes();
    out.number(VERSION);
    out.number(LINK_NUMBERS.indexOf(header.link));
    out.number(LEVELS.indexOf(header.level));
    out.number(header.prune ? (this.isDerived ? PRUNE.derived : PRUNE.implied) : PRUNE.none);
    const { removedFunctions } = header;
    const first = removedFunctions.length > 0 ? IMPORTS_GONE : 0;
    out.number(TRACES.reduce((bits, trace, k) => bits | (header.trace.includes(trace) ? 1 << k : 0), first));
    if (header.counters) out.number(FORMS.indexOf(header.counters));
    out.big(header.pcBase);
    out.number(header.original.bytes);
    for (let i = 0; i < 2 * SHA256_BYTES; i += 2) out.byte(Number.parseInt(header.original.sha256.slice(i, i + 2), 16));
    out.number(header.original.importedFunctions);
    out.number(header.addedFunctions);
    if (removedFunctions.length > 0) out.number(removedFunctions.length);
    removedFunctions.forEach((index, k) => {
      out.number(index - ((removedFunctions[k - 1] ?? -1) + 1));
    });
    out.number(this.count);
    out.append(this.functions.written());
    return out.written();
  }
}

function writeSites(out: Bytes, sites: readonly { readonly position: number }[], position: number): void {
  out.number(sites.length);
  for (const other of sites) out.signed(other.position - position);
}

/**
 * Decodes a table.
 *
 * @throws {InstrumentError} ERR_PC_TABLE
 */
export function decodePcTable(bytes: Uint8Array): PcTable {
  const input = new Input(bytes);
  const version = input.number();
  if (version !== VERSION) throw damaged(`it is of version ${version}, this library reads version ${VERSION}`);
  const { isDerived, ...header } = readHeader(input);
  const functions: PcFunction[] = [];
  const sites: PcSite[] = [];
  let index = 0;
  let position = 0;
  for (let n = input.number(); n > 0; n--) {
    const entry = readFunction(input, { index, position, pcBase: header.pcBase, isDerived }, sites);
    functions.push(entry);
    index = entry.index + 1;
    position = entry.body[1];
  }
  if (!input.atEnd) throw damaged("there are bytes behind its end");
  return { ...header, functions, sites };
}

function readHeader(input: Input): PcTableHeader & { isDerived: boolean } {
  const link = LINK_NUMBERS[input.number()];
  const level = LEVELS[input.number()];
  const pruning = input.number();
  const bits = input.number();
  const trace = TRACES.filter((_, k) => bits & (1 << k));
  const counters = trace.includes("counters") ? FORMS[input.number()] : undefined;
  if (!counters && trace.includes("counters")) throw damaged("its counters are of an unknown form");
  const pcBase = input.big();
  if (!level) throw damaged("its level is unknown");
  if (!link) throw damaged("its link is unknown");
  const bytes = input.number();
  const sha256 = Array.from({ length: SHA256_BYTES }, () => input.byte().toString(16).padStart(2, "0")).join("");
  const original = { bytes, sha256, importedFunctions: input.number() };
  const [prune, isDerived] = [pruning !== PRUNE.none, pruning === PRUNE.derived];
  const addedFunctions = input.number();
  const removedFunctions = bits & IMPORTS_GONE ? readIndices(input) : [];
  return { link, level, prune, isDerived, trace, counters, pcBase, original, addedFunctions, removedFunctions };
}

/** Ascending. */
function readIndices(input: Input): number[] {
  const indices: number[] = [];
  for (let n = input.count(); n > 0; n--) indices.push((indices.at(-1) ?? -1) + 1 + input.number());
  return indices;
}

/**
 * The index that a function of the instrumented module has in the original.
 *
 * @returns undefined for an import that was added. What was added besides stands after the module's own functions.
 */
export function originalFunction(func: number, table: PcTableHeader): number | undefined {
  const { original, addedFunctions, removedFunctions } = table;
  const kept = original.importedFunctions - removedFunctions.length;
  if (func >= kept) return func < kept + addedFunctions ? undefined : func - addedFunctions + removedFunctions.length;
  return removedFunctions.reduce((index, removed) => (removed <= index ? index + 1 : index), func);
}

/** What an entry is relative to. */
interface Before {
  readonly index: number;
  readonly position: number;
  readonly pcBase: bigint;
  readonly isDerived: boolean;
}

function readFunction(input: Input, { index, position, pcBase, isDerived }: Before, sites: PcSite[]): PcFunction {
  const func = input.number() + index;
  const start = input.number() + position;
  const body = [start, input.number() + start] as const;
  const exact = input.number() === 1;
  const first = sites.length;
  let offset = start;
  for (let n = input.number(); n > 0; n--) {
    const k = sites.length;
    const tag = input.number();
    const kind = SITE_KINDS[tag & ~PRUNED];
    if (!kind) throw damaged("it has a site of unknown kind");
    offset += input.number();
    const blockStart = offset + input.signed();
    const block = [blockStart, blockStart + input.number()] as const;
    const pc = BigInt.asUintN(64, pcBase + BigInt(offset));
    const impliedBy = tag & PRUNED ? readSites(input, k) : undefined;
    const from = isDerived ? readSites(input, k) : [];
    const follows = from.length === 0 ? undefined : { from, less: readSites(input, k) };
    sites.push({ pc, kind, function: func, block, impliedBy, follows });
  }
  if (sites.length === first) throw damaged("it has a function without sites");
  return { index: func, body, exact };
}

/** @param k index of the site that they are relative to */
function readSites(input: Input, k: number): number[] {
  return Array.from({ length: input.count() }, () => k + input.signed()).sort((a, b) => a - b);
}

function damaged(what: string): InstrumentError {
  return new InstrumentError("ERR_PC_TABLE", `the ${PC_TABLE_SECTION} section cannot be read: ${what}`);
}

/** Reads what {@link Bytes} wrote, and never beyond the end. */
class Input {
  private readonly cursor: Cursor;

  constructor(bytes: Uint8Array) {
    this.cursor = new Cursor(bytes);
  }

  get atEnd(): boolean {
    return this.cursor.position === this.cursor.bytes.length;
  }

  byte(): number {
    if (this.cursor.position >= this.cursor.bytes.length) throw damaged("it ends early");
    return this.cursor.byte();
  }

  number(): number {
    let value = 0;
    for (let scale = 1; scale <= 2 ** 49; scale *= 0x80) {
      const byte = this.byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
    throw damaged("it has a number that is too large");
  }

  /** A number of items that follow, each of one byte at least. */
  count(): number {
    const value = this.number();
    if (value > this.cursor.bytes.length - this.cursor.position) throw damaged("it ends early");
    return value;
  }

  signed(): number {
    const value = this.number();
    return value % 2 === 1 ? -(value + 1) / 2 : value / 2;
  }

  big(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.byte();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    return BigInt.asUintN(64, value);
  }
}
