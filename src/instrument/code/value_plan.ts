/**
 * What is recorded at operators. This is decided on Binaryen's tree, where the operands can be examined, and noted for
 * each operator in the order in which Binaryen writes them. The code itself goes into the written binary
 * (value_code.ts). A note is a byte, NOTHING or the kind of the operator, and then, all numbers in LEB128:
 *
 *     offset − start of the function
 *     comparison    log2 of the bytes compared | where the constant is << 2, and a constant on the left
 *     load, store   log2 of the bytes | 8 if addresses have 64 bits; for a store its value's type; the constant offset
 *     switch        log2 of the bytes | 4 if the value had 64 bits; bias; number of runs of cases, and for each the
 *                   first value and the count
 *     stack-depth   8 if addresses have 64 bits
 *
 * One object per site would take as much memory as the tree itself.
 */

import { type Expr, lib, raw, type Type } from "../ir/binaryen.ts";
import { childOf, ID, isConst } from "../ir/expressions.ts";
import { type Access, accessOf } from "../ir/memory_access.ts";
import { OPERATION } from "../ir/operations.ts";
import { bytesFor, constOf, rangeOf, type ValueRange } from "../ir/ranges.ts";
import type { SiteKind } from "../pc_table.ts";
import type { ValueSite } from "../sites/site.ts";
import { OperatorKind } from "../wasm/operator_kinds.ts";
import { NOTHING, OperatorNotes } from "./operator_notes.ts";

/** On which side a comparison has its constant. */
export const CONSTANT = { none: 0, left: 1, right: 2 } as const;

/** Flag in a note: addresses have 64 bits. */
export const WIDE_ADDRESS = 8;
/** Flag in a note: the value of a switch had 64 bits. */
export const WIDE_SWITCH = 4;

/** The kinds of operators, by the kinds of sites that record values at them. */
export const OPERATOR_OF: Partial<Readonly<Record<SiteKind, number>>> = {
  cmp: OperatorKind.compare,
  div: OperatorKind.div,
  load: OperatorKind.load,
  store: OperatorKind.store,
  switch: OperatorKind.brTable,
  "indirect-call": OperatorKind.indirectCall,
  "stack-depth": OperatorKind.globalSet,
};

/** Notes what the operators of one function record, before any of it is changed. */
export class ValueNotes extends OperatorNotes {
  /** @returns false, with nothing noted, if there is nothing to record: both operands, or a divisor, are constant */
  add(site: ValueSite): boolean {
    const { kind } = site;
    if (kind === "cmp") return this.comparison(site);
    if (kind === "load") return this.load(site);
    if (kind === "store") return this.store(site);
    if (kind === "div") return this.division(site);
    if (kind === "switch") return this.branchTable(site);
    if (kind === "indirect-call") return this.indirectCall(site);
    return this.stackDepth(site);
  }

  private begins({ kind, offset }: ValueSite): void {
    this.head(OPERATOR_OF[kind] ?? NOTHING, offset);
  }

  /**
   * Comparisons are recorded in their own width, or in one or two bytes where all values of both operands fit. `eqz` of
   * a number is a comparison with 0.
   */
  private comparison(site: ValueSite): boolean {
    const { expr } = site;
    const isEqz = raw.ExpressionGetId(expr) === ID.Unary;
    const left = isEqz ? raw.UnaryGetValue(expr) : raw.BinaryGetLeft(expr);
    const right = isEqz ? 0 : raw.BinaryGetRight(expr);
    const hasLeft = isConst(left);
    const hasRight = isEqz || isConst(right);
    if (hasLeft && hasRight) return false;
    const type = raw.ExpressionGetType(left);
    const bytes = bytesFor(rangeOf(left), isEqz ? ZERO : rangeOf(right), type === lib.i64 ? 8 : 4);
    const side = hasRight ? CONSTANT.right : hasLeft ? CONSTANT.left : CONSTANT.none;
    this.begins(site);
    this.hold(type);
    this.out.byte(Math.log2(bytes) | (side << 2));
    if (side === CONSTANT.left) this.out.uleb64(constOf(left));
    return true;
  }

