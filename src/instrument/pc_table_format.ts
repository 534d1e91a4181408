/**
 * The encoding of the pc table in a module, as the custom section `wasm-kcov`. All numbers are LEB128; differences are
 * signed, in zigzag encoding:
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
 *     if imports are gone: number of functions, and for each, ascending: index − (previous index + 1)
 *     number of functions with sites, and for each, by ascending index:
 *       index − (previous index + 1), start of the body − end of the previous body, length of the body
 *       exact: 1 when every pc is that of the site's operator, 0 when PCs are merely distinct
 *       number of sites, and for each, by ascending pc:
 *         kind | 0x80 when pruned
 *         offset − previous offset (the first one's: the start of the body)
 *         start of the block − offset, length of the block
 *         when pruned: number of sites of this function that imply it, and for each its index − this one's
 *         for prune 2: the same for sites whose counts are added, and if there are any, for those that are subtracted
 */

import { InstrumentError } from "../errors.ts";
import {
  LEVELS,
  type LinkMode,
  PC_TABLE_SECTION,
  type PcFunction,
  type PcSite,
  type PcTable,
  type PcTableHeader,
  SITE_KINDS,
  type SiteKind,
  TRACES,
} from "./pc_table.ts";
import { ByteReader } from "./wasm/byte_reader.ts";
import { Bytes } from "./wasm/bytes.ts";

/** An entry to add to a table: a function and its sites, with offsets instead of PCs. */
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
  /** Its index among the sites of the function. */
  readonly position: number;
}

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

  /** @param isDerived whether counts of sites may be differences */
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

/** Reads ascending indices. */
function readIndices(input: Input): number[] {
  const indices: number[] = [];
  for (let n = input.count(); n > 0; n--) indices.push((indices.at(-1) ?? -1) + 1 + input.number());
  return indices;
}

/** The position to which an entry is relative. */
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

/** Reads indices of sites. @param k index of the site to which they are relative */
function readSites(input: Input, k: number): number[] {
  return Array.from({ length: input.count() }, () => k + input.signed()).sort((a, b) => a - b);
}

function damaged(what: string): InstrumentError {
  return new InstrumentError("ERR_PC_TABLE", `the ${PC_TABLE_SECTION} section cannot be read: ${what}`);
}

/** Reads what {@link Bytes} wrote, but never beyond the end. */
class Input {
  private readonly reader: ByteReader;

  constructor(bytes: Uint8Array) {
    this.reader = new ByteReader(bytes);
  }

  get atEnd(): boolean {
    return this.reader.position === this.reader.bytes.length;
  }

  byte(): number {
    if (this.reader.position >= this.reader.bytes.length) throw damaged("it ends early");
    return this.reader.byte();
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

  /** The number of items that follow, each of at least one byte. */
  count(): number {
    const value = this.number();
    if (value > this.reader.bytes.length - this.reader.position) throw damaged("it ends early");
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
