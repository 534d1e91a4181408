/**
 * The code that records values, in the written binary. In front of an operator its operands are on the stack, whatever
 * produced them: code takes them from there, puts them into temporaries for the hook, and pushes them again.
 *
 *     … i32.lt_s   becomes   … (local.set $b) (local.tee $a)
 *                            <are comparisons traced?> if (call $trace_cmp4 (local.get $a) (local.get $b) (pc)) end
 *                            (local.get $b) i32.lt_s
 *
 * An operand that was produced just before by reading a local or a constant needs no temporary. What is recorded was
 * noted while the tree existed (value_plan.ts).
 */

import type { HookName } from "../../abi/hooks.ts";
import { KCOV_CMP_CONST, KCOV_CMP_SIZE1, KCOV_CMP_SIZE2, KCOV_CMP_SIZE4, KCOV_CMP_SIZE8 } from "../../abi/kcov.ts";
import { NO_RESULT, TYPE } from "../wasm/assembler.ts";
import { ByteReader } from "../wasm/byte_reader.ts";
import { OperatorKind, takesVector } from "../wasm/operator_kinds.ts";
import { OP } from "../wasm/operators.ts";
import { type Copy, UnmatchedOperators } from "./copy.ts";
import { type HeldOperand, OperandCode } from "./operand_code.ts";
import { NOTHING } from "./operator_notes.ts";
import type { ExtraLocals } from "./site_rendering.ts";
import { CONSTANT, WIDE_ADDRESS, WIDE_SWITCH } from "./value_plan.ts";

/** A hook that is a function, and how it is called. */
export interface Callee {
  /** Index of the function. */
  readonly index: number;
  /** Code before the operands, and after the call, which checks whether there is anything to do. */
  readonly before: Uint8Array;
  readonly after: Uint8Array;
}

/** Records values in one function. */
export class ValueCode extends OperandCode {
  private readonly notes: ByteReader;
  private readonly start: number;
  private readonly context: ValueContext;

  /** @param start offset of the function in the original */
  constructor(context: ValueContext, copy: Copy, extra: ExtraLocals, notes: Uint8Array, start: number) {
    super(copy, extra);
    this.context = context;
    this.notes = new ByteReader(notes);
    this.start = start;
  }

  /** Records at the current operator, if the notes say so. */
  record(kind: number, opcode: number): void {
    const { notes } = this;
    if (this.isDone) throw new UnmatchedOperators();
    const noted = notes.byte();
    if (noted === NOTHING) return;
    if (noted !== kind) throw new UnmatchedOperators();
    const offset = this.start + notes.uleb();
    if (kind === OperatorKind.compare) this.comparison(opcode, offset);
    else if (kind === OperatorKind.load) this.load(opcode, offset);
    else if (kind === OperatorKind.store) this.store(offset);
    else if (kind === OperatorKind.div) this.division(opcode, offset);
    else if (kind === OperatorKind.brTable) this.branchTable(offset);
    else if (kind === OperatorKind.indirectCall) this.indirectCall(opcode, offset);
    else this.stackDepth(offset);
  }

  /** Whether every note was used. */
  get isDone(): boolean {
    return this.notes.position === this.notes.bytes.length;
  }

  private comparison(opcode: number, offset: number): void {
    const flags = this.notes.byte();
    const [size, side] = [flags & 3, flags >> 2];
    const wide = opcode >= OP.i64_eqz;
    const type = wide ? TYPE.i64 : TYPE.i32;
    const narrow = wide && size < 3;
    const callee = this.callee((side === CONSTANT.none ? COMPARISONS : CONSTANT_COMPARISONS)[size]);
    if (side === CONSTANT.left) {
      const constant = BigInt.asIntN(64, this.notes.uleb64());
      const right = this.hold(type);
      this.open(callee);
      if (wide && !narrow) this.out.i64Big(constant);
      else this.out.i32(Number(constant));
      this.push(right, narrow);
    } else if (opcode === OP.i32_eqz || opcode === OP.i64_eqz) {
      const value = this.hold(type);
      this.open(callee);
      if (wide && !narrow) this.out.i64(0);
      else this.out.i32(0);
      this.push(value, narrow);
    } else {
      const [left, right] = this.holdTwo(type, type);
      this.open(callee);
      if (side === CONSTANT.right) this.pushConstant(narrow);
      this.push(left, narrow);
      if (side === CONSTANT.none) this.push(right, narrow);
      this.close(callee, offset);
      this.restore(right);
      return;
    }
    this.close(callee, offset);
  }

