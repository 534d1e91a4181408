/**
 * The range of an expression's values, derived from its outermost operations. Numbers represent 64-bit values, too: the
 * precision lost at the far ends does not affect whether values fit into two bytes.
 */

import { type Expr, lib, raw } from "./binaryen.ts";
import { ID } from "./expressions.ts";
import { OPERATION, yieldsBoolean } from "./operations.ts";

/** The least and greatest value, signed. */
export type ValueRange = readonly [least: number, greatest: number];

/** The range of an integer expression. */
export function rangeOf(expr: Expr): ValueRange {
  const id = raw.ExpressionGetId(expr);
  if (id === ID.Const) {
    const value = raw.ExpressionGetType(expr) === lib.i64 ? Number(constOf(expr)) : raw.ConstGetValueI32(expr);
    return [value, value];
  }
  if (id === ID.Load) return rangeOfLoad(expr);
  if (id === ID.Unary) return rangeOfUnary(expr);
  if (id === ID.Binary) return rangeOfBinary(expr);
  if (id === ID.LocalSet) return rangeOf(raw.LocalSetGetValue(expr));
  return fullRange(expr);
}

/** The value of an integer constant, signed. */
export function constOf(expr: Expr): bigint {
  return raw.ExpressionGetType(expr) === lib.i64
    ? BigInt(raw.ConstGetValueI64(expr))
    : BigInt(raw.ConstGetValueI32(expr));
}

/** The smallest of 1, 2 and `most` bytes that represents all values of two ranges, as all signed or all unsigned. */
export function bytesFor(range: ValueRange, other: ValueRange, most: 4 | 8): 1 | 2 | 4 | 8 {
  const least = Math.min(range[0], other[0]);
  const greatest = Math.max(range[1], other[1]);
  if (least >= 0) return greatest <= 0xff ? 1 : greatest <= 0xffff ? 2 : most;
  if (least >= -0x80 && greatest <= 0x7f) return 1;
  return least >= -0x8000 && greatest <= 0x7fff ? 2 : most;
}

function bitsOf(expr: Expr): 32 | 64 {
  return raw.ExpressionGetType(expr) === lib.i64 ? 64 : 32;
}

function fullRange(expr: Expr): ValueRange {
  return bitsOf(expr) === 64 ? RANGE_64 : RANGE_32;
}

function signed(bits: number): ValueRange {
  return [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1];
}

const RANGE_32 = signed(32);
const RANGE_64 = signed(64);

function rangeOfLoad(expr: Expr): ValueRange {
  const bits = 8 * raw.LoadGetBytes(expr);
  if (bits >= bitsOf(expr)) return fullRange(expr);
  return raw.LoadIsSigned(expr) ? signed(bits) : [0, 2 ** bits - 1];
}

const EXTENSIONS: ReadonlyMap<number, number> = new Map([
  [OPERATION.ExtendS8Int32, 8],
  [OPERATION.ExtendS8Int64, 8],
  [OPERATION.ExtendS16Int32, 16],
  [OPERATION.ExtendS16Int64, 16],
  [OPERATION.ExtendS32Int64, 32],
]);

function rangeOfUnary(expr: Expr): ValueRange {
  if (yieldsBoolean(expr)) return [0, 1];
  const op = raw.UnaryGetOp(expr);
  const extended = EXTENSIONS.get(op);
  if (extended !== undefined) return signed(extended);
  if (op === OPERATION.ExtendSInt32) return rangeOf(raw.UnaryGetValue(expr));
  if (op === OPERATION.ExtendUInt32) {
    const range = rangeOf(raw.UnaryGetValue(expr));
    return range[0] >= 0 ? range : [0, 0xffffffff];
  }
  return fullRange(expr);
}

function rangeOfBinary(expr: Expr): ValueRange {
  if (yieldsBoolean(expr)) return [0, 1];
  const op = raw.BinaryGetOp(expr);
  const [left, right] = [raw.BinaryGetLeft(expr), raw.BinaryGetRight(expr)];
  if (op === OPERATION.AndInt32 || op === OPERATION.AndInt64) return rangeOfAnd(expr, rangeOf(left), rangeOf(right));
  const shifts = op === OPERATION.ShrUInt32 || op === OPERATION.ShrUInt64;
  if (shifts && raw.ExpressionGetId(right) === ID.Const) {
    const bits = bitsOf(expr);
    const count = Number(BigInt.asUintN(bits === 64 ? 6 : 5, constOf(right)));
    if (count > 0) return [0, 2 ** (bits - count) - 1];
  }
  return fullRange(expr);
}

/** The range of an `and`: a nonnegative mask bounds the result, whatever the other operand is. */
function rangeOfAnd(expr: Expr, [low, high]: ValueRange, [otherLow, otherHigh]: ValueRange): ValueRange {
  if (low >= 0) return [0, otherLow >= 0 ? Math.min(high, otherHigh) : high];
  return otherLow >= 0 ? [0, otherHigh] : fullRange(expr);
}
