/**
 * The stack in linear memory, as LLVM-based toolchains use it. A function allocates its frame at its beginning, by
 * subtracting a constant from the stack pointer, and restores that at its end; a leaf function need not even write it:
 *
 *     (global.set $sp (local.tee $frame (i32.sub (global.get $sp) (i32.const 48)))) … (global.set $sp (i32.add …))
 */

import { type Expr, type Func, type Name, raw } from "../ir/binaryen.ts";
import { ID, isConst } from "../ir/expressions.ts";
import { OPERATION } from "../ir/operations.ts";
import { constOf } from "../ir/ranges.ts";
import { type Place, walk } from "../ir/walk.ts";

/** How a function uses the stack. */
export interface StackUse {
  /** Size of its frame in bytes, if it has one that it removes again. */
  readonly frameBytes: number | undefined;
  /** Locals that hold the address of the frame from their only assignment on, and how many bytes lie there. */
  readonly frames: ReadonlyMap<number, number>;
  /** Assignments to the stack pointer that may skip frames: neither the end of the function's own nor an allocation. */
  readonly unwinding: ReadonlySet<Expr>;
}

const NO_USE: StackUse = { frameBytes: undefined, frames: new Map(), unwinding: new Set() };

/** @param assignments how often each local is assigned */
export function stackUseOf(func: Func, stackPointer: Name, assignments: ReadonlyMap<number, number>): StackUse {
  return stackPointer === 0 ? NO_USE : new StackReader(stackPointer, assignments).read(func);
}

class StackReader {
  private readonly stackPointer: Name;
  private readonly assignments: ReadonlyMap<number, number>;
  private readonly frames = new Map<number, number>();
  private readonly unwinding = new Set<Expr>();
  /** The values of locals from their only assignment on. Unoptimised code keeps constants in them, too. */
  private readonly values = new Map<number, Expr>();
  private frameBytes: number | undefined;
  private sets = 0;
  private endsInTailCall = false;

  constructor(stackPointer: Name, assignments: ReadonlyMap<number, number>) {
    this.stackPointer = stackPointer;
    this.assignments = assignments;
  }

  read(func: Func): StackUse {
    walk(func, (place) => this.leave(place));
    // A single assignment means that the pointer is not restored: alloca, or a function that never returns.
    const isTakenAway = this.sets !== 1 && !this.endsInTailCall;
    const { frames, unwinding, frameBytes } = this;
    return { frameBytes: isTakenAway ? frameBytes : undefined, frames, unwinding };
  }

  private leave({ expr, id }: Place): void {
    if (id === ID.LocalSet) this.assign(raw.LocalSetGetIndex(expr), raw.LocalSetGetValue(expr));
    else if (id === ID.Binary) this.frameBytes = Math.max(this.frameBytes ?? 0, this.frameOf(expr) ?? 0) || undefined;
    else if (id === ID.GlobalSet && raw.GlobalSetGetName(expr) === this.stackPointer) {
      this.sets++;
      if (this.mayUnwind(raw.GlobalSetGetValue(expr))) this.unwinding.add(expr);
    } else if (isTailCall(expr, id)) {
      this.endsInTailCall = true;
    }
  }

  private assign(local: number, value: Expr): void {
    if (this.assignments.get(local) !== 1) return;
    const id = raw.ExpressionGetId(value);
    // Once the pointer has been assigned, its value is another one.
    if (id === ID.GlobalGet && this.sets > 0) return;
    if (id === ID.Const || id === ID.GlobalGet || id === ID.Binary) this.values.set(local, value);
    const bytes = this.frameOf(value);
    if (bytes !== undefined) this.frames.set(local, bytes);
  }

  /** Size of the frame whose address an expression computes: the number that it subtracts from the stack pointer. */
  private frameOf(expr: Expr): number | undefined {
    const value = this.resolved(expr);
    if (raw.ExpressionGetId(value) !== ID.Binary) return undefined;
    const op = raw.BinaryGetOp(value);
    const sign = op === OPERATION.SubInt32 ? 1 : op === OPERATION.AddInt32 ? -1 : 0;
    if (sign === 0 || !this.isStackPointer(raw.BinaryGetLeft(value))) return undefined;
    const bytes = this.resolved(raw.BinaryGetRight(value));
    return isConst(bytes) && Number(constOf(bytes)) * sign > 0 ? Number(constOf(bytes)) * sign : undefined;
  }

  private isStackPointer(expr: Expr): boolean {
    const value = this.resolved(expr);
    return raw.ExpressionGetId(value) === ID.GlobalGet && raw.GlobalGetGetName(value) === this.stackPointer;
  }

  /** The expression from which an expression gets its value, if that is a single assignment. */
  private resolved(expr: Expr): Expr {
    const id = raw.ExpressionGetId(expr);
    if (id === ID.LocalSet) return this.resolved(raw.LocalSetGetValue(expr));
    return id === ID.LocalGet ? (this.values.get(raw.LocalGetGetIndex(expr)) ?? expr) : expr;
  }

  /** Whether a new stack pointer may skip frames, which a sum or a difference does not. */
  private mayUnwind(value: Expr): boolean {
    return raw.ExpressionGetId(this.resolved(value)) !== ID.Binary;
  }
}

function isTailCall(expr: Expr, id: number): boolean {
  if (id === ID.Call) return raw.CallIsReturn(expr) !== 0;
  if (id === ID.CallIndirect) return raw.CallIndirectIsReturn(expr) !== 0;
  return id === ID.CallRef && raw.CallRefIsReturn(expr) !== 0;
}
