/**
 * Hands out the offsets of one function's operators as the walk over Binaryen's tree meets them, and notices where the
 * two do not agree. Then the whole function is walked again and its sites get distinct offsets inside its body.
 */

import type { Name } from "./binaryen.ts";
import { type Branch, clauseOffsets, type Frame, type FunctionCode, labelOffsets, operatorEnd } from "./offsets.ts";

/** The operators of one kind, matched one by one. */
export class Operators<Operator> {
  private readonly list: readonly Operator[];
  private taken = 0;

  constructor(list: readonly Operator[] = []) {
    this.list = list;
  }

  /** The next one; undefined behind the last. */
  take(): Operator | undefined {
    return this.list[this.taken++];
  }

  /** Whether each was taken, and no more. */
  get isUsedUp(): boolean {
    return this.taken === this.list.length;
  }
}

/** The body of a function in the original file. */
export interface Body {
  bytes: Uint8Array;
  start: number;
  end: number;
}

export class PcSource {
  readonly ifs: Operators<FunctionCode["ifs"][number]>;
  readonly loops: Operators<number>;
  readonly tries: Operators<FunctionCode["tries"][number]>;
  readonly tryTables: Operators<Branch>;
  readonly brs: Operators<Branch>;
  readonly brIfs: Operators<Branch>;
  readonly brTables: Operators<Branch>;
  readonly brOns: Operators<Branch>;
  readonly compares: Operators<number>;
  readonly divs: Operators<number>;
  readonly indirectCalls: Operators<number>;
  readonly loads: Operators<number>;
  readonly stores: Operators<number>;
  readonly globalSets: Operators<number>;
  private readonly body: Body;
  private readonly code: FunctionCode | undefined;
  private readonly frames = new Map<Name, Frame>();
  /** Frames that are branched to. */
  private readonly targets = new Set<Frame>();
  private agrees = true;
  private ordinal = 0;

  /** @param code the function's operators; undefined for offsets that are merely distinct */
  constructor(body: Body, code: FunctionCode | undefined) {
    this.body = body;
    this.code = code;
    this.ifs = new Operators(code?.ifs);
    this.loops = new Operators(code?.loops);
    this.tries = new Operators(code?.tries);
    this.tryTables = new Operators(code?.tryTables);
    this.brs = new Operators(code?.brs);
    this.brIfs = new Operators(code?.brIfs);
    this.brTables = new Operators(code?.brTables);
    this.brOns = new Operators(code?.brOns);
    this.compares = new Operators(code?.compares);
    this.divs = new Operators(code?.divs);
    this.indirectCalls = new Operators(code?.indirectCalls);
    this.loads = new Operators(code?.loads);
    this.stores = new Operators(code?.stores);
    this.globalSets = new Operators(code?.globalSets);
  }

  /** Offset of a site: the operator's own, or in a function that is not matched the next unused one. */
  at(offset: number | undefined): number {
    if (this.code && offset !== undefined) return offset;
    this.agrees = false;
    return this.body.start + this.ordinal++;
  }

  /** Learns which frame of the original a label of Binaryen's tree is. */
  bind(label: Name, frame: Frame | undefined): void {
    if (frame !== undefined) this.targets.add(frame);
    if (frame === undefined) this.agrees = false;
    else if ((this.frames.get(label) ?? frame) !== frame) this.agrees = false;
    else this.frames.set(label, frame);
  }

  /** Offset of the `end` that a label's branches go to. */
  endOf(label: Name): number | undefined {
    const frame = this.frames.get(label);
    return frame === undefined ? undefined : this.code?.frameEnds[frame];
  }

  /** Whether a branch that was met so far goes to a frame. */
  isTarget(frame: Frame | undefined): boolean {
    return frame !== undefined && this.targets.has(frame);
  }

  /** Offset of a frame's `end`. */
  endOfFrame(frame: Frame | undefined): number | undefined {
    return frame === undefined ? undefined : this.code?.frameEnds[frame];
  }

  /** Offsets of a br_table's labels. */
  labels(brTable: number | undefined): number[] {
    return this.code && brTable !== undefined ? labelOffsets(this.body.bytes, brTable) : [];
  }

  /** Offsets of a try_table's clauses. */
  clauses(tryTable: number | undefined): number[] {
    return this.code && tryTable !== undefined ? clauseOffsets(this.body.bytes, tryTable) : [];
  }

  /** Offset behind an operator. */
  after(offset: number): number {
    return this.code ? operatorEnd(this.body.bytes, offset) : offset;
  }

  /** Where the block that begins at an offset ends. */
  blockEnd(start: number): number {
    const cuts = this.code?.cuts;
    if (!cuts) return start;
    let low = 0;
    let high = cuts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((cuts[middle] ?? 0) < start) low = middle + 1;
      else high = middle;
    }
    return cuts[low] ?? start;
  }

  get entry(): { offset: number; code: number } {
    const { code } = this;
    const { start } = this.body;
    return { offset: start, code: code?.code ?? start };
  }

  /** Whether every operator of the function was handed out, each for an expression of its kind. */
  get exact(): boolean {
    if (!this.code || !this.agrees) return false;
    const { ifs, loops, tries, tryTables, brs, brIfs, brTables, brOns } = this;
    const { compares, divs, indirectCalls, loads, stores, globalSets } = this;
    const branches = [ifs, loops, tries, tryTables, brs, brIfs, brTables, brOns];
    return [...branches, compares, divs, indirectCalls, loads, stores, globalSets].every(({ isUsedUp }) => isUsedUp);
  }
}
