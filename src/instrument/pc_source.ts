/**
 * Hands out the offsets of one function's operators as the walk over Binaryen's tree meets them, and notices where the
 * two do not agree. Then the whole function is walked again and its sites get distinct offsets inside its body.
 */

import type { Name } from "./binaryen.ts";
import { clauseOffsets, type Frame, type FunctionCode, labelOffsets, operatorEnd } from "./offsets.ts";

/** Lists of {@link FunctionCode} that are matched one by one. */
type Lists = Omit<FunctionCode, "start" | "code" | "end" | "frameEnds" | "cuts">;

/** Byte range [start, end). */
export type Extent = readonly [start: number, end: number];

/** The body of a function in the original file. */
export interface Body {
  bytes: Uint8Array;
  start: number;
  end: number;
  /** Its operators; undefined for offsets that are merely distinct. */
  code: FunctionCode | undefined;
}

export class PcSource {
  private readonly body: Body;
  private readonly taken: Partial<Record<keyof Lists, number>> = {};
  private readonly frames = new Map<Name, Frame>();
  private agrees = true;
  private ordinal = 0;

  constructor(body: Body) {
    this.body = body;
  }

  /** The next operator of a kind. */
  take<K extends keyof Lists>(kind: K): Lists[K][number] | undefined {
    const k = this.taken[kind] ?? 0;
    this.taken[kind] = k + 1;
    return this.body.code?.[kind][k];
  }

  /** Offset of a site: the operator's own, or in a function that is not matched the next unused one. */
  at(offset: number | undefined): number {
    if (this.body.code && offset !== undefined) return offset;
    this.agrees = false;
    return this.body.start + this.ordinal++;
  }

  /** Learns which frame of the original a label of Binaryen's tree is. */
  bind(label: Name, frame: Frame | undefined): void {
    if (frame === undefined) this.agrees = false;
    else if ((this.frames.get(label) ?? frame) !== frame) this.agrees = false;
    else this.frames.set(label, frame);
  }

  /** Offset of the `end` that a label's branches go to. */
  endOf(label: Name): number | undefined {
    const frame = this.frames.get(label);
    return frame === undefined ? undefined : this.body.code?.frameEnds[frame];
  }

  /** Offset of a frame's `end`. */
  endOfFrame(frame: Frame | undefined): number | undefined {
    return frame === undefined ? undefined : this.body.code?.frameEnds[frame];
  }

  /** Offsets of a br_table's labels. */
  labels(brTable: number | undefined): number[] {
    return this.body.code && brTable !== undefined ? labelOffsets(this.body.bytes, brTable) : [];
  }

  /** Offsets of a try_table's clauses. */
  clauses(tryTable: number | undefined): number[] {
    return this.body.code && tryTable !== undefined ? clauseOffsets(this.body.bytes, tryTable) : [];
  }

  /** Offset behind an operator. */
  after(offset: number): number {
    return this.body.code ? operatorEnd(this.body.bytes, offset) : offset;
  }

  /** The block that begins at an offset. */
  blockFrom(start: number): Extent {
    const cuts = this.body.code?.cuts;
    if (!cuts) return [start, start];
    let low = 0;
    let high = cuts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((cuts[middle] ?? 0) < start) low = middle + 1;
      else high = middle;
    }
    return [start, cuts[low] ?? start];
  }

  get entry(): { offset: number; code: number } {
    const { code, start } = this.body;
    return { offset: start, code: code?.code ?? start };
  }

  /** Whether every operator of the function was handed out, each for an expression of its kind. */
  get exact(): boolean {
    const { code } = this.body;
    if (!code || !this.agrees) return false;
    return MATCHED.every((kind) => (this.taken[kind] ?? 0) === code[kind].length);
  }
}

const MATCHED: readonly (keyof Lists)[] = [
  ...(["ifs", "loops", "tries", "tryTables", "brs", "brIfs", "brTables", "brOns"] as const),
  ...(["compares", "divs", "indirectCalls", "loads", "stores", "globalSets"] as const),
];
