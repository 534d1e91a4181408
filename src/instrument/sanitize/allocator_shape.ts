/** What the code of an allocator's functions looks like. */

import { type Expr, type Func, lib, type Name, raw } from "../ir/binaryen.ts";
import { ID, isConst, UnknownExpression } from "../ir/expressions.ts";
import { OPERATION } from "../ir/operations.ts";
import { constOf } from "../ir/ranges.ts";
import { type Place, walk } from "../ir/walk.ts";

/** Parameters and result of a function, if they are all i32. */
export interface Signature {
  readonly params: number;
  readonly result: boolean;
}

export function signatureOf(func: Func): Signature | undefined {
  const params = raw.FunctionGetParams(func);
  const results = raw.FunctionGetResults(func);
  if (!isAllI32(params) || (results !== lib.none && results !== lib.i32)) return undefined;
  return { params: raw.TypeArity(params), result: results === lib.i32 };
}

function isAllI32(type: number): boolean {
  const count = raw.TypeArity(type);
  const list = lib._malloc(4 * Math.max(1, count));
  raw.TypeExpand(type, list);
  const isI32 = Array.from({ length: count }, (_, k) => lib.__i32_load(list + 4 * k)).every((each) => each === lib.i32);
  lib._free(list);
  return isI32;
}

/** What is seen in a function. */
export interface AllocatorShape {
  /** Parameters in front of whose address it looks, where allocators keep a block's size. */
  readonly looksBefore: ReadonlySet<number>;
  /** Functions that it gives its second parameter, and nothing else. */
  readonly passSecond: ReadonlySet<Name>;
  /** The same for what a function gives that it calls: which functions. */
  readonly looksBeforeResults: ReadonlySet<Name>;
  /** It multiplies its first two parameters. */
  readonly multiplies: boolean;
  /** Integer constants of 32 bits. */
  readonly constants: ReadonlySet<number>;
}

export function shapeOfFunction(func: Func): AllocatorShape {
  const results = new Map<number, Name>();
  const looksBeforeResults = new Set<Name>();
  const constants = new Set<number>();
  const looksBefore = new Set<number>();
  const passSecond = new Set<Name>();
  const parameters = new Set(Array.from({ length: raw.TypeArity(raw.FunctionGetParams(func)) }, (_, k) => k));
  let multiplies = false;
  const leave = ({ expr, id }: Place): void => {
    if (id === ID.LocalSet) {
      const [local, value] = [raw.LocalSetGetIndex(expr), raw.LocalSetGetValue(expr)];
      parameters.delete(local);
      if (raw.ExpressionGetId(value) === ID.Call) results.set(local, raw.CallGetTarget(value));
      else results.delete(local);
    } else if (id === ID.Const && raw.ExpressionGetType(expr) === lib.i32) {
      constants.add(raw.ConstGetValueI32(expr));
    } else if (id === ID.Binary) {
      const local = localBefore(expr);
      if (parameters.has(local)) looksBefore.add(local);
      const callee = results.get(local);
      if (callee !== undefined) looksBeforeResults.add(callee);
      multiplies ||= isProduct(expr);
    } else if (id === ID.Call && raw.CallGetNumOperands(expr) === 1) {
      const second = parameterOf(raw.CallGetOperandAt(expr, 0)) === 1 && parameters.has(1);
      if (second) passSecond.add(raw.CallGetTarget(expr));
    }
  };
  try {
    walk(func, leave);
  } catch (error) {
    if (!(error instanceof UnknownExpression)) throw error;
  }
  return { looksBefore, passSecond, looksBeforeResults, multiplies, constants };
}

/** Distances of what allocators keep from the block: a word, two, or four. */
const BEFORE: readonly number[] = [4, 8, 16];

/** The local from which an expression subtracts such a distance; -1 for any other expression. */
function localBefore(expr: Expr): number {
  const op = raw.BinaryGetOp(expr);
  const [left, right] = [raw.BinaryGetLeft(expr), raw.BinaryGetRight(expr)];
  if (op !== OPERATION.SubInt32 && op !== OPERATION.AddInt32) return -1;
  if (!isConst(right)) return -1;
  const distance = Number(constOf(right)) * (op === OPERATION.SubInt32 ? 1 : -1);
  if (!BEFORE.includes(distance)) return -1;
  const id = raw.ExpressionGetId(left);
  if (id === ID.LocalGet) return raw.LocalGetGetIndex(left);
  return id === ID.LocalSet ? raw.LocalSetGetIndex(left) : -1;
}

function isProduct(expr: Expr): boolean {
  const op = raw.BinaryGetOp(expr);
  if (op !== OPERATION.MulInt32 && op !== OPERATION.MulInt64) return false;
  const operands = [parameterOf(raw.BinaryGetLeft(expr)), parameterOf(raw.BinaryGetRight(expr))];
  return operands.includes(0) && operands.includes(1);
}

/** The local that an expression reads, perhaps as a number of 64 bits. */
function parameterOf(expr: Expr): number {
  const id = raw.ExpressionGetId(expr);
  if (id === ID.Unary) return parameterOf(raw.UnaryGetValue(expr));
  return id === ID.LocalGet ? raw.LocalGetGetIndex(expr) : -1;
}