  /** Pushes the constant in front of the operator. */
  private pushConstant(narrow: boolean): void {
    const { copy, out } = this;
    copy.checkConstant();
    if (narrow) out.i32(copy.previousConstant());
    else out.copy(copy.bytes, copy.previous, copy.at);
  }

  private division(opcode: number, offset: number): void {
    const wide = opcode === OP.i64_div_s || opcode === OP.i64_div_u;
    const callee = this.callee(wide ? "__sanitizer_cov_trace_div8" : "__sanitizer_cov_trace_div4");
    const divisor = this.hold(wide ? TYPE.i64 : TYPE.i32);
    this.open(callee);
    this.push(divisor, false);
    this.close(callee, offset);
  }

  private load(opcode: number, offset: number): void {
    const flags = this.notes.byte();
    const type = flags & WIDE_ADDRESS ? TYPE.i64 : TYPE.i32;
    const callee = this.callee(LOADS[flags & 7]);
    if (takesVector(opcode)) {
      this.access(callee, type, this.holdTwo(type, TYPE.v128), offset);
      return;
    }
    this.access(callee, type, [this.hold(type), undefined], offset);
  }

  private store(offset: number): void {
    const flags = this.notes.byte();
    const type = flags & WIDE_ADDRESS ? TYPE.i64 : TYPE.i32;
    const operands = this.holdTwo(type, this.notes.byte());
    this.access(this.callee(STORES[flags & 7]), type, operands, offset);
  }

  /** Records the address of an access, including the constant offset. */
  private access(
    callee: Callee,
    type: number,
    [address, value]: [HeldOperand, HeldOperand | undefined],
    offset: number,
  ): void {
    const { out } = this;
    this.open(callee);
    this.pushWide(address, type);
    const plus = type === TYPE.i64 ? this.notes.uleb64() : this.notes.uleb();
    if (plus) {
      if (typeof plus === "bigint") out.i64Big(plus);
      else out.i64(plus);
      out.op(OP.i64_add);
    }
    this.close(callee, offset);
    if (value) this.restore(value);
  }

  private branchTable(offset: number): void {
    const { notes, out, extra } = this;
    const flags = notes.byte();
    const wide = (flags & WIDE_SWITCH) !== 0;
    const size = flags & 3;
    const bias = BigInt.asIntN(64, notes.uleb64());
    const callee = this.callee("__sanitizer_cov_trace_switch_range");
    const [type, value] = wide ? [TYPE.i64, this.holdWrapped()] : [TYPE.i32, this.hold(TYPE.i32)];
    const switched = extra.temporary(TYPE.i64, 1);
    out.append(callee.before);
    this.push(value, false);
    if (bias !== 0n) {
      if (wide) out.i64Big(bias);
      else out.i32(Number(BigInt.asIntN(32, bias)));
      out.op(wide ? OP.i64_add : OP.i32_add);
    }
    if (type === TYPE.i32) out.op(OP.i64_extend_i32_u);
    if (size < 2) {
      out.i64(size === 0 ? 0xff : 0xffff);
      out.op(OP.i64_and);
    }
    out.op(OP.local_set, switched);
    for (let runs = notes.uleb(); runs > 0; runs--) {
      out.op(OP.local_get, switched);
      out.i64Big(notes.uleb64());
      out.i64Big(notes.uleb64());
      out.i64(CASE_TYPES[size] ?? 0);
      this.context.pushPc(offset);
      out.op(OP.call, callee.index);
    }
    out.append(callee.after);
  }

