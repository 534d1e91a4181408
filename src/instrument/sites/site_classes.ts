/** Classes of expressions that the walk which finds sites (finder.ts) distinguishes. */

import { type Expr, raw } from "../ir/binaryen.ts";
import { ID } from "../ir/expressions.ts";

/** A table indexed by class ids. */
export function byId<T>(classes: Partial<Record<keyof typeof ID, T>>): readonly (T | undefined)[] {
  const table: (T | undefined)[] = [];
  for (const [name, value] of Object.entries(classes)) table[ID[name as keyof typeof ID]] = value;
  return table;
}

/** Whether an expression keeps its first operand in a temporary while the second is evaluated. */
export function holdsFirstOperand(id: number, expr: Expr): boolean {
  return id === ID.Break && raw.BreakGetValue(expr) !== 0;
}

/** Expressions without children at which nothing happens: half of all expressions, and not worth a visit. */
export const PLAIN_LEAVES: readonly (boolean | undefined)[] = byId({
  ...{ LocalGet: true, GlobalGet: true, Const: true, Nop: true, MemorySize: true, RefFunc: true, Pop: true },
});

/** Classes with something to do between their children. */
export const BRANCHES: readonly (boolean | undefined)[] = byId({
  ...{ If: true, Try: true, Break: true },
});

/** Classes that may complete although a child of theirs does not. */
export const CONTROL: readonly (boolean | undefined)[] = byId({
  ...{ Block: true, If: true, Loop: true, Try: true, TryTable: true },
});

/** Classes that never complete, except for a `br_if`. */
export const ENDS: readonly (boolean | undefined)[] = byId({
  ...{ Break: true, Switch: true, Return: true, Unreachable: true, Throw: true, Rethrow: true, ThrowRef: true },
});

/** Classes that never complete in some cases: tail calls, and what traps on null if Binaryen knows that it is null. */
export const MAY_NEVER_END: readonly (boolean | undefined)[] = byId({
  ...{ Call: true, CallIndirect: true, CallRef: true, RefAs: true, RefCast: true, BrOn: true, I31Get: true },
  ...{ StructGet: true, StructSet: true, ArrayGet: true, ArraySet: true, ArrayLen: true, ArrayCopy: true },
  ...{ ArrayFill: true, ArrayInitData: true, ArrayInitElem: true },
});
