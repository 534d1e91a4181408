/**
 * Which accesses of a function must be checked: all that are not known to be valid. Known to be valid is what was
 * checked before on every path, with nothing in between that may have freed it; what lies in the function's own frame;
 * and static data.
 */

import { type Expr, type Func, lib, type Name, raw, type Type } from "../ir/binaryen.ts";
import { childCount, childOf, ID, shapeOf, UnknownExpression } from "../ir/expressions.ts";
import { catchClauses } from "../ir/heap_layout.ts";
import { accessOf } from "../ir/memory_access.ts";
import type { Check } from "./check_notes.ts";
import { Facts } from "./facts.ts";
import { type FunctionEffects, mayFree } from "./loop_effects.ts";
import { addressExtent } from "./static_access.ts";

/** What is known before a function is examined. */
export interface FunctionContext {
  readonly effects: FunctionEffects;
  /** Functions that free nothing. */
  readonly harmless: ReadonlySet<Name>;
  /** Locals that hold the address of the function's frame, and the size of that in bytes. */
  readonly frames: ReadonlyMap<number, number>;
  /** The range of addresses that are always valid. */
  readonly staticStart: number;
  readonly staticEnd: number;
}

/** @returns the checks to make, by instruction */
export function findAccesses(func: Func, context: FunctionContext): Map<Expr, Check> {
  return new AccessFinder(context).find(func);
}

interface Ancestor {
  readonly expr: Expr;
  readonly id: number;
  readonly count: number;
  next: number;
  /** For an `if`: what is known before its arms, and later after the first one. */
  facts: Facts | undefined;
  /** For an access: the local from which its address came, and how often that had been assigned by then. */
  local: number;
  version: number;
}

/** The facts at a point; undefined in unreachable code. */
type State = Facts | undefined;

class AccessFinder {
  private readonly context: FunctionContext;
  private readonly checks = new Map<Expr, Check>();
  private readonly stack: Ancestor[] = [];
  private readonly versions = new Map<number, number>();
  /** What is known at all branches to a label so far. */
  private readonly labels = new Map<Name, State>();
  private facts: State = new Facts();

  constructor(context: FunctionContext) {
    this.context = context;
  }

  find(func: Func): Map<Expr, Check> {
    this.open(raw.FunctionGetBody(func));
    for (let top = this.stack.at(-1); top; top = this.stack.at(-1)) {
      if (top.next === top.count) {
        this.stack.pop();
        this.leave(top);
        continue;
      }
      const k = top.next++;
      this.beforeChild(top, k);
      const child = childOf(top.expr, k);
      if (child !== 0) this.open(child);
    }
    return this.checks;
  }

  private open(expr: Expr): void {
    const id = raw.ExpressionGetId(expr);
    const shape = shapeOf(id);
    if (!shape) throw new UnknownExpression(id);
    this.stack.push({ expr, id, count: childCount(shape, expr), next: 0, facts: undefined, local: -1, version: 0 });
    if (id === ID.Loop) this.enterLoop(expr);
    else if (id === ID.Try || id === ID.TryTable) this.facts?.forgetAll();
  }

  /** What is known before a loop is also known inside it, as far as nothing in the loop changes it. */
  private enterLoop(loop: Expr): void {
    const effects = this.context.effects.loops.get(loop);
    if (!effects || effects.mayFree) this.facts?.forgetAll();
    for (const local of effects?.assigned ?? []) this.facts?.forget(local);
  }

  private beforeChild(top: Ancestor, k: number): void {
    if (top.id === ID.If && k === 1) top.facts = this.facts?.copy();
    else if (top.id === ID.If && k === 2) [top.facts, this.facts] = [this.facts, top.facts];
    else if (top.id === ID.Try && k > 0) this.facts = new Facts();
    else if (k === 1) this.noteAddress(top);
  }

  /** Called when the first operand of an access was evaluated: others may assign the local from which it came. */
  private noteAddress(top: Ancestor): void {
    top.local = localOf(childOf(top.expr, 0));
    top.version = this.versions.get(top.local) ?? 0;
  }

  private leave(top: Ancestor): void {
    const { expr, id } = top;
    if (top.count === 1) this.noteAddress(top);
    if (id === ID.LocalSet) this.assign(raw.LocalSetGetIndex(expr));
    else if (mayFree(expr, id, this.context.harmless)) this.call(expr);
    else if (id === ID.Block) this.endBlock(expr);
    else if (id === ID.If) this.endIf(top);
    else if (id === ID.Break) this.branch(raw.BreakGetName(expr), raw.BreakGetCondition(expr) === 0);
    else if (id === ID.Switch) this.endSwitch(expr);
    else if (id === ID.BrOn) this.branch(raw.BrOnGetName(expr), false);
    else if (id === ID.Return || id === ID.Unreachable || THROWS.has(id)) this.facts = undefined;
    else if (id === ID.Try || id === ID.TryTable) this.endTry(expr, id);
    else if (RANGES.has(id)) this.checks.set(expr, RANGES.get(id) as Check);
    else if (ACCESSES.has(id)) this.access(top, (ACCESSES.get(id) as Describe)(expr));
  }

  private assign(local: number): void {
    this.versions.set(local, (this.versions.get(local) ?? 0) + 1);
    this.facts?.forget(local);
  }

  private call(expr: Expr): void {
    if (raw.ExpressionGetType(expr) === lib.unreachable) this.facts = undefined;
    else this.facts?.forgetAll();
  }

