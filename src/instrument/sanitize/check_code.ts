/**
 * The code of checks, in the written binary. In the fused link a check reads the shadow itself:
 *
 *     (i32.load offset=8 (P))   becomes   (local.tee $p (P)) (i32.shr_u _ 3) (i32.load8_u $shadow offset=BASE+1 _)
 *                                         (i32.gt_u _ (i32.xor (i32.and (local.get $p) 4) 4))
 *                                         if (call $access (i32.add (local.get $p) 8) 4 0 PC) unreachable end
 *                                         (local.get $p) i32.load offset=8
 *
 * The shadow says how many of the last of 8 bytes must not be accessed, so that one comparison is enough. Engines place
 * code that never returns after the rest of a function, and save no registers for it. In the import link a hook is
 * called instead. `access` reports what must not be accessed, and does not return unless the program is to go on.
 */

import {
  HEAP_REDZONE_BYTES,
  SHADOW_BASE,
  SHADOW_SHIFT,
  SHADOW_STACK,
  STACK_REDZONE_BYTES,
} from "../../abi/sanitizer.ts";
import type { Copy } from "../code/copy.ts";
import { UnmatchedOperators } from "../code/copy.ts";
import { type HeldOperand, OperandCode } from "../code/operand_code.ts";
import { NOTHING } from "../code/operator_notes.ts";
import type { ExtraLocals } from "../code/site_rendering.ts";
import { NO_RESULT, TYPE } from "../wasm/assembler.ts";
import { ByteReader } from "../wasm/byte_reader.ts";
import { OperatorKind } from "../wasm/operator_kinds.ts";
import { OP } from "../wasm/operators.ts";
import { ACCESS_ALIGNED, ACCESS_WRITES, CHECK, RANGE_READS, RANGE_WRITES } from "./check_notes.ts";
import type { ParameterRange } from "./library_functions.ts";

/** The indices in the module to which the code of checks refers. */
export interface CheckIndices {
  /** The shadow; undefined in the import link. */
  readonly shadow: number | undefined;
  /** Functions of assembly/sanitize. */
  readonly accessible: number;
  readonly fill: number;
  readonly access: number;
  readonly unwound: number;
  readonly exhausted: number;
  /** The stack pointer's global. */
  readonly stackPointer: number;
  /** Whether the program goes on after an error. */
  readonly goesOn: boolean;
}

/** The checks of one function. */
export interface FunctionChecks {
  /** See check_notes.ts. */
  readonly notes: Uint8Array;
  /** Its frame on the stack in linear memory, if redzones are to be put around it. */
  readonly stackFrame: StackFrame | undefined;
  /** What it accesses according to its parameters, besides what the notes say. */
  readonly ranges: readonly ParameterRange[];
  /** Whether the allocator calls it: it may then access what others may not. */
  readonly isAllocators: boolean;
}

export interface StackFrame {
  /** If the stack pointer is below this, the function's frame does not lie in the stack. */
  readonly least: number;
}

/** Kinds of operators that have a note: bit k for the kind k. */
export const CHECKED_KINDS: number =
  (1 << OperatorKind.load) |
  (1 << OperatorKind.store) |
  (1 << OperatorKind.otherAccess) |
  (1 << OperatorKind.globalSet);

/** Writes the checks of one function. */
export class CheckCode extends OperandCode {
  private readonly indices: CheckIndices;
  private readonly notes: ByteReader;
  private readonly stackFrame: StackFrame | undefined;
  private readonly ranges: readonly ParameterRange[];
  private readonly goesOn: boolean;
  private readonly start: number;

  /** @param start offset of the function in the original */
  constructor(indices: CheckIndices, copy: Copy, extra: ExtraLocals, checks: FunctionChecks, start: number) {
    super(copy, extra);
    this.indices = indices;
    this.notes = new ByteReader(checks.notes);
    this.stackFrame = checks.stackFrame;
    this.ranges = checks.ranges;
    this.goesOn = indices.goesOn || checks.isAllocators;
    this.start = start;
  }

  /** Whether every note was used. */
  get isDone(): boolean {
    return this.notes.position === this.notes.bytes.length;
  }

