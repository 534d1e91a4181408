/** Addresses that cannot lie outside of static data, such as those in tables that are indexed by a byte. */

import { type Expr, raw } from "../ir/binaryen.ts";
import { ID, isConst } from "../ir/expressions.ts";
import { OPERATION } from "../ir/operations.ts";
import { constOf, rangeOf } from "../ir/ranges.ts";

/** The least and greatest value, unsigned. */
type AddressBounds = readonly [least: number, greatest: number];

/** The range of an address, derived from its outermost operations and the values of locals; undefined: anything. */
export function addressExtent(
  pointer: Expr,
  greatest: ReadonlyMap<number, number>,
  depth: number = MAX_DEPTH,
): AddressBounds | undefined {
  const id = raw.ExpressionGetId(pointer);
  if (isConst(pointer)) return bounded(Number(BigInt.asUintN(32, constOf(pointer))));
  if (id === ID.LocalGet) return upTo(greatest.get(raw.LocalGetGetIndex(pointer)));
  if (id === ID.Binary && depth > 0) {
    const [left, right] = [raw.BinaryGetLeft(pointer), raw.BinaryGetRight(pointer)];
    const op = raw.BinaryGetOp(pointer);
    if (op === OPERATION.AddInt32) {
      const [a, b] = [addressExtent(left, greatest, depth - 1), addressExtent(right, greatest, depth - 1)];
      return a && b && bounded(a[0] + b[0], a[1] + b[1]);
    }
    if (op === OPERATION.ShlInt32 && isConst(right)) {
      const scale = 2 ** (Number(constOf(right)) & 31);
      const extent = addressExtent(left, greatest, depth - 1);
      return extent && bounded(extent[0] * scale, extent[1] * scale);
    }
  }
  const [least, most] = rangeOf(pointer);
  return least < 0 ? undefined : bounded(least, most);
}

const MAX_DEPTH = 4;

function upTo(greatest: number | undefined): AddressBounds | undefined {
  return greatest === undefined ? undefined : bounded(0, greatest);
}

/** An extent; undefined if it exceeds 32 bits, since sums wrap. */
function bounded(least: number, greatest = least): AddressBounds | undefined {
  return greatest > 0xffff_ffff ? undefined : [least, greatest];
}
