/**
 * Where the operators of a function lie in the original file. Binaryen forgets offsets when it reads a module, so the
 * code section is walked a second time: the k-th operator of a kind in a function is the k-th expression of that kind in
 * Binaryen's tree, which keeps code that cannot be reached as well.
 */

import { kindOf, OperatorKind } from "./operator_kinds.ts";
import { Cursor, OP } from "./operators.ts";

/** Index of a control frame of a function: 0 is the function itself, the others in order of their opening. */
export type Frame = number;

/** A branch operator and the frames that it may go to, in the order of its immediates. */
export interface Branch {
  offset: number;
  frames: readonly Frame[];
}

/** The operators of one function by kind, in the order of the binary. Offsets count from the file's start. */
export interface FunctionCode {
  /** Offset of the body: its declarations of locals. */
  start: number;
  /** Offset of the first operator. */
  code: number;
  /** Offset behind the final `end`. */
  end: number;
  ifs: { offset: number; elseStart: number; frame: Frame }[];
  loops: number[];
  /** Legacy `try`: offsets of its handlers. */
  tries: { offset: number; catches: number[]; frame: Frame }[];
  tryTables: Branch[];
  brs: Branch[];
  brIfs: Branch[];
  brTables: Branch[];
  brOns: Branch[];
  compares: number[];
  divs: number[];
  indirectCalls: number[];
  loads: number[];
  stores: number[];
  globalSets: number[];
  /** Offset of the `end` (or `delegate`) of every frame. */
  frameEnds: number[];
  /** Offsets at which a basic block may end, ascending. */
  cuts: number[];
}

/**
 * Walks the body of one function.
 *
 * @returns undefined where the body uses an operator that is not known
 */
export function scanFunction(bytes: Uint8Array, start: number, end: number): FunctionCode | undefined {
  const scan = new Scan(bytes, start, end);
  return scan.run() ? scan.code : undefined;
}

/** Offset behind the operator at an offset. */
export function operatorEnd(bytes: Uint8Array, offset: number): number {
  const cursor = new Cursor(bytes, offset);
  cursor.skipImmediates(cursor.opcode());
  return cursor.position;
}

/** Offsets of a br_table's label immediates, the default's last. */
export function labelOffsets(bytes: Uint8Array, brTable: number): number[] {
  const cursor = new Cursor(bytes, brTable + 1);
  return Array.from({ length: cursor.u32() + 1 }, () => {
    const at = cursor.position;
    cursor.skipLeb();
    return at;
  });
}

/** Offsets of a try_table's clauses. */
export function clauseOffsets(bytes: Uint8Array, tryTable: number): number[] {
  const cursor = new Cursor(bytes, tryTable + 1);
  cursor.skipValueType();
  return Array.from({ length: cursor.u32() }, () => {
    const at = cursor.position;
    readClause(cursor);
    return at;
  });
}

/** Label of the catch clause here. */
function readClause(cursor: Cursor): number {
  if (cursor.byte() < 2) cursor.skipLeb();
  return cursor.u32();
}

interface OpenFrame {
  id: Frame;
  /** For `if` and `try`. */
  entry: FunctionCode["ifs"][number] | FunctionCode["tries"][number] | undefined;
}

class Scan {
  readonly code: FunctionCode;
  private readonly cursor: Cursor;
  private readonly stack: OpenFrame[] = [];
  /** Offsets by the operator's kind. */
  private readonly lists: (number[] | undefined)[];

  constructor(bytes: Uint8Array, start: number, end: number) {
    this.cursor = new Cursor(bytes, start);
    for (let n = this.cursor.u32(); n > 0; n--) {
      this.cursor.skipLeb();
      this.cursor.skipValueType();
    }
    this.code = {
      ...{ start, code: this.cursor.position, end, ifs: [], loops: [], tries: [], tryTables: [], brs: [], brIfs: [] },
      ...{ brTables: [], brOns: [], compares: [], divs: [], indirectCalls: [], loads: [], stores: [] },
      ...{ globalSets: [], frameEnds: [], cuts: [] },
    };
    const { compares, divs, loads, stores, globalSets } = this.code;
    this.lists = [undefined, compares, divs, loads, stores, undefined, undefined, globalSets];
  }

  run(): boolean {
    this.open();
    const { cursor, code } = this;
    while (cursor.position < code.end && this.stack.length > 0) {
      const offset = cursor.position;
      const opcode = cursor.opcode();
      if (opcode <= OP.try_table && opcode !== 1) {
        if (!this.control(opcode, offset)) return false;
      } else {
        this.plain(opcode, offset);
        if (!cursor.skipImmediates(opcode)) return false;
      }
    }
    return this.stack.length === 0 && cursor.position === code.end;
  }

