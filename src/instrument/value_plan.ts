/**
 * What is recorded at the operators that record values, decided on Binaryen's tree, where the operands can be looked at,
 * and noted for each operator in the order in which Binaryen writes them. The code itself goes into the written binary
 * (value_code.ts). A note is a byte, NOTHING or the kind of the operator, and then, all numbers in LEB128:
 *
 *     offset − start of the function
 *     comparison    log2 of the bytes compared | where the constant is << 2, and a constant on the left
 *     load, store   log2 of the bytes | 8 where addresses have 64 bits; for a store its value's type; the constant offset
 *     switch        log2 of the bytes | 4 where the value had 64 bits; bias; number of runs of cases, and of each the
 *                   first value and the count
 *     stack-depth   8 where addresses have 64 bits
 *
 * An object a site would take as much memory as the tree itself.
 */

import { TYPE } from "./assembler.ts";
import { type Expr, lib, raw, type Type } from "./binaryen.ts";
import type { Bytes } from "./bytes.ts";
import { childOf, ID, isConst } from "./expressions.ts";
import { accessOf } from "./memory_access.ts";
import { OPERATION } from "./operations.ts";
import { OperatorKind } from "./operator_kinds.ts";
import type { SiteKind } from "./pc_table.ts";
import { bytesFor, constOf, rangeOf } from "./ranges.ts";
import type { ValueSite } from "./sites.ts";

/** The note of an operator at which nothing is recorded. */
export const NOTHING = 0;

/** Where a comparison has its constant. */
export const CONSTANT = { none: 0, left: 1, right: 2 } as const;

/** Addresses of 64 bits. */
export const WIDE_ADDRESS = 8;
/** A switch over 64 bits. */
export const WIDE_SWITCH = 4;

/** The kinds of operators at which sites record values. */
export const OPERATOR_OF: Partial<Readonly<Record<SiteKind, number>>> = {
  cmp: OperatorKind.compare,
  div: OperatorKind.div,
  load: OperatorKind.load,
  store: OperatorKind.store,
  switch: OperatorKind.brTable,
  "indirect-call": OperatorKind.indirectCall,
  "stack-depth": OperatorKind.globalSet,
};

/**
 * Notes what is recorded at a site, while nothing of its function has been changed.
 *
 * @param start of the function
 * @param types types of the values that may be held on the way, as in the binary, are added here
 * @returns false, and nothing noted, for a site with nothing to tell: a comparison of constants, a division by one
 */
export function planValue({ kind, expr, offset }: ValueSite, start: number, out: Bytes, types: Set<number>): boolean {
  const head: Head = (...held) => {
    out.byte(OPERATOR_OF[kind] ?? NOTHING);
    out.number(offset - start);
    for (const type of held) types.add(typeByte(type));
  };
  return PLANS[kind]?.(expr, out, head) ?? false;
}

/** Notes the kind of a site and its offset. @param held types of its operands */
type Head = (...held: Type[]) => void;

type Plan = (expr: Expr, out: Bytes, head: Head) => boolean;

const PLANS: Partial<Record<SiteKind, Plan>> = {
  cmp: planComparison,
  div: planDivision,
  load: planLoad,
  store: planStore,
  switch: planSwitch,
  "indirect-call": planIndirectCall,
  "stack-depth": planStackDepth,
};

/**
 * Comparisons are recorded in their own width, or in one or two bytes where all values of both operands fit. `eqz` of a
 * number is a comparison with 0.
 */
function planComparison(expr: Expr, out: Bytes, head: Head): boolean {
  const isEqz = raw.ExpressionGetId(expr) === ID.Unary;
  const [left, right] = isEqz ? [raw.UnaryGetValue(expr), 0] : [raw.BinaryGetLeft(expr), raw.BinaryGetRight(expr)];
  const hasLeft = isConst(left);
  const hasRight = isEqz || isConst(right);
  if (hasLeft && hasRight) return false;
  const ranges = isEqz ? [rangeOf(left)] : [rangeOf(left), rangeOf(right)];
  const type = raw.ExpressionGetType(left);
  const bytes = bytesFor(ranges, type === lib.i64 ? 8 : 4);
  const side = hasRight ? CONSTANT.right : hasLeft ? CONSTANT.left : CONSTANT.none;
  head(type);
  out.byte(Math.log2(bytes) | (side << 2));
  if (side === CONSTANT.left) out.big(constOf(left));
  return true;
}

/** The divisor. */
function planDivision(expr: Expr, _out: Bytes, head: Head): boolean {
  if (isConst(raw.BinaryGetRight(expr))) return false;
  head(raw.ExpressionGetType(expr));
  return true;
}