  /** Called at an operator of one of {@link CHECKED_KINDS}. */
  check(): void {
    const { notes } = this;
    if (this.isDone) throw new UnmatchedOperators();
    const kind = notes.byte();
    if (kind === NOTHING) return;
    const pc = this.start + notes.uleb();
    if (kind === CHECK.access) this.access(pc);
    else if (kind === CHECK.range) this.range(pc);
    else this.unwinding();
  }

  private access(pc: number): void {
    const { notes, out, indices } = this;
    const flags = notes.byte();
    const [bytes, offset] = [notes.uleb(), notes.uleb()];
    const address = this.holdAddress();
    if (indices.shadow === undefined) this.askWhether(address, offset, bytes);
    else if (flags & ACCESS_ALIGNED) this.pushIsBad(indices.shadow, address, offset, bytes);
    else {
      const pushLast = (): void => this.pushSum(address, offset + bytes - 1);
      this.pushEndsAreBad(indices.shadow, () => this.pushSum(address, offset), pushLast);
    }
    out.op(OP.if, NO_RESULT);
    this.pushSum(address, offset);
    out.i32(bytes);
    out.i32(flags & ACCESS_WRITES ? 1 : 0);
    out.i32(pc);
    out.op(OP.call, indices.access);
    if (!this.goesOn) out.op(OP.unreachable);
    out.op(OP.end);
    for (const operand of this.above) this.restore(operand);
  }

  /** The operands above the address, which are held meanwhile. */
  private above: readonly HeldOperand[] = [];

  private holdAddress(): HeldOperand {
    const { notes } = this;
    const types: number[] = [];
    for (let type = notes.byte(); type !== 0; type = notes.byte()) types.push(type);
    const [first, second] = types;
    if (first === undefined) {
      this.above = [];
      return this.hold(TYPE.i32);
    }
    const [address, ...above] = second === undefined ? this.holdTwo(TYPE.i32, first) : this.holdThree(TYPE.i32, first);
    this.above = above;
    return address;
  }

  private askWhether(address: HeldOperand, offset: number, bytes: number): void {
    const { out, indices } = this;
    this.pushSum(address, offset);
    out.i32(bytes);
    out.op(OP.call, indices.accessible);
    out.i32(bytes);
    out.op(OP.i32_ne);
  }

  /**
   * Pushes whether an access is bad that lies within 8 bytes if it is aligned: whether more of the last bytes must not
   * be accessed than come after it. If it is not aligned after all it is treated as the aligned one before it, and
   * never as accessing more than it does.
   */
  private pushIsBad(shadow: number, address: HeldOperand, offset: number, bytes: number): void {
    const { out } = this;
    this.pushShadow(shadow, address, offset);
    if (bytes === 8) return;
    this.pushSum(address, offset & 7);
    out.i32(8 - bytes);
    out.op(OP.i32_and);
    out.i32(8 - bytes);
    out.op(OP.i32_xor);
    out.op(OP.i32_gt_u);
  }

  /** The same for any range: nothing that must not be accessed is so short that it lies between the range's ends. */
  private pushEndsAreBad(shadow: number, pushFirst: () => void, pushLast: () => void): void {
    const { out } = this;
    this.pushSumOf(shadow, pushFirst);
    this.pushSumOf(shadow, pushLast);
    out.op(OP.i32_or);
    out.i32(7);
    out.op(OP.i32_gt_u);
  }

  /** Pushes a value that exceeds 7 if a byte must not be accessed. @param pushAddress pushes its address */
  private pushSumOf(shadow: number, pushAddress: () => void): void {
    const { out } = this;
    pushAddress();
    out.i32(SHADOW_SHIFT);
    out.op(OP.i32_shr_u);
    out.op(OP.i32_load8_u, HAS_MEMORY);
    out.uleb(shadow);
    out.uleb(SHADOW_BASE);
    pushAddress();
    out.i32(7);
    out.op(OP.i32_and);
    out.op(OP.i32_add);
  }

  private pushShadow(shadow: number, address: HeldOperand, offset: number): void {
    const { out } = this;
    this.pushSum(address, offset & 7);
    out.i32(SHADOW_SHIFT);
    out.op(OP.i32_shr_u);
    out.op(OP.i32_load8_u, HAS_MEMORY);
    out.uleb(shadow);
    out.uleb(SHADOW_BASE + (offset >>> SHADOW_SHIFT));
  }

