/** What values an expression can have, as far as its outermost operations tell. */

import { type Expr, lib, raw } from "./binaryen.ts";
import { ID } from "./expressions.ts";
import { OPERATION, yieldsBoolean } from "./operations.ts";

/** Least and greatest value, as a signed number. */
export type Range = readonly [least: bigint, greatest: bigint];

/** The range of an integer expression. */
export function rangeOf(expr: Expr): Range {
  const id = raw.ExpressionGetId(expr);
  if (id === ID.Const) {
    const value = constOf(expr);
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

/** The fewest bytes, of 1, 2 and `most`, that hold every value of some ranges, all taken as signed or as unsigned. */
export function bytesFor(ranges: readonly Range[], most: 4 | 8): 1 | 2 | 4 | 8 {
  const least = lowest([0n, ...ranges.map(([low]) => low)]);
  const greatest = ranges.reduce((max, [, high]) => -lowest([-max, -high]), 0n);
  if (least >= 0n) return greatest <= 0xffn ? 1 : greatest <= 0xffffn ? 2 : most;
  if (least >= -0x80n && greatest <= 0x7fn) return 1;
  return least >= -0x8000n && greatest <= 0x7fffn ? 2 : most;
}

/** Math.min does not take bigint. */
function lowest(values: readonly bigint[]): bigint {
  let [least = 0n] = values;
  for (const value of values) if (value < least) least = value;
  return least;
}

function bitsOf(expr: Expr): bigint {
  return raw.ExpressionGetType(expr) === lib.i64 ? 64n : 32n;
}

function fullRange(expr: Expr): Range {
  return signed(bitsOf(expr));
}

function signed(bits: bigint): Range {
  return [-(1n << (bits - 1n)), (1n << (bits - 1n)) - 1n];
}

function rangeOfLoad(expr: Expr): Range {
  const bits = 8n * BigInt(raw.LoadGetBytes(expr));
  if (bits >= bitsOf(expr)) return fullRange(expr);
  return raw.LoadIsSigned(expr) ? signed(bits) : [0n, (1n << bits) - 1n];
}

const EXTENSIONS: ReadonlyMap<number, bigint> = new Map([
  [OPERATION.ExtendS8Int32, 8n],
  [OPERATION.ExtendS8Int64, 8n],
  [OPERATION.ExtendS16Int32, 16n],
  [OPERATION.ExtendS16Int64, 16n],
  [OPERATION.ExtendS32Int64, 32n],
]);

function rangeOfUnary(expr: Expr): Range {
  if (yieldsBoolean(expr)) return [0n, 1n];
  const op = raw.UnaryGetOp(expr);
  const extended = EXTENSIONS.get(op);
  if (extended !== undefined) return signed(extended);
  if (op === OPERATION.ExtendSInt32) return rangeOf(raw.UnaryGetValue(expr));
  if (op === OPERATION.ExtendUInt32) {
    const [least, greatest] = rangeOf(raw.UnaryGetValue(expr));
    return least >= 0n ? [least, greatest] : [0n, 0xffffffffn];
  }
  return fullRange(expr);
}

function rangeOfBinary(expr: Expr): Range {
  if (yieldsBoolean(expr)) return [0n, 1n];
  const op = raw.BinaryGetOp(expr);
  const [left, right] = [raw.BinaryGetLeft(expr), raw.BinaryGetRight(expr)];
  if (op === OPERATION.AndInt32 || op === OPERATION.AndInt64) {
    const limits = [rangeOf(left), rangeOf(right)].flatMap(([least, greatest]) => (least >= 0n ? [greatest] : []));
    return limits.length === 0 ? fullRange(expr) : [0n, lowest(limits)];
  }
  const shifts = op === OPERATION.ShrUInt32 || op === OPERATION.ShrUInt64;
  if (shifts && raw.ExpressionGetId(right) === ID.Const) {
    const count = constOf(right) & (bitsOf(expr) - 1n);
    if (count > 0n) return [0n, (1n << (bitsOf(expr) - count)) - 1n];
  }
  return fullRange(expr);
}