  /** Operators outside the control group. */
  private plain(opcode: number, offset: number): void {
    const list = this.lists[kindOf(opcode)];
    if (list) list.push(offset);
    else if (opcode === OP.br_on_null || opcode === OP.br_on_non_null) this.brOn(offset, 0);
    else if (opcode === OP.br_on_cast || opcode === OP.br_on_cast_fail) this.brOn(offset, 1);
  }

  /** @param flagBytes what stands between the opcode and the label */
  private brOn(offset: number, flagBytes: number): void {
    const label = new Cursor(this.cursor.bytes, this.cursor.position + flagBytes).u32();
    this.code.brOns.push({ offset, frames: [this.target(label)] });
    this.cut(offset);
  }

  /** @returns false for an operator that is not known */
  private control(opcode: number, offset: number): boolean {
    const { cursor, code } = this;
    if (opcode === OP.end || opcode === OP.delegate) this.close(opcode, offset);
    else if (opcode === OP.else || opcode === OP.catch || opcode === OP.catch_all) this.arm(opcode, offset);
    else if (opcode === OP.try_table) this.tryTable(offset);
    else if (opcode === OP.block || opcode === OP.loop || opcode === OP.if || opcode === OP.try) {
      cursor.skipValueType();
      this.structured(opcode, offset);
    } else {
      this.transfer(opcode, offset);
      if (!cursor.skipImmediates(opcode)) return false;
      if (ENDS.has(opcode)) code.cuts.push(cursor.position);
    }
    return true;
  }

  private structured(opcode: number, offset: number): void {
    const { code } = this;
    const frame = this.open();
    if (opcode === OP.block) return;
    code.cuts.push(opcode === OP.loop ? offset : this.cursor.position);
    if (opcode === OP.loop) {
      code.loops.push(offset);
    } else if (opcode === OP.if) {
      const entry = { offset, elseStart: 0, frame: frame.id };
      code.ifs.push(entry);
      frame.entry = entry;
    } else {
      const entry = { offset, catches: [], frame: frame.id };
      code.tries.push(entry);
      frame.entry = entry;
    }
  }

  /** Branches and indirect calls. */
  private transfer(opcode: number, offset: number): void {
    const { code } = this;
    const labels = new Cursor(this.cursor.bytes, this.cursor.position);
    if (opcode === OP.br) code.brs.push({ offset, frames: [this.target(labels.u32())] });
    else if (opcode === OP.br_if) {
      code.brIfs.push({ offset, frames: [this.target(labels.u32())] });
      this.cut(offset);
    } else if (opcode === OP.br_table) {
      const frames = Array.from({ length: labels.u32() + 1 }, () => this.target(labels.u32()));
      code.brTables.push({ offset, frames });
    } else if (kindOf(opcode) === OperatorKind.indirectCall) code.indirectCalls.push(offset);
  }

  /** The labels of a try_table's clauses count from outside of it. */
  private tryTable(offset: number): void {
    const { cursor } = this;
    cursor.skipValueType();
    const labels = Array.from({ length: cursor.u32() }, () => readClause(cursor));
    this.code.tryTables.push({ offset, frames: labels.map((label) => this.target(label)) });
    this.code.cuts.push(cursor.position);
    this.open();
  }

  private target(label: number): Frame {
    return this.stack[this.stack.length - 1 - label]?.id ?? -1;
  }

  private cut(offset: number): void {
    this.code.cuts.push(operatorEnd(this.cursor.bytes, offset));
  }

  private open(): OpenFrame {
    const frame = { id: this.code.frameEnds.length, entry: undefined };
    this.code.frameEnds.push(0);
    this.stack.push(frame);
    return frame;
  }

  /** `else`, `catch`, `catch_all`: one arm ends, the next begins. */
  private arm(opcode: number, offset: number): void {
    const { cursor, stack, code } = this;
    if (opcode === OP.catch) cursor.skipLeb();
    code.cuts.push(offset, cursor.position);
    const entry = stack[stack.length - 1]?.entry;
    if (!entry) return;
    if ("elseStart" in entry) entry.elseStart = cursor.position;
    else entry.catches.push(offset);
  }

  private close(opcode: number, offset: number): void {
    const { cursor, stack, code } = this;
    if (opcode === OP.delegate) cursor.skipLeb();
    const frame = stack.pop();
    if (!frame) return;
    code.frameEnds[frame.id] = offset;
    code.cuts.push(offset);
    const { entry } = frame;
    if (entry && "elseStart" in entry && entry.elseStart === 0) entry.elseStart = offset;
  }
}

/** Operators behind which control never comes. */
const ENDS: ReadonlySet<number> = new Set([
  ...[OP.unreachable, OP.throw, OP.rethrow, OP.throw_ref, OP.br, OP.br_table, OP.return],
  ...[OP.return_call, OP.return_call_indirect, OP.return_call_ref],
]);
