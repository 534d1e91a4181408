/**
 * How often each stretch of a function's code ran. Sites are at the places where control flow splits and merges, so one
 * walk over the operators of the original gives every stretch between two sites its count: that of the site before it,
 * or, after an `if` whose arms merge without a site, the sum of both arms.
 */

import { type PcFunction, type PcSite, SITE_KINDS, type SiteKind } from "../../instrument/pc_table.ts";
import { ByteReader } from "../../instrument/wasm/byte_reader.ts";
import { OP } from "../../instrument/wasm/operators.ts";

/** Stretches of code that run as a whole, provided their callees return. Unreachable code is in none. */
export interface Stretches {
  readonly start: number[];
  readonly end: number[];
  readonly count: number[];
}

/** An operator that chooses where control continues. */
export interface Choice {
  readonly offset: number;
  /** "if", "br_if", "br_on", "br_table", "select". */
  readonly kind: "if" | "br_if" | "br_on" | "br_table" | "select";
  /** How often each way was taken. "if" and "select": the first arm, then the other; branches: taken, then not. */
  readonly counts: readonly number[];
  /** Whether the condition is negated right before the operator. */
  readonly negated: boolean;
  /** Offsets where control continues if a branch is taken, and if it is not; undefined for other choices. */
  readonly leadsTo: { taken: number; readonly not: number } | undefined;
}

/** A `br`, an unconditional jump. */
export interface Jump {
  readonly offset: number;
  /** How often it ran. */
  readonly count: number;
  /** Its target: the offset of a `loop`, or of an `end`. */
  target: number;
  readonly toLoop: boolean;
}

export interface CodeCounts {
  readonly stretches: Stretches;
  readonly choices: readonly Choice[];
  readonly jumps: readonly Jump[];
}

/** Counts of one function, by kind of site and offset. */
export class SiteCounts {
  readonly #counts = new Map<number, number>();

  constructor(sites: readonly PcSite[], counts: ArrayLike<bigint>, first: number, pcBase: bigint) {
    const taken: number[] = [];
    const others: number[] = [];
    for (const [k, { kind, pc }] of sites.entries()) {
      const offset = Number(BigInt.asUintN(64, pc - pcBase));
      const count = Number(counts[first + k] ?? 0n);
      if (kind === "select-true") taken.push(offset);
      if (kind === "select-false") others.push(count);
      else this.#counts.set(keyOf(kind, offset), count);
    }
    // A one-byte operator has no room for two sites: the second is somewhere before it. They are made in pairs.
    if (taken.length !== others.length) return;
    for (const [k, offset] of taken.entries()) this.#counts.set(keyOf("select-false", offset), others[k] as number);
  }

  get(kind: SiteKind, offset: number): number | undefined {
    return this.#counts.get(keyOf(kind, offset));
  }
}

function keyOf(kind: SiteKind, offset: number): number {
  return offset * 32 + SITE_KINDS.indexOf(kind);
}

/**
 * Walks a function.
 *
 * @returns undefined if it has an unknown operator
 */
export function countCode(bytes: Uint8Array, { body }: PcFunction, sites: SiteCounts): CodeCounts | undefined {
  return new Walk(bytes, body, sites).run();
}

/** Operators that open or close something, or after which control does not simply continue. */
const CONTROL: ReadonlySet<number> = new Set([
  ...[OP.block, OP.loop, OP.if, OP.else, OP.end, OP.try, OP.try_table, OP.catch, OP.catch_all, OP.delegate],
  ...[OP.br, OP.br_if, OP.br_table, OP.return, OP.return_call, OP.return_call_indirect, OP.return_call_ref],
  ...[OP.unreachable, OP.throw, OP.rethrow, OP.throw_ref],
]);

/** The count of unreachable code. */
const DEAD = -1;

