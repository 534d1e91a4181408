/** Code that reads the operands of an operator, which are on the stack before it, and leaves them there. */

import { TYPE } from "../wasm/assembler.ts";
import { OP } from "../wasm/operators.ts";
import type { Copy } from "./copy.ts";
import type { ExtraLocals } from "./site_rendering.ts";

/** An operand on the stack that can be pushed again: from a local, or by repeating the operator between two offsets. */
export type HeldOperand = { readonly local: number } | { readonly start: number; readonly end: number };

/** Code that is put in front of the operators of one function. */
export class OperandCode {
  protected readonly copy: Copy;
  protected readonly extra: ExtraLocals;

  constructor(copy: Copy, extra: ExtraLocals) {
    this.copy = copy;
    this.extra = extra;
  }

  protected get out(): Copy["out"] {
    return this.copy.out;
  }

  protected push(operand: HeldOperand, narrow: boolean): void {
    const { copy, out } = this;
    if ("local" in operand) out.op(OP.local_get, operand.local);
    else out.copy(copy.bytes, operand.start, operand.end);
    if (narrow) out.op(OP.i32_wrap_i64);
  }

  protected pushWide(operand: HeldOperand, type: number): void {
    this.push(operand, false);
    if (type === TYPE.i32) this.out.op(OP.i64_extend_i32_u);
  }

  /** Writes everything before the current operator, so that its last operand can be pushed again. */
  protected hold(type: number): HeldOperand {
    return this.holdAt(type, this.copy.at, this.copy.previous);
  }

  /** @param previous the operator in front of the one at `at` */
  protected holdAt(type: number, at: number, previous: number): HeldOperand {
    const { copy, out } = this;
    const opcode = copy.opcodeAt(previous);
    if (isRepeatable(opcode)) {
      copy.flush(previous);
      return { start: previous, end: at };
    }
    copy.flush(at);
    if (opcode === OP.local_tee) return { local: copy.indexAt(previous) };
    const local = this.extra.temporary(type, 0);
    out.op(OP.local_tee, local);
    return { local };
  }

  /** The same with the last two; `restore` must follow. */
  protected holdTwo(first: number, second: number): [HeldOperand, HeldOperand] {
    const { copy, out } = this;
    if (isRepeatable(copy.opcodeAt(copy.previous))) {
      return [this.holdAt(first, copy.previous, copy.beforePrevious), { start: copy.previous, end: copy.at }];
    }
    copy.flush(copy.at);
    const [below, top] = [this.extra.temporary(first, 0), this.extra.temporary(second, 1)];
    out.op(OP.local_set, top);
    out.op(OP.local_tee, below);
    return [{ local: below }, { local: top }];
  }

  /** The same with the last three; `restore` must follow for the second and the third. */
  protected holdThree(first: number, others: number): [HeldOperand, HeldOperand, HeldOperand] {
    const { copy, out, extra } = this;
    copy.flush(copy.at);
    const below = extra.temporary(first, 0);
    const [second, third] =
      others === TYPE.i32
        ? [extra.temporary(others, 1), extra.temporary(others, 2)]
        : [extra.temporary(others, 0), extra.temporary(others, 1)];
    out.op(OP.local_set, third);
    out.op(OP.local_set, second);
    out.op(OP.local_tee, below);
    return [{ local: below }, { local: second }, { local: third }];
  }

  /** Puts the last operand back on the stack. */
  protected restore(operand: HeldOperand): void {
    if ("local" in operand) this.out.op(OP.local_get, operand.local);
  }
}

/** Whether an operator may be repeated, since it reads a local or is a constant. */
function isRepeatable(opcode: number): boolean {
  return opcode === OP.local_get || (opcode >= OP.i32_const && opcode <= OP.f64_const);
}
