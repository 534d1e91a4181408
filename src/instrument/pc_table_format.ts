/**
 * The encoding of the pc table in a module, as the custom section `wasm-kcov`. All numbers are LEB128; differences are
 * signed, in zigzag encoding:
 *
 *     version  3
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
 *         one byte: kind | 0x80 when pruned | 0x40 for a block that is as usual | 0x20 when the next two sites imply it
 *         offset − previous offset (the first one's: the start of the body)
 *         unless they are as usual for a site of the kind: start of the block − offset, length of the block
 *         when pruned, unless the next two imply it: number of sites of this function that do, and for each its index −
 *         this one's
 *         for prune 2: the same for sites whose counts are added, and if there are any, for those that are subtracted
 */

import { LebReader } from "../binary_format.ts";
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
import { ByteWriter } from "./wasm/bytes.ts";

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

const VERSION = 3;
const LINK_NUMBERS: readonly LinkMode[] = ["import", "fused", "standalone"];
const FORMS = ["64bit", "8bit", "flag"] as const;
const PRUNE = { none: 0, implied: 1, derived: 2 } as const;
const KIND_NUMBERS = Object.fromEntries(SITE_KINDS.map((kind, k) => [kind, k])) as Readonly<Record<SiteKind, number>>;

/** Bits of a site's first byte; the others are its kind. */
const FLAGS = { pruned: 0x80, usualBlock: 0x40, byNextTwo: 0x20 } as const;
const KIND_BITS = 0x1f;

/**
 * Where the block of a site of most kinds begins, after its offset, and how long it is where that does not vary. Most
 * labels are encoded in one byte, and so are the types of blocks.
 */
const USUAL_BLOCKS: Partial<Readonly<Record<SiteKind, { readonly start: number; readonly length?: number }>>> = {
  entry: { start: 3 },
  // biome-ignore lint/suspicious/noThenProperty: a kind of site
  then: { start: 2 },
  loop: { start: 2 },
  taken: { start: 2, length: 0 },
  "not-taken": { start: 1 },
  join: { start: 1 },
  endif: { start: 1 },
  case: { start: 0, length: 0 },
  catch: { start: 0, length: 0 },
  "select-true": { start: 0, length: 0 },
  "select-false": { start: 2, length: 0 },
  cmp: { start: 0, length: 1 },
  div: { start: 0, length: 1 },
  switch: { start: 0 },
  "indirect-call": { start: 0 },
  load: { start: 0 },
  store: { start: 0 },
  "stack-depth": { start: 0 },
};

const IMPORTS_GONE = 1 << 15;
const SHA256_BYTES = 32;