  /** Holds the operand of an i32.wrap_i64 in front of the operator. */
  private holdWrapped(): HeldOperand {
    const { copy } = this;
    if (copy.opcodeAt(copy.previous) !== OP.i32_wrap_i64) throw new UnmatchedOperators();
    return this.holdAt(TYPE.i64, copy.previous, copy.beforePrevious);
  }

  /**
   * An indirect call only has a reference, from which WebAssembly code cannot find out the function. So the call stores
   * its pc in a global, and the function that is entered next takes it and reports itself. If it is still there when
   * the call returns, the callee does not report: it is a function of the host or another module. A call that traps
   * leaves it to the next function that the host calls, unless the host restores the state before (globals_state.ts);
   * likewise a host function that throws leaves it to the next function that a handler calls.
   */
  private indirectCall(opcode: number, offset: number): void {
    const { copy, out } = this;
    copy.flush(copy.at);
    this.context.pushPc(offset);
    out.op(OP.global_set, this.context.pending);
    copy.flush(copy.reader.position);
    const returns = opcode === OP.call_indirect || opcode === OP.call_ref;
    if (returns) this.takePending(UNKNOWN_CALLEE);
  }

  /**
   * Takes the pc that an indirect call stored, if there is one, and reports that call.
   *
   * @param callee index of the function at whose entry this code is
   */
  takePending(callee: number): void {
    const { out, extra } = this;
    const { pending } = this.context;
    const pc = extra.temporary(TYPE.i64, 0);
    const hook = this.callee("__sanitizer_cov_trace_pc_indir");
    out.op(OP.global_get, pending);
    out.op(OP.local_tee, pc);
    out.i64(0);
    out.op(OP.i64_ne);
    out.op(OP.if, NO_RESULT);
    out.i64(0);
    out.op(OP.global_set, pending);
    out.append(hook.before);
    out.i64(callee);
    out.op(OP.local_get, pc);
    out.op(OP.call, hook.index);
    out.append(hook.after);
    out.op(OP.end);
  }

  /** Records the stack pointer when the function has set it. */
  private stackDepth(offset: number): void {
    const { copy } = this;
    const type = this.notes.byte() & WIDE_ADDRESS ? TYPE.i64 : TYPE.i32;
    const callee = this.callee("__sanitizer_cov_stack_depth");
    const value = this.hold(type);
    copy.flush(copy.reader.position);
    this.open(callee);
    this.pushWide(value, type);
    this.close(callee, offset);
  }

  private callee(hook: HookName | undefined): Callee {
    const callee = hook && this.context.hooks.get(hook);
    if (!callee) throw new UnmatchedOperators();
    return callee;
  }

  private open({ before }: Callee): void {
    this.out.append(before);
  }

  private close({ index, after }: Callee, offset: number): void {
    this.context.pushPc(offset);
    this.out.op(OP.call, index);
    this.out.append(after);
  }
}

/** What the code of all functions shares. */
export interface ValueContext {
  readonly hooks: ReadonlyMap<HookName, Callee>;
  /** Index of the global in which an indirect call stores its pc. */
  readonly pending: number;
  /** Writes code that pushes the pc of an offset in the original. */
  pushPc(offset: number): void;
}

/** All bits set. */
const UNKNOWN_CALLEE = -1;

const COMPARISONS = sizes("__sanitizer_cov_trace_cmp");
const CONSTANT_COMPARISONS = sizes("__sanitizer_cov_trace_const_cmp");
const LOADS = sizes("__sanitizer_cov_load");
const STORES = sizes("__sanitizer_cov_store");

/** Hooks by the log2 of their operands' size in bytes. */
function sizes(prefix: string): readonly HookName[] {
  return [1, 2, 4, 8, 16].map((bytes) => `${prefix}${bytes}` as HookName);
}

/** Types of the constant comparisons as which a switch is recorded, by the log2 of their size in bytes. */
const CASE_TYPES: readonly number[] = [KCOV_CMP_SIZE1, KCOV_CMP_SIZE2, KCOV_CMP_SIZE4, KCOV_CMP_SIZE8].map(
  (size) => size | KCOV_CMP_CONST,
);
