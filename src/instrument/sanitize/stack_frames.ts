/**
 * The stack in linear memory, as toolchains on LLVM use it. A function makes room for its frame at its beginning, by
 * subtracting a constant, and puts the stack pointer back at its end; one that calls nothing need not even write it:
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
  /** Bytes of its frame, where it has one that it takes away again. */
  readonly frameBytes: number | undefined;
  /** Locals that have the address of the frame from their only assignment on, and how many bytes lie there. */
  readonly frames: ReadonlyMap<number, number>;
  /** Assignments to the stack pointer that may leave out frames: not the end of a function's own, nor room for more. */
  readonly unwinding: ReadonlySet<Expr>;
}

const NO_USE: StackUse = { frameBytes: undefined, frames: new Map(), unwinding: new Set() };

/** @param assignments how often each local is assigned */
export function stackUseOf(func: Func, stackPointer: Name, assignments: ReadonlyMap<number, number>): StackUse {
  if (stackPointer === 0) return NO_USE;
  const frames = new Map<number, number>();
  const unwinding = new Set<Expr>();
  const saved = new Set<number>();
  let frameBytes: number | undefined;
  let sets = 0;
  let endsInTailCall = false;
  const isOnly = (local: number): boolean => assignments.get(local) === 1;
  const isStackPointer = (expr: Expr): boolean => {
    const id = raw.ExpressionGetId(expr);
    if (id === ID.GlobalGet) return raw.GlobalGetGetName(expr) === stackPointer;
    if (id === ID.LocalSet) return isStackPointer(raw.LocalSetGetValue(expr));
    return id === ID.LocalGet && saved.has(raw.LocalGetGetIndex(expr));
  };
  const leave = ({ expr, id }: Place): void => {
    if (id === ID.LocalSet) {
      const [local, value] = [raw.LocalSetGetIndex(expr), raw.LocalSetGetValue(expr)];
      if (isStackPointer(value) && isOnly(local) && frameBytes === undefined) saved.add(local);
      const bytes = subtracted(value);
      if (bytes !== undefined && isOnly(local) && isStackPointer(raw.BinaryGetLeft(value))) frames.set(local, bytes);
    } else if (id === ID.Binary) {
      const bytes = subtracted(expr);
      if (bytes !== undefined && isStackPointer(raw.BinaryGetLeft(expr))) frameBytes = Math.max(frameBytes ?? 0, bytes);
    } else if (id === ID.GlobalSet && raw.GlobalSetGetName(expr) === stackPointer) {
      sets++;
      if (mayUnwind(raw.GlobalSetGetValue(expr))) unwinding.add(expr);
    } else if (isTailCall(expr, id)) {
      endsInTailCall = true;
    }
  };
  walk(func, leave);
  // One assignment alone leaves the pointer where it is: alloca, or a function that never returns.
  const isTakenAway = sets !== 1 && !endsInTailCall;
  return { frameBytes: isTakenAway ? frameBytes : undefined, frames, unwinding };
}

/** The constant that an expression subtracts from something; undefined for any other expression. */
function subtracted(expr: Expr): number | undefined {
  if (raw.ExpressionGetId(expr) !== ID.Binary || !isConst(raw.BinaryGetRight(expr))) return undefined;
  const op = raw.BinaryGetOp(expr);
  const sign = op === OPERATION.SubInt32 ? 1 : op === OPERATION.AddInt32 ? -1 : 0;
  const bytes = sign * Number(constOf(raw.BinaryGetRight(expr)));
  return bytes > 0 ? bytes : undefined;
}

/** Not for a sum or a difference. */
function mayUnwind(value: Expr): boolean {
  const id = raw.ExpressionGetId(value);
  if (id === ID.LocalSet) return mayUnwind(raw.LocalSetGetValue(value));
  return id !== ID.Binary;
}

function isTailCall(expr: Expr, id: number): boolean {
  if (id === ID.Call) return raw.CallIsReturn(expr) !== 0;
  if (id === ID.CallIndirect) return raw.CallIndirectIsReturn(expr) !== 0;
  return id === ID.CallRef && raw.CallRefIsReturn(expr) !== 0;
}