/** Encodes a table, function by function. */
export class PcTableWriter {
  private readonly functions = new ByteWriter();
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
    out.uleb(entry.index - this.index);
    out.uleb(entry.body[0] - this.position);
    out.uleb(entry.body[1] - entry.body[0]);
    out.uleb(entry.exact ? 1 : 0);
    out.uleb(entry.sites.length);
    let previous = entry.body[0];
    for (const { offset, kind, blockStart, blockEnd, impliedBy, follows, position } of entry.sites) {
      const [start, length] = [blockStart - offset, blockEnd - blockStart];
      const usual = USUAL_BLOCKS[kind];
      const isUsual = usual?.start === start && length === (usual.length ?? length);
      const isByNextTwo = impliedBy !== undefined && areNextTwo(impliedBy, position);
      const flags = impliedBy ? FLAGS.pruned | (isByNextTwo ? FLAGS.byNextTwo : 0) : 0;
      out.byte(KIND_NUMBERS[kind] | flags | (isUsual ? FLAGS.usualBlock : 0));
      out.uleb(offset - previous);
      if (!isUsual) out.zigzag(start);
      if (!isUsual || usual.length === undefined) out.uleb(length);
      if (impliedBy && !isByNextTwo) writeSites(out, impliedBy, position);
      if (isDerived) writeSites(out, follows?.from ?? [], position);
      if (isDerived && follows) writeSites(out, follows.less, position);
      previous = offset;
    }
    this.count++;
    this.index = entry.index + 1;
    this.position = entry.body[1];
  }

  finish(header: PcTableHeader): Uint8Array {
    const out = new ByteWriter();
    out.uleb(VERSION);
    out.uleb(LINK_NUMBERS.indexOf(header.link));
    out.uleb(LEVELS.indexOf(header.level));
    out.uleb(header.prune ? (this.isDerived ? PRUNE.derived : PRUNE.implied) : PRUNE.none);
    const { removedFunctions } = header;
    const first = removedFunctions.length > 0 ? IMPORTS_GONE : 0;
    out.uleb(TRACES.reduce((bits, trace, k) => bits | (header.trace.includes(trace) ? 1 << k : 0), first));
    if (header.counters) out.uleb(FORMS.indexOf(header.counters));
    out.uleb64(header.pcBase);
    out.uleb(header.original.bytes);
    for (let i = 0; i < 2 * SHA256_BYTES; i += 2) out.byte(Number.parseInt(header.original.sha256.slice(i, i + 2), 16));
    out.uleb(header.original.importedFunctions);
    out.uleb(header.addedFunctions);
    if (removedFunctions.length > 0) out.uleb(removedFunctions.length);
    removedFunctions.forEach((index, k) => {
      out.uleb(index - ((removedFunctions[k - 1] ?? -1) + 1));
    });
    out.uleb(this.count);
    out.append(this.functions.written());
    return out.written();
  }
}

/** Whether two sites are those that follow the one at `position`, as the sides of a branch do. */
function areNextTwo(sites: readonly { readonly position: number }[], position: number): boolean {
  return sites.length === 2 && sites[0]?.position === position + 1 && sites[1]?.position === position + 2;
}

function writeSites(out: ByteWriter, sites: readonly { readonly position: number }[], position: number): void {
  out.uleb(sites.length);
  for (const other of sites) out.zigzag(other.position - position);
}

/**
 * Decodes a table.
 *
 * @throws {InstrumentError} ERR_PC_TABLE
 */
export function decodePcTable(bytes: Uint8Array): PcTable {
  const input = new TableReader(bytes);
  const version = input.uleb();
  if (version !== VERSION) throw damaged(`it is of version ${version}, this library reads version ${VERSION}`);
  const { isDerived, ...header } = readHeader(input);
  const functions: PcFunction[] = [];
  const sites: PcSite[] = [];
  let index = 0;
  let position = 0;
  for (let n = input.uleb(); n > 0; n--) {
    const entry = readFunction(input, { index, position, pcBase: header.pcBase, isDerived }, sites);
    functions.push(entry);
    index = entry.index + 1;
    position = entry.body[1];
  }
  if (!input.atEnd) throw damaged("there are bytes behind its end");
  return { ...header, functions, sites };
}

function readHeader(input: TableReader): PcTableHeader & { isDerived: boolean } {
  const link = LINK_NUMBERS[input.uleb()];
  const level = LEVELS[input.uleb()];
  const pruning = input.uleb();
  const bits = input.uleb();
  const trace = TRACES.filter((_, k) => bits & (1 << k));
  const counters = trace.includes("counters") ? FORMS[input.uleb()] : undefined;
  if (!counters && trace.includes("counters")) throw damaged("its counters are of an unknown form");
  const pcBase = input.uleb64();
  if (!level) throw damaged("its level is unknown");
  if (!link) throw damaged("its link is unknown");
  const bytes = input.uleb();
  const sha256 = Array.from({ length: SHA256_BYTES }, () => input.byte().toString(16).padStart(2, "0")).join("");
  const original = { bytes, sha256, importedFunctions: input.uleb() };
  const [prune, isDerived] = [pruning !== PRUNE.none, pruning === PRUNE.derived];
  const addedFunctions = input.uleb();
  const removedFunctions = bits & IMPORTS_GONE ? readIndices(input) : [];
  return { link, level, prune, isDerived, trace, counters, pcBase, original, addedFunctions, removedFunctions };
}