/** Loads and stores: the address, with the constant offset. */
function planLoad(expr: Expr, out: Bytes, head: Head): boolean {
  const address = raw.ExpressionGetType(childOf(expr, 0));
  const vector = raw.ExpressionGetId(expr) === ID.SIMDLoadStoreLane ? [lib.v128] : [];
  const { bytes, low, high } = accessOf(expr);
  head(address, ...vector);
  out.byte(Math.log2(bytes) | wideAddress(address));
  noteOffset(out, low, high);
  return true;
}

function planStore(expr: Expr, out: Bytes, head: Head): boolean {
  const [address, value] = [raw.ExpressionGetType(childOf(expr, 0)), raw.ExpressionGetType(childOf(expr, 1))];
  const { bytes, low, high } = accessOf(expr);
  head(address, value);
  out.byte(Math.log2(bytes) | wideAddress(address));
  out.byte(typeByte(value));
  noteOffset(out, low, high);
  return true;
}

function noteOffset(out: Bytes, low: number, high: number): void {
  if (high === 0) out.number(low);
  else out.big((BigInt(high) << 32n) | BigInt(low));
}

function planIndirectCall(_expr: Expr, _out: Bytes, head: Head): boolean {
  head(lib.i64);
  return true;
}

function planStackDepth(expr: Expr, out: Bytes, head: Head): boolean {
  const address = raw.ExpressionGetType(raw.GlobalSetGetValue(expr));
  head(address);
  out.byte(wideAddress(address));
  return true;
}

function wideAddress(type: Type): number {
  return type === lib.i64 ? WIDE_ADDRESS : 0;
}

/** As in the binary. */
function typeByte(type: Type): number {
  return TYPE_BYTES.get(type) ?? 0;
}

const TYPE_BYTES: ReadonlyMap<Type, number> = new Map([
  [lib.i32, TYPE.i32],
  [lib.i64, TYPE.i64],
  [lib.f32, TYPE.f32],
  [lib.f64, TYPE.f64],
  [lib.v128, TYPE.v128],
]);

/** A switch that was lowered to a br_table: its cases are the labels that differ from the default's. */
function planSwitch(expr: Expr, out: Bytes, head: Head): boolean {
  const labels = Array.from({ length: raw.SwitchGetNumNames(expr) }, (_, k) => raw.SwitchGetNameAt(expr, k));
  const other = raw.SwitchGetDefaultName(expr);
  const positions = labels.flatMap((label, k) => (label === other ? [] : [BigInt(k)]));
  if (positions.length === 0) return false;
  const { wide, bias, bytes } = selectorOf(raw.SwitchGetCondition(expr), BigInt(labels.length));
  const runs = runsOf(positions.map((k) => BigInt.asUintN(8 * bytes, k + bias)));
  head(lib.i32, lib.i64);
  out.byte(Math.log2(bytes) | (wide ? WIDE_SWITCH : 0));
  out.big(bias);
  out.number(runs.length);
  for (const { first, count } of runs) {
    out.big(first);
    out.big(count);
  }
  return true;
}

/** What a br_table looks at: `base - bias`, and perhaps the low half of 64 bits. */
interface Selector {
  wide: boolean;
  bias: bigint;
  bytes: 1 | 2 | 4 | 8;
}

/** Undoes the constant that a compiler subtracts so that cases begin at 0. */
function selectorOf(condition: Expr, cases: bigint): Selector {
  const wide = raw.ExpressionGetId(condition) === ID.Unary && raw.UnaryGetOp(condition) === OPERATION.WrapInt64;
  const value = wide ? raw.UnaryGetValue(condition) : condition;
  const { base, bias } = unbiased(value);
  const bytes = bytesFor([rangeOf(base), [bias, bias + cases - 1n]], wide ? 8 : 4);
  return { wide, bias, bytes };
}

function unbiased(value: Expr): { base: Expr; bias: bigint } {
  if (raw.ExpressionGetId(value) !== ID.Binary || !isConst(raw.BinaryGetRight(value))) return { base: value, bias: 0n };
  const [op, base, constant] = [raw.BinaryGetOp(value), raw.BinaryGetLeft(value), raw.BinaryGetRight(value)];
  if (op === OPERATION.SubInt32 || op === OPERATION.SubInt64) return { base, bias: constOf(constant) };
  if (op === OPERATION.AddInt32 || op === OPERATION.AddInt64) return { base, bias: -constOf(constant) };
  return { base: value, bias: 0n };
}

/** Splits values into runs of consecutive ones. */
function runsOf(values: readonly bigint[]): { first: bigint; count: bigint }[] {
  const runs: { first: bigint; count: bigint }[] = [];
  for (const value of values) {
    const run = runs.at(-1);
    if (run && run.first + run.count === value) run.count++;
    else runs.push({ first: value, count: 1n });
  }
  return runs;
}