  private endBlock(block: Expr): void {
    const name = raw.BlockGetName(block);
    if (name !== 0 && this.labels.has(name)) this.facts = meet(this.facts, this.labels.get(name));
  }

  /** If there is no `else`, what was known before the arm is known on the path around it. */
  private endIf({ facts }: Ancestor): void {
    this.facts = meet(this.facts, facts);
  }

  private branch(label: Name, always: boolean): void {
    // A branch to a loop goes to a point at which nothing is known that the loop changes.
    this.labels.set(label, this.labels.has(label) ? meet(this.labels.get(label), this.facts) : this.facts?.copy());
    if (always) this.facts = undefined;
  }

  private endSwitch(expr: Expr): void {
    for (let k = 0; k < raw.SwitchGetNumNames(expr); k++) this.branch(raw.SwitchGetNameAt(expr, k), false);
    this.branch(raw.SwitchGetDefaultName(expr), true);
  }

  /** An exception may come from anywhere, so nothing is known in handlers. */
  private endTry(expr: Expr, id: number): void {
    this.facts = new Facts();
    if (id !== ID.TryTable) return;
    const clauses = catchClauses();
    for (let k = 0; k < clauses.count(expr); k++) this.labels.set(clauses.dest(expr, k), new Facts());
  }

  private access({ expr, local, version }: Ancestor, access: Described): void {
    const { offset } = access;
    const isWord = access.bytes === 4 || access.bytes === 8;
    const bytes = this.context.effects.readsWords && isWord && !access.writes ? 1 : access.bytes;
    const pointer = childOf(expr, 0);
    if (offset > MAX_OFFSET) return;
    const extent = addressExtent(pointer, this.context.effects.greatest);
    const { staticStart, staticEnd } = this.context;
    if (extent && extent[0] + offset >= staticStart && extent[1] + offset + bytes <= staticEnd) return;
    const low = offset;
    const isKnown = local >= 0 && version === (this.versions.get(local) ?? 0);
    if (isKnown) {
      const frame = this.context.frames.get(local);
      if (frame !== undefined && low + bytes <= frame) return;
      if (this.facts?.covers(local, low, low + bytes)) return;
      this.facts?.add(local, low, low + bytes);
    }
    this.checks.set(expr, { kind: "access", ...access, bytes });
  }
}

/** The local from which an expression gets its value; -1 for any other expression. */
function localOf(expr: Expr): number {
  const id = expr === 0 ? 0 : raw.ExpressionGetId(expr);
  if (id === ID.LocalGet) return raw.LocalGetGetIndex(expr);
  return id === ID.LocalSet ? raw.LocalSetGetIndex(expr) : -1;
}

function meet(a: State, b: State): State {
  if (a === undefined) return b?.copy();
  return b === undefined ? a : a.and(b);
}

/** An access without its address. */
interface Described {
  readonly writes: boolean;
  readonly aligned: boolean;
  readonly offset: number;
  readonly bytes: number;
  readonly above: readonly Type[];
}

type Describe = (expr: Expr) => Described;

/** No memory extends beyond this: an access with a larger offset traps. */
const MAX_OFFSET = 0xffff_ff00;

const THROWS: ReadonlySet<number> = new Set([ID.Throw, ID.Rethrow, ID.ThrowRef]);

const ACCESSES: ReadonlyMap<number, Describe> = new Map<number, Describe>([
  [ID.Load, (expr) => plain(expr, false, raw.LoadGetAlign(expr))],
  [ID.Store, (expr) => plain(expr, true, raw.StoreGetAlign(expr))],
  [ID.SIMDLoad, (expr) => plain(expr, false, 1)],
  [ID.SIMDLoadStoreLane, (expr) => plain(expr, raw.SIMDLoadStoreLaneIsStore(expr) !== 0, 1)],
  [ID.AtomicRMW, (expr) => atomic(expr, true, raw.AtomicRMWGetBytes(expr), raw.AtomicRMWGetOffset(expr))],
  [ID.AtomicCmpxchg, (expr) => atomic(expr, true, raw.AtomicCmpxchgGetBytes(expr), raw.AtomicCmpxchgGetOffset(expr))],
]);

const RANGES: ReadonlyMap<number, Check> = new Map<number, Check>([
  [ID.MemoryFill, { kind: "range", writes: true, reads: false }],
  [ID.MemoryCopy, { kind: "range", writes: true, reads: true }],
  [ID.MemoryInit, { kind: "range", writes: true, reads: false }],
]);

function plain(expr: Expr, writes: boolean, alignment: number): Described {
  const { bytes, low } = accessOf(expr);
  // An access that is aligned to its size does not cross a boundary of 8 bytes. An alignment of 0 is the natural one.
  const aligned = bytes <= 8 && (alignment === 0 || alignment >= bytes);
  return { writes, aligned, offset: low, bytes, above: above(expr) };
}

function atomic(expr: Expr, writes: boolean, bytes: number, offset: number): Described {
  return { writes, aligned: true, offset: offset >>> 0, bytes, above: above(expr) };
}

function above(expr: Expr): Type[] {
  const shape = shapeOf(raw.ExpressionGetId(expr));
  const types: Type[] = [];
  for (let k = 1; shape && k < childCount(shape, expr); k++) types.push(raw.ExpressionGetType(childOf(expr, k)));
  return types;
}
