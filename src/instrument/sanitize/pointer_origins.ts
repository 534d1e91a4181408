/** Where the addresses in a function's locals come from, as far as allocators are told by it. */

import { type Expr, type Func, type Name, raw } from "../ir/binaryen.ts";
import { childOf, ID, isConst } from "../ir/expressions.ts";
import { accessOf } from "../ir/memory_access.ts";
import { OPERATION } from "../ir/operations.ts";
import { constOf } from "../ir/ranges.ts";
import type { Place } from "../ir/walk.ts";

/** What an expression's value is: `distance` bytes from something. */
export interface Origin {
  readonly from:
    | { readonly kind: "parameter"; readonly index: number }
    | { readonly kind: "result"; readonly of: Name }
    /** From a constant address, or undefined for any other. */
    | { readonly kind: "loaded"; readonly address: number | undefined }
    /** What dlmalloc keeps in front of a block. */
    | { readonly kind: "header"; readonly block: Origin };
  readonly distance: number;
}

/** Dlmalloc keeps a block's size and three bits there. */
const HEADER_DISTANCE = -4;

/** What is known of locals. */
type Known = ReadonlyMap<number, Origin>;

/**
 * Follows locals in the order of the code, as if each loop ran once. Where two ways meet, what is assigned on the one that
 * comes last in the code counts; but not on one that ends elsewhere.
 */
export class PointerOrigins {
  private locals = new Map<number, Origin>();
  private readonly shifts: ReadonlyMap<Name, number>;
  /** What is known at the first branch to each label. */
  private readonly labels = new Map<Name, Known>();
  /** For each `if` around: what is known before its arms, and after the first; undefined: it ends elsewhere. */
  private readonly arms: { before: Known; first: Known | undefined }[] = [];
  /** Control does not come here. */
  private isDead = false;

  /** @param shifts functions that give their only parameter plus a constant */
  constructor(func: Func, shifts: ReadonlyMap<Name, number>) {
    this.shifts = shifts;
    for (let index = 0; index < raw.TypeArity(raw.FunctionGetParams(func)); index++) {
      this.locals.set(index, { from: { kind: "parameter", index }, distance: 0 });
    }
  }

  /** An expression was evaluated. */
  leave({ expr, id, parent, slot }: Place): void {
    if (id === ID.LocalSet) this.assign(expr);
    else if (id === ID.Break) this.branch(raw.BreakGetName(expr), raw.BreakGetCondition(expr) === 0);
    else if (id === ID.Switch) this.switch(expr);
    else if (id === ID.Return || id === ID.Unreachable) this.isDead = true;
    else if (id === ID.Block) this.endBlock(raw.BlockGetName(expr));
    else if (id === ID.If) this.endIf(childOf(expr, 2) !== 0);
    if (parent === 0 || raw.ExpressionGetId(parent) !== ID.If) return;
    if (slot === 0) this.arms.push({ before: new Map(this.locals), first: undefined });
    else if (slot === 1) this.endFirstArm();
  }

  private assign(set: Expr): void {
    const local = raw.LocalSetGetIndex(set);
    const origin = this.of(raw.LocalSetGetValue(set));
    if (origin) this.locals.set(local, origin);
    else this.locals.delete(local);
  }

  private branch(label: Name, always: boolean): void {
    if (!this.isDead && !this.labels.has(label)) this.labels.set(label, new Map(this.locals));
    this.isDead ||= always;
  }

  private switch(expr: Expr): void {
    for (let k = 0; k < raw.SwitchGetNumNames(expr); k++) this.branch(raw.SwitchGetNameAt(expr, k), false);
    this.branch(raw.SwitchGetDefaultName(expr), true);
  }

  private endBlock(label: Name): void {
    const known = label === 0 ? undefined : this.labels.get(label);
    if (this.isDead && known) this.go(known);
  }

  private endFirstArm(): void {
    const arms = this.arms.at(-1);
    if (!arms) return;
    arms.first = this.isDead ? undefined : new Map(this.locals);
    this.go(arms.before);
  }

  private endIf(hasElse: boolean): void {
    const first = this.arms.pop()?.first;
    if (first && (this.isDead || !hasElse)) this.go(first);
  }

  private go(known: Known): void {
    this.locals = new Map(known);
    this.isDead = false;
  }

  /** Of an expression that was just evaluated. */
  of(expr: Expr): Origin | undefined {
    const id = raw.ExpressionGetId(expr);
    if (id === ID.LocalGet) return this.locals.get(raw.LocalGetGetIndex(expr));
    if (id === ID.LocalSet) return this.of(raw.LocalSetGetValue(expr));
    if (id === ID.Binary) return this.ofSum(expr);
    if (id === ID.Call) return this.ofCall(expr);
    if (id === ID.Load) return this.ofLoad(expr);
    if (id !== ID.Block) return undefined;
    const last = raw.BlockGetNumChildren(expr) - 1;
    return last < 0 ? undefined : this.of(raw.BlockGetChildAt(expr, last));
  }

  private ofSum(expr: Expr): Origin | undefined {
    const shift = constantShift(expr);
    return shift === undefined ? undefined : moved(this.of(raw.BinaryGetLeft(expr)), shift);
  }

  private ofCall(expr: Expr): Origin {
    const of = raw.CallGetTarget(expr);
    const shift = this.shifts.get(of);
    const shifted = shift === undefined ? undefined : moved(this.of(raw.CallGetOperandAt(expr, 0)), shift);
    return shifted ?? { from: { kind: "result", of }, distance: 0 };
  }

  private ofLoad(expr: Expr): Origin {
    const pointer = raw.LoadGetPtr(expr);
    const { low } = accessOf(expr);
    const block = this.of(pointer);
    // The three bits alone may be loaded as a byte.
    const isHeader = block !== undefined && block.distance + low === HEADER_DISTANCE;
    if (isHeader) return { from: { kind: "header", block }, distance: 0 };
    const address = isConst(pointer) ? (raw.ConstGetValueI32(pointer) >>> 0) + low : undefined;
    return { from: { kind: "loaded", address }, distance: 0 };
  }
}

/** What an addition or a subtraction adds to its left operand. */
export function constantShift(expr: Expr): number | undefined {
  const op = raw.BinaryGetOp(expr);
  const right = raw.BinaryGetRight(expr);
  if ((op !== OPERATION.SubInt32 && op !== OPERATION.AddInt32) || !isConst(right)) return undefined;
  return Number(constOf(right)) * (op === OPERATION.SubInt32 ? -1 : 1);
}

function moved(origin: Origin | undefined, shift: number): Origin | undefined {
  return origin && { from: origin.from, distance: origin.distance + shift };
}
