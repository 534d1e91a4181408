/**
 * Hands out the offsets of one function's operators as the walk over Binaryen's tree encounters them, and detects if
 * the two do not agree. Then the whole function is walked again, and its sites get distinct offsets inside its body.
 */

import { ByteReader } from "../wasm/byte_reader.ts";
import type { List } from "./lists.ts";
import type { Body, Branch, Branches, FrameIndex, FunctionCode, If, Select, Try } from "./offsets.ts";

/** The operators of one kind, matched one by one. */
export class Operators<Operator> {
  private readonly list: List<Operator>;
  private taken = 0;
  private length = 0;

  constructor(list: List<Operator>) {
    this.list = list;
  }

  /** Begins with another function. */
  begin(hasOperators: boolean): void {
    this.taken = 0;
    this.length = hasOperators ? this.list.length : 0;
  }

  /** The next one; undefined after the last. */
  take(): Operator | undefined {
    const k = this.taken++;
    return k < this.length ? this.list.at(k) : undefined;
  }

  /** Whether exactly as many were taken as there are. */
  get isUsedUp(): boolean {
    return this.taken === this.length;
  }
}

/** A label of Binaryen's tree and the corresponding frame, once that is known. */
interface Bound {
  frame: FrameIndex | undefined;
}

export class PcSource {
  readonly ifs: Operators<If>;
  readonly loops: Operators<number>;
  readonly tries: Operators<Try>;
  readonly tryTables: Operators<Branches>;
  readonly brs: Operators<Branch>;
  readonly brIfs: Operators<Branch>;
  readonly brTables: Operators<Branches>;
  readonly brOns: Operators<Branch>;
  readonly compares: Operators<number>;
  readonly divs: Operators<number>;
  readonly indirectCalls: Operators<number>;
  readonly loads: Operators<number>;
  readonly stores: Operators<number>;
  readonly globalSets: Operators<number>;
  readonly selects: Operators<Select>;
  readonly otherAccesses: Operators<number>;
  readonly hookCalls: Operators<number>;
  private readonly all: Operators<unknown>[] = [];
  private readonly scanned: FunctionCode;
  /** The function's operators; undefined for offsets that are merely distinct. */
  private code: FunctionCode | undefined;
  private start = 0;
  private end = 0;
  private reader = new ByteReader(NO_BYTES);
  /** 1 for frames that are branch targets. */
  private targets = NO_BYTES;
  private agrees = true;
  private ordinal = 0;
  private spare = 0;

  /** @param code the operators of one function after the other */
  constructor(code: FunctionCode) {
    this.scanned = code;
    this.ifs = this.match(code.ifs);
    this.loops = this.match(code.loops);
    this.tries = this.match(code.tries);
    this.tryTables = this.match(code.tryTables);
    this.brs = this.match(code.brs);
    this.brIfs = this.match(code.brIfs);
    this.brTables = this.match(code.brTables);
    this.brOns = this.match(code.brOns);
    this.compares = this.match(code.compares);
    this.divs = this.match(code.divs);
    this.indirectCalls = this.match(code.indirectCalls);
    this.loads = this.match(code.loads);
    this.stores = this.match(code.stores);
    this.globalSets = this.match(code.globalSets);
    this.selects = this.match(code.selects);
    this.otherAccesses = this.match(code.otherAccesses);
    this.hookCalls = this.match(code.hookCalls);
  }

  private match<Operator>(list: List<Operator>): Operators<Operator> {
    const operators = new Operators(list);
    this.all.push(operators);
    return operators;
  }

  /** Begins with another function. @param isScanned whether its operators are known */
  begin({ bytes, start, end }: Body, isScanned: boolean): void {
    for (const operators of this.all) operators.begin(isScanned);
    this.code = isScanned ? this.scanned : undefined;
    this.start = start;
    this.end = end;
    this.reader = new ByteReader(bytes);
    this.targets = isScanned ? new Uint8Array(this.scanned.frameEnds.length) : NO_BYTES;
    this.agrees = true;
    this.ordinal = 0;
    this.spare = 0;
  }

  /** Offset of a site: that of the operator or, in a function that is not matched, the next unused one. */
  at(offset: number | undefined): number {
    if (this.code && offset !== undefined) return offset;
    this.agrees = false;
    return this.start + this.ordinal++;
  }

  /** The same for a site that is optional: the PCs of other sites do not depend on it. */
  atOptional(offset: number | undefined): number {
    if (this.code && offset !== undefined && offset >= 0) return offset;
    this.agrees = false;
    return this.end - ++this.spare;
  }

  /** Records which frame of the original corresponds to a label of Binaryen's tree. */
  bind(label: Bound, frame: FrameIndex | undefined): void {
    if (frame === undefined) this.agrees = false;
    else {
      this.targets[frame] = 1;
      label.frame ??= frame;
      if (label.frame !== frame) this.agrees = false;
    }
  }

  /** Whether any branch so far goes to a frame. */
  isTarget(frame: FrameIndex | undefined): boolean {
    return frame !== undefined && this.targets[frame] === 1;
  }

  /** Offset of a frame's `end`. */
  endOf(frame: FrameIndex | undefined): number | undefined {
    return frame === undefined ? undefined : this.code?.frameEnds.at(frame);
  }

  /** Offset of one of the labels of a br_table or the clauses of a try_table. */
  labelOffset(operator: Branches | undefined, k: number): number | undefined {
    return this.labelIn(this.code?.labelOffsets, operator, k);
  }

  /** The target frame of such a label or clause. */
  labelFrame(operator: Branches | undefined, k: number): FrameIndex | undefined {
    return this.labelIn(this.code?.labelFrames, operator, k);
  }

  private labelIn(list: List<number> | undefined, operator: Branches | undefined, k: number): number | undefined {
    return operator && operator.first + k < operator.end ? list?.at(operator.first + k) : undefined;
  }

  /** Offset after an operator. */
  after(offset: number): number {
    if (!this.code) return offset;
    const { reader } = this;
    reader.position = offset;
    reader.skipOperator();
    return reader.position;
  }

  /** The offset at which the block that begins at `start` ends. */
  blockEnd(start: number): number {
    const cuts = this.code?.cuts;
    if (!cuts) return start;
    let low = 0;
    let high = cuts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (cuts.get(middle) < start) low = middle + 1;
      else high = middle;
    }
    return cuts.at(low) ?? start;
  }

  get entry(): { offset: number; code: number } {
    const { code, start } = this;
    return { offset: start, code: code?.code ?? start };
  }

  /** Whether every operator of the function was handed out, each to an expression of its kind. */
  get exact(): boolean {
    return this.code !== undefined && this.agrees && this.all.every(({ isUsedUp }) => isUsedUp);
  }
}

const NO_BYTES = new Uint8Array(0);
