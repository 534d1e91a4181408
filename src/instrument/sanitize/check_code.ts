/**
 * The code of checks, in the written binary. In the fused link a check looks at the shadow itself:
 *
 *     (i32.load offset=8 (P))   becomes   (local.tee $p (P)) (i32.shr_u _ 3) (i32.load8_u $shadow offset=BASE+1 _)
 *                                         if (call $access (i32.add (local.get $p) 8) 4 0 PC) end
 *                                         (local.get $p) i32.load offset=8
 *
 * What is not 0 is looked at again, exactly: most often it is the end of an object, all of which may be accessed. In the
 * import link a hook does both. What must not be accessed `access` reports, and does not return unless the program is to go
 * on.
 */

import { SHADOW_BASE, SHADOW_SHIFT, SHADOW_STACK, STACK_REDZONE_BYTES } from "../../abi/sanitizer.ts";
import type { Copy } from "../code/copy.ts";
import { UnmatchedOperators } from "../code/copy.ts";
import { type Operand, OperandCode } from "../code/operand_code.ts";
import type { Frame } from "../code/site_rendering.ts";
import { NO_RESULT, TYPE } from "../wasm/assembler.ts";
import { OperatorKind } from "../wasm/operator_kinds.ts";
import { Cursor, OP } from "../wasm/operators.ts";
import { ACCESS_ALIGNED, ACCESS_WRITES, CHECK, RANGE_READS, RANGE_WRITES } from "./check_notes.ts";

/** What the code of checks refers to: indices in the module. */
export interface CheckIndices {
  /** The shadow; undefined in the import link. */
  readonly shadow: number | undefined;
  /** Functions of assembly/sanitize. */
  readonly accessible: number;
  readonly fill: number;
  readonly access: number;
  readonly unwound: number;
  readonly exhausted: number;
  /** Globals: the stack pointer, and what is other than 0 while the allocator runs. */
  readonly stackPointer: number;
  readonly busy: number;
  /** Whether the program goes on after an error. */
  readonly goesOn: boolean;
}

/** What is done in one function. */
export interface FunctionChecks {
  /** See check_notes.ts. */
  readonly notes: Uint8Array;
  /** Its frame on the stack in linear memory, if there is to be something around it. */
  readonly stackFrame: StackFrame | undefined;
}

export interface StackFrame {
  /** With a stack pointer below this the function's frame does not lie in the stack. */
  readonly least: number;
}

/** Kinds of operators that have a note: bit k for the kind k. */
export const CHECKED_KINDS: number =
  (1 << OperatorKind.load) |
  (1 << OperatorKind.store) |
  (1 << OperatorKind.otherAccess) |
  (1 << OperatorKind.globalSet);

/** Puts the checks of one function into it. */
export class CheckCode extends OperandCode {
  private readonly indices: CheckIndices;
  private readonly notes: Cursor;
  private readonly stackFrame: StackFrame | undefined;
  private readonly start: number;

  /** @param start of the function in the original */
  constructor(indices: CheckIndices, copy: Copy, frame: Frame, checks: FunctionChecks, start: number) {
    super(copy, frame);
    this.indices = indices;
    this.notes = new Cursor(checks.notes);
    this.stackFrame = checks.stackFrame;
    this.start = start;
  }

  /** Whether every note was used. */
  get isDone(): boolean {
    return this.notes.position === this.notes.bytes.length;
  }

  /** At an operator of one of {@link CHECKED_KINDS}. */
  check(): void {
    const { notes } = this;
    if (this.isDone) throw new UnmatchedOperators();
    const kind = notes.byte();
    if (kind === CHECK.nothing) return;
    const pc = this.start + notes.u32();
    if (kind === CHECK.access) this.access(pc);
    else if (kind === CHECK.range) this.range(pc);
    else this.unwinding();
  }

  private access(pc: number): void {
    const { notes } = this;
    const flags = notes.byte();
    const [bytes, offset] = [notes.u32(), notes.u32()];
    const address = this.holdAddress();
    if (this.indices.shadow === undefined) {
      this.pushSum(address, offset);
      this.out.i32(bytes);
      this.out.op(OP.call, this.indices.accessible);
      this.out.i32(bytes);
      this.out.op(OP.i32_ne);
    } else {
      this.lookUp(this.indices.shadow, address, offset, granules(bytes, (flags & ACCESS_ALIGNED) !== 0));
    }
    this.out.op(OP.if, NO_RESULT);
    const isExact = this.indices.shadow !== undefined && !this.indices.goesOn;
    if (isExact) this.lookCloser(this.indices.shadow ?? 0, address, offset, bytes, (flags & ACCESS_ALIGNED) !== 0);
    this.pushSum(address, offset);
    this.out.i32(bytes);
    this.out.i32(flags & ACCESS_WRITES ? 1 : 0);
    this.out.i32(pc);
    this.out.op(OP.call, this.indices.access);
    // Nothing is live behind a call that does not return, so that engines keep what is live before it in registers.
    if (isExact) {
      this.out.op(OP.unreachable);
      this.out.op(OP.end);
    }
    this.out.op(OP.end);
    for (const operand of this.above) this.restore(operand);
  }

  /** The operands above the address, which wait. */
  private above: readonly Operand[] = [];

