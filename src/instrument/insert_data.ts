/** What is inserted for the sites that record values: operands are evaluated once, in order, then the hook runs. */

import type { HookName } from "../abi/hooks.ts";
import { KCOV_CMP_CONST, KCOV_CMP_SIZE1, KCOV_CMP_SIZE2, KCOV_CMP_SIZE4, KCOV_CMP_SIZE8 } from "../abi/kcov.ts";
import { type Expr, lib, raw } from "./binaryen.ts";
import { childOf, ID, isConst, isInteger, setChildAt } from "./expressions.ts";
import { type Operand, replace } from "./ir.ts";
import { accessOf } from "./memory_access.ts";
import { OPERATION } from "./operations.ts";
import { bytesFor, constOf, rangeOf } from "./ranges.ts";
import type { Site } from "./sites.ts";
import type { Target } from "./target.ts";

/** Changes the code at one site. */
export type Insertion = (target: Target) => void;

/**
 * Looks at a site while nothing of its function has been changed.
 *
 * @returns undefined for a site with nothing to tell: a comparison of constants, a division by one
 */
export function planData(site: Site): Insertion | undefined {
  return PLANS[site.kind]?.(site);
}

type Plan = (site: Site) => Insertion | undefined;

const PLANS: Partial<Record<Site["kind"], Plan>> = {
  cmp: planComparison,
  div: planDivision,
  load: (site) => planAccess(site, "load"),
  store: (site) => planAccess(site, "store"),
  switch: planSwitch,
  "indirect-call": (site) => (target) => insertIndirectCall(target, site),
  "stack-depth": (site) => (target) => insertStackDepth(target, site),
};

/**
 * Comparisons are recorded in their own width, or in one or two bytes where all values of both operands fit. `eqz` of a
 * number is a comparison with 0.
 */
function planComparison(site: Site): Insertion | undefined {
  const { expr } = site;
  const values = raw.ExpressionGetId(expr) === ID.Unary ? [childOf(expr, 0)] : [childOf(expr, 0), childOf(expr, 1)];
  if (values.every(isConst)) return undefined;
  const type = raw.ExpressionGetType(values[0] ?? 0);
  const bytes = bytesFor(values.map(rangeOf), type === lib.i64 ? 8 : 4);
  return (target) => {
    const { before, operands } = holdChildren(target, site);
    const [left, right = { type, const: 0n }] = operands;
    if (!left) return;
    const [first, second] = "const" in right ? [right, left] : [left, right];
    const constant = "const" in first;
    const hook = `__sanitizer_cov_trace_${constant ? "const_" : ""}cmp${bytes}` as HookName;
    const call = target.call(hook, site, narrowed(first, bytes), narrowed(second, bytes));
    replaceBy(target, site, [...before, call, expr]);
  };
}

/** The hooks for less than eight bytes take i32. */
function narrowed(operand: Operand, bytes: number): Operand {
  if (operand.type !== lib.i64 || bytes === 8) return operand;
  return "const" in operand ? { type: lib.i32, const: operand.const } : { type: lib.i32, wrap: operand };
}

/** The divisor. */
function planDivision(site: Site): Insertion | undefined {
  const { expr } = site;
  if (isConst(raw.BinaryGetRight(expr))) return undefined;
  const hook = raw.ExpressionGetType(expr) === lib.i64 ? "__sanitizer_cov_trace_div8" : "__sanitizer_cov_trace_div4";
  return (target) => {
    const { before, operands } = holdChildren(target, site);
    const [, divisor] = operands;
    if (divisor) replaceBy(target, site, [...before, target.call(hook, site, divisor), expr]);
  };
}

/** Loads and stores: the address, with the constant offset, when all operands are there. */
function planAccess(site: Site, kind: "load" | "store"): Insertion {
  const { bytes, offset } = accessOf(site.expr);
  const hook: HookName = `__sanitizer_cov_${kind}${bytes}`;
  return (target) => {
    const { before, operands } = holdChildren(target, site);
    const [pointer] = operands;
    if (!pointer) return;
    const address: Operand = pointer.type === lib.i64 ? pointer : { type: lib.i64, wide: pointer };
    const call = target.call(hook, site, { type: lib.i64, base: address, plus: offset });
    replaceBy(target, site, [...before, call, site.expr]);
  };
}

/**
 * An indirect call only knows a reference, from which WebAssembly code cannot tell the function. So the call leaves its
 * pc in a global, and the function that is entered next takes it and reports itself (see `announceCallee`). What is
 * still there when the call returns was left by a function that does not report: one of the host or another module.
 */
function insertIndirectCall(target: Target, site: Site): void {
  const { ir, pending } = target;
  const { expr } = site;
  const last = lastChild(expr);
  const callee = childOf(expr, last);
  const type = raw.ExpressionGetType(callee);
  const local = target.locals.temporary(type, "callee", site.depth);
  const leave = raw.GlobalSet(ir.module, pending, ir.operand(target.pcOf(site)));
  setChildAt(expr, last, ir.sequence(type, ir.set(local, callee), leave, ir.get(local, type)));
  if (raw.ExpressionGetType(expr) === lib.unreachable) return;
  const unknown: Operand = { type: lib.i64, const: 0xffff_ffff_ffff_ffffn };
  const report = target.takePending((pc) => target.callAt("__sanitizer_cov_trace_pc_indir", pc, unknown));
  replaceBy(target, site, valueThen(target, expr, report));
}

function lastChild(call: Expr): number {
  const indirect = raw.ExpressionGetId(call) === ID.CallIndirect;
  return indirect ? raw.CallIndirectGetNumOperands(call) : raw.CallRefGetNumOperands(call);
}

