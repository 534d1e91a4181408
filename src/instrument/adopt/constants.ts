/**
 * Constants in the code of one function, in the forms in which compilers write addresses that the linker knows:
 * constants, sums of them, and locals that hold them. Without optimisation every intermediate value is in a local of
 * its own.
 */

import { type Expr, type Func, lib, raw } from "../ir/binaryen.ts";
import { ID } from "../ir/expressions.ts";
import { OPERATION } from "../ir/operations.ts";
import { constOf } from "../ir/ranges.ts";
import { walk } from "../ir/walk.ts";

/** How far sums and locals are followed. */
const MAX_DEPTH = 16;

/** Evaluates constants in one function. */
export class Constants {
  /** By local: the value to which it is set, or 0 if there are several. A parameter has one already. */
  private readonly values = new Map<number, Expr>();

  /** @throws {UnknownExpression} */
  constructor(func: Func) {
    const parameters = raw.TypeArity(raw.FunctionGetParams(func));
    for (let local = 0; local < parameters; local++) this.values.set(local, 0);
    walk(func, ({ expr, id }) => {
      if (id !== ID.LocalSet) return;
      const local = raw.LocalSetGetIndex(expr);
      this.values.set(local, this.values.has(local) ? 0 : raw.LocalSetGetValue(expr));
    });
  }

  /** The value of an integer expression, unsigned; undefined if it is not known. */
  valueOf(expr: Expr, depth = 0): number | undefined {
    const id = raw.ExpressionGetId(expr);
    const type = raw.ExpressionGetType(expr);
    if (depth > MAX_DEPTH || (type !== lib.i32 && type !== lib.i64)) return undefined;
    if (id === ID.Const) return Number(BigInt.asUintN(type === lib.i32 ? 32 : 64, constOf(expr)));
    if (id === ID.LocalSet) return this.valueOf(raw.LocalSetGetValue(expr), depth + 1);
    if (id === ID.LocalGet) {
      const value = this.values.get(raw.LocalGetGetIndex(expr)) ?? 0;
      return value === 0 ? undefined : this.valueOf(value, depth + 1);
    }
    if (id !== ID.Binary) return undefined;
    const op = raw.BinaryGetOp(expr);
    if (op !== OPERATION.AddInt32 && op !== OPERATION.AddInt64) return undefined;
    const left = this.valueOf(raw.BinaryGetLeft(expr), depth + 1);
    const right = this.valueOf(raw.BinaryGetRight(expr), depth + 1);
    if (left === undefined || right === undefined) return undefined;
    return op === OPERATION.AddInt32 ? (left + right) >>> 0 : left + right;
  }
}