  private holdAddress(): Operand {
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

  /** Other than 0 where one of the bytes of the shadow is. */
  private lookUp(shadow: number, address: Operand, offset: number, count: number): void {
    const { out } = this;
    this.pushSum(address, offset & 7);
    out.i32(SHADOW_SHIFT);
    out.op(OP.i32_shr_u);
    const { opcode, shift } = LOOK_UPS.find(({ most }) => count <= most) ?? LAST_LOOK_UP;
    out.op(opcode, HAS_MEMORY);
    out.number(shadow);
    out.number(SHADOW_BASE + (offset >>> SHADOW_SHIFT));
    if (shift === undefined) return;
    out.i32(shift);
    out.op(OP.i32_shl);
  }

  /**
   * Opens an `if` for what really must not be accessed, while the allocator does not run. Of the last byte's 8 so many may
   * be accessed as the shadow says; what comes before them must be open altogether.
   */
  private lookCloser(shadow: number, address: Operand, offset: number, bytes: number, aligned: boolean): void {
    const { out, indices } = this;
    const pushShadow = (last: number, opcode: number): void => {
      this.pushSum(address, (offset & 7) + last);
      out.i32(SHADOW_SHIFT);
      out.op(OP.i32_shr_u);
      out.op(opcode, HAS_MEMORY);
      out.number(shadow);
      out.number(SHADOW_BASE + (offset >>> SHADOW_SHIFT));
    };
    const pushIsBeyond = (): void => {
      this.pushSum(address, (offset & 7) + bytes - 1);
      out.i32(7);
      out.op(OP.i32_and);
      pushShadow(bytes - 1, OP.i32_load8_s);
      out.op(OP.i32_ge_s);
    };
    pushIsBeyond();
    if (!(aligned && bytes === 1)) {
      pushShadow(bytes - 1, OP.i32_load8_u);
      out.i32(0);
      out.op(OP.i32_ne);
      out.op(OP.i32_and);
    }
    if (!aligned) {
      this.pushSum(address, offset & 7);
      this.pushSum(address, (offset & 7) + bytes - 1);
      out.op(OP.i32_xor);
      out.i32(SHADOW_SHIFT);
      out.op(OP.i32_shr_u);
      out.i32(0);
      out.op(OP.i32_ne);
      pushShadow(0, OP.i32_load8_u);
      out.i32(0);
      out.op(OP.i32_ne);
      out.op(OP.i32_and);
      out.op(OP.i32_or);
    }
    out.op(OP.global_get, indices.busy);
    out.op(OP.i32_eqz);
    out.op(OP.i32_and);
    out.op(OP.if, NO_RESULT);
  }

  private range(pc: number): void {
    const flags = this.notes.byte();
    const { out, indices } = this;
    const [to, from, bytes] = this.holdThree(TYPE.i32, TYPE.i32);
    const check = (address: Operand, isWrite: number): void => {
      this.push(address, false);
      this.push(bytes, false);
      out.i32(isWrite);
      out.i32(pc);
      out.op(OP.call, indices.access);
    };
    if (flags & RANGE_READS) check(from, 0);
    if (flags & RANGE_WRITES) check(to, 1);
    this.restore(from);
    this.restore(bytes);
  }

  /** In front of an assignment to the stack pointer. */
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

  /** At the beginning of the function: some bytes of the stack that nobody may access, above its frame. */
  enter(): void {
    const { out, frame, indices, stackFrame } = this;
    if (!stackFrame) return;
    out.op(OP.global_get, indices.stackPointer);
    out.op(OP.local_tee, frame.stackPointer);
    out.i32(STACK_REDZONE_BYTES);
    out.op(OP.i32_sub);
    out.op(OP.global_set, indices.stackPointer);
    if (stackFrame.least > 0) {
      out.op(OP.local_get, frame.stackPointer);
      out.i32(stackFrame.least);
      out.op(OP.i32_lt_u);
      out.op(OP.if, NO_RESULT);
      out.op(OP.local_get, frame.stackPointer);
      out.i32(this.start);
      out.op(OP.call, indices.exhausted);
      out.op(OP.end);
    }
    this.fillRedzone(SHADOW_STACK);
  }

  /** In front of where it ends. */
  leave(): void {
    const { out, frame, indices, stackFrame } = this;
    if (!stackFrame) return;
    out.op(OP.local_get, frame.stackPointer);
    out.op(OP.global_set, indices.stackPointer);
    this.fillRedzone(0);
  }

  private fillRedzone(value: number): void {
    const { out, frame, indices } = this;
    out.op(OP.local_get, frame.stackPointer);
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
    out.number(indices.shadow);
    out.number(SHADOW_BASE - (STACK_REDZONE_BYTES >> SHADOW_SHIFT));
  }

  private pushSum(address: Operand, offset: number): void {
    this.push(address, false);
    if (offset === 0) return;
    this.out.i32(offset);
    this.out.op(OP.i32_add);
  }
}

/** How many bytes of the shadow may tell about an access. */
function granules(bytes: number, aligned: boolean): number {
  return aligned ? 1 : 1 + ((bytes + 6) >> SHADOW_SHIFT);
}

/** What loads up to so many bytes of the shadow. A shift drops those that it loads in vain. */
const LOOK_UPS = [
  { most: 1, opcode: OP.i32_load8_u, shift: undefined },
  { most: 2, opcode: OP.i32_load16_u, shift: undefined },
  { most: 3, opcode: OP.i32_load, shift: 8 },
] as const;
const LAST_LOOK_UP = { most: 4, opcode: OP.i32_load, shift: undefined } as const;

/** In the alignment of an access: the index of a memory follows. Shadows are looked at wherever they are. */
const HAS_MEMORY = 0x40;
