/** Size and offset of load and store instructions. */

import { type Expr, raw } from "./binaryen.ts";
import { ID } from "./expressions.ts";
import { upperOffset } from "./heap_layout.ts";

type AccessBytes = 1 | 2 | 4 | 8 | 16;

/** What a load or a store accesses, apart from its pointer operand. */
export interface Access {
  bytes: AccessBytes;
  /** The constant offset in the instruction: 64 bits, in halves. */
  low: number;
  high: number;
}

/** Describes a Load, Store, SIMDLoad or SIMDLoadStoreLane. */
export function accessOf(expr: Expr): Access {
  const id = raw.ExpressionGetId(expr);
  if (id === ID.Load) return access(expr, raw.LoadGetBytes(expr), raw.LoadGetOffset(expr));
  if (id === ID.Store) return access(expr, raw.StoreGetBytes(expr), raw.StoreGetOffset(expr));
  if (id === ID.SIMDLoad)
    return access(expr, SIMD_LOADS.get(raw.SIMDLoadGetOp(expr)) ?? 8, raw.SIMDLoadGetOffset(expr));
  return access(expr, LANES.get(raw.SIMDLoadStoreLaneGetOp(expr)) ?? 8, raw.SIMDLoadStoreLaneGetOffset(expr));
}

/** Binaryen's interface returns only the low half of an offset, which is all of it except in 64-bit memories. */
function access(expr: Expr, bytes: number, low: number): Access {
  return { bytes: bytes as AccessBytes, low: low >>> 0, high: upperOffset(expr) };
}

/** Vector loads of less than 8 bytes. */
const SIMD_LOADS: ReadonlyMap<number, AccessBytes> = new Map<number, AccessBytes>([
  [raw.Load8SplatVec128(), 1],
  [raw.Load16SplatVec128(), 2],
  [raw.Load32SplatVec128(), 4],
  [raw.Load32ZeroVec128(), 4],
]);

const LANES: ReadonlyMap<number, AccessBytes> = new Map<number, AccessBytes>([
  [raw.Load8LaneVec128(), 1],
  [raw.Load16LaneVec128(), 2],
  [raw.Load32LaneVec128(), 4],
  [raw.Store8LaneVec128(), 1],
  [raw.Store16LaneVec128(), 2],
  [raw.Store32LaneVec128(), 4],
]);