/** Reads ascending indices. */
function readIndices(input: TableReader): number[] {
  const indices: number[] = [];
  for (let n = input.count(); n > 0; n--) indices.push((indices.at(-1) ?? -1) + 1 + input.uleb());
  return indices;
}

/** The position to which an entry is relative. */
interface Before {
  readonly index: number;
  readonly position: number;
  readonly pcBase: bigint;
  readonly isDerived: boolean;
}

function readFunction(input: TableReader, { index, position, pcBase, isDerived }: Before, sites: PcSite[]): PcFunction {
  const func = input.uleb() + index;
  const start = input.uleb() + position;
  const body = [start, input.uleb() + start] as const;
  const exact = input.uleb() === 1;
  const first = sites.length;
  let offset = start;
  for (let n = input.uleb(); n > 0; n--) {
    const k = sites.length;
    const tag = input.byte();
    const kind = SITE_KINDS[tag & KIND_BITS];
    if (!kind) throw damaged("it has a site of unknown kind");
    offset += input.uleb();
    const usual = tag & FLAGS.usualBlock ? USUAL_BLOCKS[kind] : undefined;
    const blockStart = offset + (usual?.start ?? input.zigzag());
    const block = [blockStart, blockStart + (usual?.length ?? input.uleb())] as const;
    const pc = BigInt.asUintN(64, pcBase + BigInt(offset));
    const impliedBy = tag & FLAGS.pruned ? readImplying(input, k, tag) : undefined;
    const from = isDerived ? readSites(input, k) : [];
    const follows = from.length === 0 ? undefined : { from, less: readSites(input, k) };
    sites.push({ pc, kind, function: func, block, impliedBy, follows });
  }
  if (sites.length === first) throw damaged("it has a function without sites");
  return { index: func, body, exact };
}

function readImplying(input: TableReader, k: number, tag: number): number[] {
  return tag & FLAGS.byNextTwo ? [k + 1, k + 2] : readSites(input, k);
}

/** Reads indices of sites. @param k index of the site to which they are relative */
function readSites(input: TableReader, k: number): number[] {
  return Array.from({ length: input.count() }, () => k + input.zigzag()).sort((a, b) => a - b);
}

function damaged(what: string): InstrumentError {
  return new InstrumentError("ERR_PC_TABLE", `the ${PC_TABLE_SECTION} section cannot be read: ${what}`);
}

/** Reads what {@link Bytes} wrote, but never beyond the end. */
class TableReader {
  private readonly reader: LebReader;

  constructor(bytes: Uint8Array) {
    this.reader = new LebReader(bytes);
  }

  get atEnd(): boolean {
    return this.reader.position === this.reader.bytes.length;
  }

  byte(): number {
    if (this.reader.position >= this.reader.bytes.length) throw damaged("it ends early");
    return this.reader.byte();
  }

  uleb(): number {
    const value = this.reader.uleb();
    if (this.reader.position > this.reader.bytes.length) throw damaged("it ends early");
    if (value > Number.MAX_SAFE_INTEGER) throw damaged("it has a number that is too large");
    return value;
  }

  /** The number of items that follow, each of at least one byte. */
  count(): number {
    const value = this.uleb();
    if (value > this.reader.bytes.length - this.reader.position) throw damaged("it ends early");
    return value;
  }

  zigzag(): number {
    const value = this.uleb();
    return value % 2 === 1 ? -(value + 1) / 2 : value / 2;
  }

  uleb64(): bigint {
    const value = this.reader.uleb64();
    if (this.reader.position > this.reader.bytes.length) throw damaged("it ends early");
    return value;
  }
}
