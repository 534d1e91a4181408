/** Groups of Binaryen's unary and binary operations. */

import { accessors, type Expr, raw } from "./binaryen.ts";
import { ID } from "./expressions.ts";

function operation(name: string): number {
  const value = accessors[name] as unknown as (() => number) | undefined;
  if (!value) throw new Error(`binaryen has no operation ${name}`);
  return value();
}

function operations(names: string, type: string): readonly number[] {
  return names.split(" ").map((name) => operation(name + type));
}

const RELATIONS = "Eq Ne LtS LtU LeS LeU GtS GtU GeS GeU";

const COMPARISONS: ReadonlySet<number> = new Set([
  ...operations(RELATIONS, "Int32"),
  ...operations(RELATIONS, "Int64"),
]);
const DIVISIONS: ReadonlySet<number> = new Set([
  ...operations("DivS DivU", "Int32"),
  ...operations("DivS DivU", "Int64"),
]);

// biome-ignore format: a list
const NAMED = [
  "EqInt32", "EqZInt32", "EqZInt64", "AndInt32", "AndInt64", "AddInt32", "AddInt64", "SubInt32", "SubInt64",
  "MulInt32", "MulInt64",
  "ShlInt32", "ShrUInt32", "ShrUInt64", "GtUInt32", "ExtendS8Int32", "ExtendS16Int32", "ExtendS8Int64",
  "ExtendS16Int64", "ExtendS32Int64", "ExtendSInt32", "ExtendUInt32", "WrapInt64",
] as const;

/** Operations by their names in Binaryen, for the few that are matched or built. */
export const OPERATION: Readonly<Record<(typeof NAMED)[number], number>> = Object.fromEntries(
  NAMED.map((name) => [name, operation(name)]),
) as Record<(typeof NAMED)[number], number>;

/** By relation, the one that holds iff it does not. */
const INVERSE: ReadonlyMap<number, number> = new Map(
  ["Int32", "Int64"].flatMap((type) => {
    const all = operations(RELATIONS, type);
    return operations("Ne Eq GeS GeU GtS GtU LeS LeU LtS LtU", type).map((op, k) => [op, all[k] ?? 0] as const);
  }),
);

/** The comparison that yields 1 iff this one yields 0; undefined if this is not a comparison. */
export function inverseOf(op: number): number | undefined {
  return INVERSE.get(op);
}

/** Whether a binary expression is an i32 or i64 comparison. */
export function isComparison(expr: Expr): boolean {
  return COMPARISONS.has(raw.BinaryGetOp(expr));
}

/** Whether a binary expression is an i32 or i64 division. Remainders are not traced, as by compilers. */
export function isDivision(expr: Expr): boolean {
  return DIVISIONS.has(raw.BinaryGetOp(expr));
}

/** Whether a unary expression is i32.eqz or i64.eqz. */
export function isEqz(expr: Expr): boolean {
  const op = raw.UnaryGetOp(expr);
  return op === OPERATION.EqZInt32 || op === OPERATION.EqZInt64;
}

/** Whether an expression's value is the outcome of a comparison: its eqz is a negation, not a comparison with 0. */
export function yieldsBoolean(expr: Expr): boolean {
  const id = raw.ExpressionGetId(expr);
  return (id === ID.Binary && isComparison(expr)) || (id === ID.Unary && isEqz(expr));
}