/** A value, and code behind it. */
function valueThen(target: Target, value: Expr, code: Expr): Expr[] {
  const type = raw.ExpressionGetType(value);
  if (type === lib.none) return [value, code];
  const local = target.locals.temporary(type, "value");
  return [target.ir.set(local, value), code, target.ir.get(local, type)];
}

/** The stack pointer, when the function has set it. */
function insertStackDepth(target: Target, site: Site): void {
  const { before, operands } = holdChildren(target, site);
  const [pointer] = operands;
  if (!pointer) return;
  const wide: Operand = pointer.type === lib.i64 ? pointer : { type: lib.i64, wide: pointer };
  replaceBy(target, site, [...before, site.expr, target.call("__sanitizer_cov_stack_depth", site, wide)]);
}

/** Operands of an expression, evaluated in order, and code that does so. */
interface Held {
  before: Expr[];
  /** Undefined for a constant that no hook takes. */
  operands: (Operand | undefined)[];
}

/**
 * Makes an expression take its operands from temporaries. A constant stays, and so does the read of a local that
 * nothing behind it can assign.
 */
function holdChildren(target: Target, { expr, depth }: Site): Held {
  const { ir, locals } = target;
  const count = raw.ExpressionGetId(expr) === ID.Binary || childOf(expr, 1) !== 0 ? 2 : 1;
  const held: Held = { before: [], operands: [] };
  for (let k = 0; k < count; k++) {
    const value = childOf(expr, k);
    const type = raw.ExpressionGetType(value);
    const settled = k + 1 === count || isSettled(childOf(expr, k + 1));
    if (isConst(value)) held.operands.push(isInteger(type) ? { type, const: constOf(value) } : undefined);
    else if (settled && raw.ExpressionGetId(value) === ID.LocalGet) {
      held.operands.push({ type, local: raw.LocalGetGetIndex(value) });
    } else {
      const local = locals.temporary(type, k === 0 ? "first" : "second", depth);
      held.before.push(ir.set(local, value));
      setChildAt(expr, k, ir.get(local, type));
      held.operands.push({ type, local });
    }
  }
  return held;
}

/** An expression that assigns nothing. */
function isSettled(value: Expr): boolean {
  return isConst(value) || raw.ExpressionGetId(value) === ID.LocalGet;
}

function replaceBy(target: Target, site: Site, code: readonly Expr[]): void {
  replace(target.func, site, target.ir.sequence(raw.ExpressionGetType(site.expr), ...code));
}

/** What a br_table looks at: `base - bias`, and perhaps the low half of 64 bits. */
interface Selector {
  wide: boolean;
  bias: bigint;
  bytes: 1 | 2 | 4 | 8;
}

/** A switch that was lowered to a br_table: its cases are the labels that differ from the default's. */
function planSwitch(site: Site): Insertion | undefined {
  const labels = Array.from({ length: raw.SwitchGetNumNames(site.expr) }, (_, k) => raw.SwitchGetNameAt(site.expr, k));
  const other = raw.SwitchGetDefaultName(site.expr);
  const positions = labels.flatMap((label, k) => (label === other ? [] : [BigInt(k)]));
  if (positions.length === 0) return undefined;
  const selector = selectorOf(raw.SwitchGetCondition(site.expr), BigInt(labels.length));
  const bits = 8 * selector.bytes;
  const runs = runsOf(positions.map((k) => BigInt.asUintN(bits, k + selector.bias)));
  return (target) => insertSwitch(target, site, selector, runs);
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

function insertSwitch(
  target: Target,
  site: Site,
  { wide, bias, bytes }: Selector,
  runs: readonly { first: bigint; count: bigint }[],
): void {
  const { ir, locals } = target;
  const condition = raw.SwitchGetCondition(site.expr);
  const biased = wide ? raw.UnaryGetValue(condition) : condition;
  const type = wide ? lib.i64 : lib.i32;
  const local = locals.temporary(type, "biased", site.depth);
  const value = locals.temporary(lib.i64, "switch", site.depth);
  const calls = runs.map(({ first, count }) => {
    const words = [first, count, TYPE_OF[bytes]].map((word): Operand => ({ type: lib.i64, const: word }));
    return target.call("__sanitizer_cov_trace_switch_range", site, { type: lib.i64, local: value }, ...words);
  });
  if (wide) raw.UnarySetValue(condition, ir.get(local, type));
  const selector = wide ? condition : ir.get(local, type);
  const original: Operand = { type, base: { type, local }, plus: bias };
  const widened: Operand = wide ? original : { type: lib.i64, wide: original };
  const bits = BigInt(8 * bytes);
  const masked = bytes < 4 ? target.ir.mask(ir.operand(widened), (1n << bits) - 1n) : ir.operand(widened);
  const code = [ir.set(local, biased), ir.set(value, masked), ...calls, selector];
  raw.SwitchSetCondition(site.expr, ir.sequence(lib.i32, ...code));
}

/** Types of the constant comparisons that a switch is recorded as. */
const TYPE_OF: Readonly<Record<1 | 2 | 4 | 8, bigint>> = {
  1: BigInt(KCOV_CMP_SIZE1 | KCOV_CMP_CONST),
  2: BigInt(KCOV_CMP_SIZE2 | KCOV_CMP_CONST),
  4: BigInt(KCOV_CMP_SIZE4 | KCOV_CMP_CONST),
  8: BigInt(KCOV_CMP_SIZE8 | KCOV_CMP_CONST),
};
