/**
 * Where execution of a function may end in the middle of a block: calls, and what may trap. What is counted there must not
 * be taken for what comes after it.
 */

import { accessors, type Expr, raw } from "../ir/binaryen.ts";
import { ID } from "../ir/expressions.ts";
import { isDivision } from "../ir/operations.ts";
import { byId } from "./site_classes.ts";

/**
 * Whether evaluating an expression may trap, its children apart.
 *
 * @param memoryBytes below which constant addresses of memory 0 never trap
 */
export function mayTrap(id: number, expr: Expr, memoryBytes: number): boolean {
  if (SAFE[id]) return false;
  if (id === ID.Unary) return TRUNCATIONS.has(raw.UnaryGetOp(expr));
  if (id === ID.Binary) return isDivision(expr) || REMAINDERS.has(raw.BinaryGetOp(expr));
  if (id === ID.Load)
    return !isWithin(memoryBytes, raw.LoadGetPtr(expr), raw.LoadGetOffset(expr), raw.LoadGetBytes(expr));
  if (id === ID.Store)
    return !isWithin(memoryBytes, raw.StoreGetPtr(expr), raw.StoreGetOffset(expr), raw.StoreGetBytes(expr));
  return true;
}

/** Most static variables of C are at constant addresses. */
function isWithin(memoryBytes: number, address: Expr, offset: number, bytes: number): boolean {
  // Of a module with addresses of 64 bits no memory is known.
  if (memoryBytes === 0 || raw.ExpressionGetId(address) !== ID.Const) return false;
  return (raw.ConstGetValueI32(address) >>> 0) + (offset >>> 0) + bytes <= memoryBytes;
}

const SAFE: readonly (boolean | undefined)[] = byId({
  ...{ Block: true, If: true, Loop: true, Break: true, Switch: true, Try: true, TryTable: true, BrOn: true },
  ...{ LocalGet: true, LocalSet: true, GlobalGet: true, GlobalSet: true, Const: true, Select: true, Drop: true },
  ...{ Return: true, Nop: true, Pop: true, MemorySize: true, MemoryGrow: true, RefFunc: true, TableGrow: true },
});

function operations(names: string): ReadonlySet<number> {
  return new Set(names.split(" ").map((name) => (accessors[name] as unknown as () => number)()));
}

const REMAINDERS = operations("RemSInt32 RemUInt32 RemSInt64 RemUInt64");

/** Those that do not saturate. */
const TRUNCATIONS = operations(
  "TruncSFloat32ToInt32 TruncSFloat32ToInt64 TruncUFloat32ToInt32 TruncUFloat32ToInt64 " +
    "TruncSFloat64ToInt32 TruncSFloat64ToInt64 TruncUFloat64ToInt32 TruncUFloat64ToInt64",
);