interface Frame {
  readonly opcode: number;
  /** Offset of the operator that opened it. */
  readonly offset: number;
  /** How often its end was reached from arms walked earlier; DEAD if from none. */
  ends: number;
  hasElse: boolean;
  /** Jumps to its end, whose offset is not known yet. */
  readonly jumps: Jump[];
  readonly branches: { taken: number }[];
}

class Walk {
  readonly #reader: ByteReader;
  readonly #end: number;
  readonly #sites: SiteCounts;
  readonly #stretches: Stretches = { start: [], end: [], count: [] };
  readonly #choices: Choice[] = [];
  readonly #jumps: Jump[] = [];
  readonly #frames: Frame[] = [];
  #current = DEAD;
  /** Start of the current stretch. */
  #start = 0;
  /** The operator before the current one. */
  #previous = 0;

  constructor(bytes: Uint8Array, [start, end]: readonly [number, number], sites: SiteCounts) {
    this.#reader = new ByteReader(bytes, start);
    this.#end = end;
    this.#sites = sites;
  }

  run(): CodeCounts | undefined {
    const reader = this.#reader;
    this.#start = reader.position;
    this.#current = this.#sites.get("entry", reader.position) ?? 0;
    reader.skipLocals();
    this.#open(OP.block, reader.position);
    while (reader.position < this.#end) {
      const offset = reader.position;
      const opcode = reader.opcode();
      if (CONTROL.has(opcode)) this.#control(opcode, offset);
      else {
        if (!reader.skipImmediates(opcode)) return undefined;
        if (opcode === OP.br_on_null || opcode === OP.br_on_non_null) this.#branch(offset, "br_on");
        else if (opcode === OP.br_on_cast || opcode === OP.br_on_cast_fail) this.#branch(offset, "br_on");
        else if (opcode === OP.select || opcode === OP.select_typed) this.#select(offset);
      }
      this.#previous = opcode;
    }
    return { stretches: this.#stretches, choices: this.#choices, jumps: this.#jumps };
  }

  #control(opcode: number, offset: number): void {
    const reader = this.#reader;
    const labels = reader.position;
    reader.skipImmediates(opcode);
    if (opcode === OP.end || opcode === OP.delegate) this.#close(offset, opcode === OP.end);
    else if (opcode === OP.block || opcode === OP.try || opcode === OP.try_table) this.#open(opcode, offset);
    else if (opcode === OP.loop) {
      this.#open(opcode, offset);
      this.#goOn(this.#reached(this.#sites.get("loop", offset)));
    } else if (opcode === OP.if) this.#if(offset);
    else if (opcode === OP.else) this.#else(offset);
    else if (opcode === OP.catch || opcode === OP.catch_all) this.#catch(offset);
    else if (opcode === OP.br_if) this.#branch(offset, "br_if", labels);
    else if (opcode === OP.br_table) this.#table(offset, labels);
    else {
      if (opcode === OP.br) this.#jump(offset, labels);
      this.#goOn(DEAD);
    }
  }