  /** A division records its divisor. */
  private division(site: ValueSite): boolean {
    if (isConst(raw.BinaryGetRight(site.expr))) return false;
    this.begins(site);
    this.hold(raw.ExpressionGetType(site.expr));
    return true;
  }

  /** A load records its address, including the constant offset. */
  private load(site: ValueSite): boolean {
    const { expr } = site;
    const address = raw.ExpressionGetType(childOf(expr, 0));
    this.begins(site);
    this.hold(address);
    if (raw.ExpressionGetId(expr) === ID.SIMDLoadStoreLane) this.hold(lib.v128);
    const access = accessOf(expr);
    this.out.byte(Math.log2(access.bytes) | wideAddress(address));
    this.offset(access);
    return true;
  }

  private store(site: ValueSite): boolean {
    const { expr } = site;
    const [address, value] = [raw.ExpressionGetType(childOf(expr, 0)), raw.ExpressionGetType(childOf(expr, 1))];
    this.begins(site);
    this.hold(address);
    const access = accessOf(expr);
    this.out.byte(Math.log2(access.bytes) | wideAddress(address));
    this.holdTyped(value);
    this.offset(access);
    return true;
  }

  private offset({ low, high }: Access): void {
    if (high === 0) this.out.uleb(low);
    else this.out.uleb64((BigInt(high) << 32n) | BigInt(low));
  }

  private indirectCall(site: ValueSite): boolean {
    this.begins(site);
    this.hold(lib.i64);
    return true;
  }

  private stackDepth(site: ValueSite): boolean {
    const address = raw.ExpressionGetType(raw.GlobalSetGetValue(site.expr));
    this.begins(site);
    this.hold(address);
    this.out.byte(wideAddress(address));
    return true;
  }

  /** A switch that was lowered to a br_table: its cases are the labels that differ from the default's. */
  private branchTable(site: ValueSite): boolean {
    const { out } = this;
    const { expr } = site;
    const labels = Array.from({ length: raw.SwitchGetNumNames(expr) }, (_, k) => raw.SwitchGetNameAt(expr, k));
    const other = raw.SwitchGetDefaultName(expr);
    const positions = labels.flatMap((label, k) => (label === other ? [] : [BigInt(k)]));
    if (positions.length === 0) return false;
    const { wide, bias, bytes } = selectorOf(raw.SwitchGetCondition(expr), labels.length);
    const runs = runsOf(positions.map((k) => BigInt.asUintN(8 * bytes, k + bias)));
    this.begins(site);
    this.hold(lib.i64);
    if (!wide) this.hold(lib.i32);
    out.byte(Math.log2(bytes) | (wide ? WIDE_SWITCH : 0));
    out.uleb64(bias);
    out.uleb(runs.length);
    for (const { first, count } of runs) {
      out.uleb64(first);
      out.uleb64(count);
    }
    return true;
  }
}

const ZERO: ValueRange = [0, 0];

function wideAddress(type: Type): number {
  return type === lib.i64 ? WIDE_ADDRESS : 0;
}

/** The value that a br_table tests: `base - bias`, and perhaps only the low half of 64 bits. */
interface Selector {
  wide: boolean;
  bias: bigint;
  bytes: 1 | 2 | 4 | 8;
}

/** Undoes the subtraction of a constant by which compilers make cases begin at 0. */
function selectorOf(condition: Expr, cases: number): Selector {
  const wide = raw.ExpressionGetId(condition) === ID.Unary && raw.UnaryGetOp(condition) === OPERATION.WrapInt64;
  const value = wide ? raw.UnaryGetValue(condition) : condition;
  const { base, bias } = unbiased(value);
  const first = Number(bias);
  return { wide, bias, bytes: bytesFor(rangeOf(base), [first, first + cases - 1], wide ? 8 : 4) };
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