  private range(pc: number): void {
    const flags = this.notes.byte();
    const [to, from, bytes] = this.holdThree(TYPE.i32, TYPE.i32);
    if (flags & RANGE_READS) this.checkRange(from, bytes, 0, pc);
    if (flags & RANGE_WRITES) this.checkRange(to, bytes, 1, pc);
    this.restore(from);
    this.restore(bytes);
  }

  /** Checks a range: a short one is valid if its ends are; for any other, the called function examines all of it. */
  private checkRange(address: HeldOperand, bytes: HeldOperand, writes: 0 | 1, pc: number): void {
    const { out, indices } = this;
    if (indices.shadow !== undefined) {
      const pushLast = (): void => {
        this.push(address, false);
        this.push(bytes, false);
        out.op(OP.i32_add);
        out.i32(1);
        out.op(OP.i32_sub);
      };
      this.pushEndsAreBad(indices.shadow, () => this.push(address, false), pushLast);
      this.push(bytes, false);
      out.i32(HEAP_REDZONE_BYTES);
      out.op(OP.i32_gt_u);
      out.op(OP.i32_or);
      out.op(OP.if, NO_RESULT);
    }
    this.push(address, false);
    this.push(bytes, false);
    out.i32(writes);
    out.i32(pc);
    out.op(OP.call, indices.access);
    if (indices.shadow !== undefined) out.op(OP.end);
  }

  /** Called in front of an assignment to the stack pointer. */
  private unwinding(): void {
    const { out, indices } = this;
    const value = this.hold(TYPE.i32);
    out.op(OP.global_get, indices.stackPointer);
    this.push(value, false);
    out.op(OP.i32_lt_u);
    out.op(OP.if, NO_RESULT);
    out.op(OP.global_get, indices.stackPointer);
    this.push(value, false);
    out.op(OP.call, indices.unwound);
    out.op(OP.end);
  }

  /** Called at the beginning of the function. */
  enter(): void {
    for (const { address, bytes, writes } of this.ranges) {
      this.checkRange({ local: address }, { local: bytes }, writes ? 1 : 0, this.start);
    }
    this.enterFrame();
  }

  /** Puts a redzone on the stack above the function's frame. */
  private enterFrame(): void {
    const { out, extra, indices, stackFrame } = this;
    if (!stackFrame) return;
    out.op(OP.global_get, indices.stackPointer);
    out.op(OP.local_tee, extra.stackPointer);
    out.i32(STACK_REDZONE_BYTES);
    out.op(OP.i32_sub);
    out.op(OP.global_set, indices.stackPointer);
    if (stackFrame.least > 0) {
      out.op(OP.local_get, extra.stackPointer);
      out.i32(stackFrame.least);
      out.op(OP.i32_lt_u);
      out.op(OP.if, NO_RESULT);
      out.op(OP.local_get, extra.stackPointer);
      out.i32(this.start);
      out.op(OP.call, indices.exhausted);
      out.op(OP.end);
    }
    this.fillRedzone(SHADOW_STACK);
  }

  /** Called in front of the places where the function ends. */
  leave(): void {
    const { out, extra, indices, stackFrame } = this;
    if (!stackFrame) return;
    out.op(OP.local_get, extra.stackPointer);
    out.op(OP.global_set, indices.stackPointer);
    this.fillRedzone(0);
  }

  private fillRedzone(value: number): void {
    const { out, extra, indices } = this;
    out.op(OP.local_get, extra.stackPointer);
    if (indices.shadow === undefined) {
      out.i32(STACK_REDZONE_BYTES);
      out.op(OP.i32_sub);
      out.i32(STACK_REDZONE_BYTES);
      out.i32(value);
      out.op(OP.call, indices.fill);
      return;
    }
    out.i32(SHADOW_SHIFT);
    out.op(OP.i32_shr_u);
    out.i32(value * 0x0101_0101);
    out.op(OP.i32_store, HAS_MEMORY);
    out.uleb(indices.shadow);
    out.uleb(SHADOW_BASE - (STACK_REDZONE_BYTES >> SHADOW_SHIFT));
  }

  private pushSum(address: HeldOperand, offset: number): void {
    this.push(address, false);
    if (offset === 0) return;
    this.out.i32(offset);
    this.out.op(OP.i32_add);
  }
}

/** Bit in the alignment of an access: a memory index follows. The alignment of the access is 1. */
const HAS_MEMORY = 0x40;