  /** Ends the current stretch, and begins the next one at the cursor. */
  #goOn(count: number, end: number = this.#reader.position): void {
    if (this.#current !== DEAD && end > this.#start) {
      this.#stretches.start.push(this.#start);
      this.#stretches.end.push(end);
      this.#stretches.count.push(this.#current);
    }
    this.#start = this.#reader.position;
    this.#current = count;
  }

  /** The count of reached code; DEAD if its site is missing, because Binaryen found it unreachable. */
  #reached(count: number | undefined): number {
    return this.#current === DEAD || count === undefined ? DEAD : count;
  }

  #open(opcode: number, offset: number): void {
    this.#frames.push({ opcode, offset, ends: DEAD, hasElse: false, jumps: [], branches: [] });
  }

  #if(offset: number): void {
    const then = this.#reached(this.#sites.get("then", offset));
    const otherwise = this.#reached(this.#sites.get("else", offset + 1));
    if (then !== DEAD && otherwise !== DEAD)
      this.#choices.push({
        offset,
        kind: "if",
        counts: [then, otherwise],
        negated: this.#isNegated,
        leadsTo: undefined,
      });
    this.#open(OP.if, offset);
    this.#goOn(then);
  }

  #else(offset: number): void {
    const frame = this.#frames.at(-1);
    if (!frame) return;
    frame.ends = plus(frame.ends, this.#current);
    frame.hasElse = true;
    this.#goOn(this.#sites.get("else", frame.offset + 1) ?? DEAD, offset);
  }

  #catch(offset: number): void {
    const frame = this.#frames.at(-1);
    if (!frame) return;
    frame.ends = plus(frame.ends, this.#current);
    this.#goOn(this.#sites.get("catch", offset) ?? DEAD, offset);
  }

  #close(offset: number, mayBeTarget: boolean): void {
    const frame = this.#frames.pop();
    if (!frame) return;
    for (const jump of frame.jumps) jump.target = offset;
    for (const branch of frame.branches) branch.taken = offset;
    const isLast = this.#frames.length === 0;
    let count = plus(frame.ends, this.#current);
    if (frame.opcode === OP.if && !frame.hasElse)
      count = plus(count, this.#sites.get("else", frame.offset + 1) ?? DEAD);
    if (mayBeTarget) count = this.#sites.get("join", offset) ?? count;
    this.#goOn(count, offset);
    if (!isLast) return;
    // The function returns at its final `end`, to which compilers give the line of the closing brace.
    this.#start = offset;
    this.#goOn(DEAD);
  }

  #jump(offset: number, label: number): void {
    const frame = this.#frames.at(-1 - new ByteReader(this.#reader.bytes, label).uleb());
    if (!frame || this.#current === DEAD) return;
    const jump = { offset, count: this.#current, target: frame.offset, toLoop: frame.opcode === OP.loop };
    this.#jumps.push(jump);
    if (!jump.toLoop) frame.jumps.push(jump);
  }

  /** Where a branch leads. The end of a frame becomes known when that closes. */
  #target(label: number | undefined): Choice["leadsTo"] {
    const frame =
      label === undefined ? undefined : this.#frames.at(-1 - new ByteReader(this.#reader.bytes, label).uleb());
    if (!frame) return undefined;
    const leadsTo = { taken: frame.offset, not: this.#reader.position };
    if (frame.opcode !== OP.loop) frame.branches.push(leadsTo);
    return leadsTo;
  }

  #branch(offset: number, kind: "br_if" | "br_on", label?: number): void {
    const taken = this.#reached(this.#sites.get("taken", offset));
    const not = this.#reached(this.#sites.get("not-taken", offset + 1));
    if (taken !== DEAD && not !== DEAD)
      this.#choices.push({
        offset,
        kind,
        counts: [taken, not],
        negated: this.#isNegated,
        leadsTo: this.#target(label),
      });
    this.#goOn(not);
  }

  /** A select is not control flow, but may be compiled from a condition: it is a choice if it has counts. */
  #select(offset: number): void {
    const yes = this.#reached(this.#sites.get("select-true", offset));
    const no = this.#reached(this.#sites.get("select-false", offset));
    if (yes === DEAD || no === DEAD) return;
    this.#choices.push({ offset, kind: "select", counts: [yes, no], negated: this.#isNegated, leadsTo: undefined });
  }

  #table(offset: number, labels: number): void {
    const ahead = new ByteReader(this.#reader.bytes, labels);
    const counts: number[] = [];
    for (let n = ahead.uleb() + 1; n > 0; n--) {
      const count = this.#sites.get("case", ahead.position);
      if (count !== undefined) counts.push(count);
      ahead.skipLeb();
    }
    if (counts.length > 1) this.#choices.push({ offset, kind: "br_table", counts, negated: false, leadsTo: undefined });
    this.#goOn(DEAD);
  }

  get #isNegated(): boolean {
    return this.#previous === OP.i32_eqz;
  }
}

function plus(a: number, b: number): number {
  if (a === DEAD) return b;
  return b === DEAD ? a : a + b;
}
