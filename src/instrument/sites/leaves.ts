/**
 * What may trap, and so end the execution of a function in the middle of a block: then the count at the block's
 * beginning does not hold for its end.
 */

import { accessors, type Expr, raw } from "../ir/binaryen.ts";
import { ID } from "../ir/expressions.ts";
import { isDivision } from "../ir/operations.ts";
import type { SafeAccesses } from "./safe_accesses.ts";
import { byId } from "./site_classes.ts";

/** Whether evaluating an expression may trap, not considering its children. */
export function mayTrap(id: number, expr: Expr, accesses: SafeAccesses): boolean {
  if (SAFE[id]) return false;
  if (id === ID.Unary) return TRUNCATIONS.has(raw.UnaryGetOp(expr));
  if (id === ID.Binary) return isDivision(expr) || REMAINDERS.has(raw.BinaryGetOp(expr));
  return (id !== ID.Load && id !== ID.Store) || !accesses.isSafe(expr);
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

/** Conversions to integers that do not saturate. */
const TRUNCATIONS = operations(
  "TruncSFloat32ToInt32 TruncSFloat32ToInt64 TruncUFloat32ToInt32 TruncUFloat32ToInt64 " +
    "TruncSFloat64ToInt32 TruncSFloat64ToInt64 TruncUFloat64ToInt32 TruncUFloat64ToInt64",
);
