/** Functions that are another one under another name. */

import { type Expr, type Func, isImported, type Name, raw } from "../ir/binaryen.ts";
import { childOf, ID } from "../ir/expressions.ts";

/**
 * What a function calls that does nothing else: with its own parameters in their order, and all of them. It is the same
 * function then, whoever calls it: C libraries have `malloc` call `dlmalloc`, and optimizers have callers of the one call
 * the other.
 */
export function forwardTarget(func: Func): Name | undefined {
  if (isImported(func)) return undefined;
  const call = onlyExpression(raw.FunctionGetBody(func));
  if (raw.ExpressionGetId(call) !== ID.Call) return undefined;
  const params = raw.TypeArity(raw.FunctionGetParams(func));
  if (raw.CallGetNumOperands(call) !== params) return undefined;
  const isOwn = (k: number): boolean => isLocal(raw.CallGetOperandAt(call, k), k);
  return Array.from({ length: params }, (_, k) => k).every(isOwn) ? raw.CallGetTarget(call) : undefined;
}

/** Some functions by name, and what these are in other words. @param byName the functions that the module defines */
export function withForwardTargets(names: Iterable<Name>, byName: ReadonlyMap<Name, Func>): Set<Name> {
  const found = new Set(names);
  // A set grows while it is gone through.
  for (const name of found) {
    const func = byName.get(name);
    const target = func === undefined ? undefined : forwardTarget(func);
    if (target !== undefined && byName.has(target)) found.add(target);
  }
  return found;
}

function onlyExpression(body: Expr): Expr {
  const id = raw.ExpressionGetId(body);
  if (id === ID.Return && childOf(body, 0) !== 0) return onlyExpression(childOf(body, 0));
  const isPlain = id === ID.Block && raw.BlockGetNumChildren(body) === 1;
  return isPlain ? onlyExpression(raw.BlockGetChildAt(body, 0)) : body;
}

function isLocal(expr: Expr, index: number): boolean {
  return raw.ExpressionGetId(expr) === ID.LocalGet && raw.LocalGetGetIndex(expr) === index;
}
