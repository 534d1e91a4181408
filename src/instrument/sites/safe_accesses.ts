/**
 * Memory accesses that never trap: those at constant addresses that always exist, and those through a local that was
 * used for an access at least as far before, and has not changed since. A memory never shrinks.
 *
 * What is known at the beginning of a node is what is known at the ends of all its predecessors. At the head of a loop,
 * where not all of these have been visited, it is what was known before the loop about locals that are not set any
 * more.
 */

import { type Expr, raw } from "../ir/binaryen.ts";
import { ID } from "../ir/expressions.ts";
import { OPERATION } from "../ir/operations.ts";
import { type ControlFlow, DEAD, NO_EDGE, type Node } from "./cfg.ts";
import type { Numbers } from "./lists.ts";

/** A list of facts that the first `bytes` bytes at a local's address exist. The first fact about a local counts. */
interface Fact {
  readonly local: number;
  /** 0: nothing is known about it any more. */
  readonly bytes: number;
  readonly next: Fact | undefined;
}

/** How far a list of facts is searched. */
const MAX_FACTS = 32;

/** Knows which accesses of a function are safe, for one function after the other, in the order of execution. */
export class SafeAccesses {
  private readonly memoryBytes: number;
  private readonly knowsLocals: boolean;
  private flow!: ControlFlow;
  /** How often the function sets each local, and how often it has set it so far. */
  private sets: Numbers | undefined;
  private readonly seen = new Map<number, number>();
  private readonly ends = new Map<Node, Fact | undefined>();
  private node: Node = DEAD;
  private facts: Fact | undefined;

  /**
   * @param memoryBytes all addresses below this exist in all memories
   * @param knowsLocals false if accesses of several memories, or of a 64-bit one, would be confused with each other
   */
  constructor(memoryBytes: number, knowsLocals: boolean) {
    this.memoryBytes = memoryBytes;
    this.knowsLocals = knowsLocals;
  }

  /** Begins with another function. @param sets how often it sets each local; undefined if that is not known */
  begin(flow: ControlFlow, sets: Numbers | undefined): void {
    this.flow = flow;
    this.sets = sets;
    this.seen.clear();
    this.ends.clear();
    this.node = DEAD;
    this.facts = undefined;
  }

  /** Continues in a node; DEAD in unreachable code. */
  goTo(node: Node): void {
    if (node === this.node) return;
    if (this.node !== DEAD) this.ends.set(this.node, this.facts);
    this.node = node;
    this.facts = node === DEAD ? undefined : this.atBeginning(node);
  }

  /** A local is set in the current node. */
  set(local: number): void {
    this.seen.set(local, (this.seen.get(local) ?? 0) + 1);
    if (this.known(this.facts, local) > 0) this.facts = { local, bytes: 0, next: this.facts };
  }

  /** Whether a `load` or a `store` never traps. After it, it is known that it did not trap. */
  isSafe(access: Expr): boolean {
    const isLoad = raw.ExpressionGetId(access) === ID.Load;
    // Atomic accesses trap if they are not aligned.
    if (isLoad ? raw.LoadIsAtomic(access) : raw.StoreIsAtomic(access)) return false;
    const address = isLoad ? raw.LoadGetPtr(access) : raw.StoreGetPtr(access);
    const offset = (isLoad ? raw.LoadGetOffset(access) : raw.StoreGetOffset(access)) >>> 0;
    const end = offset + (isLoad ? raw.LoadGetBytes(access) : raw.StoreGetBytes(access));
    const id = raw.ExpressionGetId(address);
    // `memoryBytes` is 0 for a module with 64-bit addresses.
    if (id === ID.Const && this.memoryBytes > 0) return (raw.ConstGetValueI32(address) >>> 0) + end <= this.memoryBytes;
    if (!this.knowsLocals || (!isLoad && maySet(raw.StoreGetValue(access), MAX_DEPTH))) return false;
    if (id === ID.LocalGet) return this.isKnown(raw.LocalGetGetIndex(address), end);
    if (id === ID.LocalSet) return this.isKnown(raw.LocalSetGetIndex(address), end);
    return id === ID.Binary && this.isKnownSum(address, end);
  }

  private isKnown(local: number, end: number): boolean {
    if (this.known(this.facts, local) >= end) return true;
    this.facts = { local, bytes: end, next: this.facts };
    return false;
  }

  /** For a local plus a constant. That an access there did not trap says nothing about the local: sums may wrap. */
  private isKnownSum(sum: Expr, end: number): boolean {
    if (raw.BinaryGetOp(sum) !== OPERATION.AddInt32) return false;
    const [left, right] = [raw.BinaryGetLeft(sum), raw.BinaryGetRight(sum)];
    if (raw.ExpressionGetId(left) !== ID.LocalGet || raw.ExpressionGetId(right) !== ID.Const) return false;
    return this.known(this.facts, raw.LocalGetGetIndex(left)) >= (raw.ConstGetValueI32(right) >>> 0) + end;
  }

  private known(facts: Fact | undefined, local: number): number {
    let left = MAX_FACTS;
    for (let fact = facts; fact !== undefined && left > 0; fact = fact.next, left--) {
      if (fact.local === local) return fact.bytes;
    }
    return 0;
  }

  private atBeginning(node: Node): Fact | undefined {
    const { flow } = this;
    const edge = flow.firstInto(node);
    if (edge === NO_EDGE) return undefined;
    const first = this.atEnd(flow.source(edge));
    if (flow.isLoop(node)) return this.filter(first, ({ local, bytes }) => (this.isSetNoMore(local) ? bytes : 0));
    const others: (Fact | undefined)[] = [];
    for (let next = flow.nextInto(edge); next !== NO_EDGE; next = flow.nextInto(next)) {
      if (others.length === MAX_FACTS) return undefined;
      others.push(this.atEnd(flow.source(next)));
    }
    if (others.length === 0) return first;
    return this.filter(first, ({ local, bytes }) =>
      others.reduce((least, facts) => Math.min(least, this.known(facts, local)), bytes),
    );
  }

  /** What is known at the end of a node. Code is visited in order: an earlier node that was not visited is empty. */
  private atEnd(node: Node): Fact | undefined {
    if (!this.ends.has(node)) this.ends.set(node, this.atBeginning(node));
    return this.ends.get(node);
  }

  /** The facts about each local, reduced to the bytes that `remains` returns. */
  private filter(facts: Fact | undefined, remains: (fact: Fact) => number): Fact | undefined {
    const met = new Set<number>();
    let result: Fact | undefined;
    for (let fact = facts; fact !== undefined && met.size < MAX_FACTS; fact = fact.next) {
      if (met.has(fact.local)) continue;
      met.add(fact.local);
      const bytes = remains(fact);
      if (bytes > 0) result = { local: fact.local, bytes, next: result };
    }
    return result;
  }

  private isSetNoMore(local: number): boolean {
    return this.sets !== undefined && (this.sets.at(local) ?? 0) === (this.seen.get(local) ?? 0);
  }
}

/** How deep the operands of a stored value are searched. */
const MAX_DEPTH = 6;

/** Whether an expression may set a local: a store's address is evaluated before its value. */
function maySet(expr: Expr, depth: number): boolean {
  const id = raw.ExpressionGetId(expr);
  if (id === ID.Const || id === ID.LocalGet || id === ID.GlobalGet) return false;
  if (depth === 0) return true;
  if (id === ID.Binary)
    return maySet(raw.BinaryGetLeft(expr), depth - 1) || maySet(raw.BinaryGetRight(expr), depth - 1);
  if (id === ID.Unary) return maySet(raw.UnaryGetValue(expr), depth - 1);
  return id !== ID.Load || maySet(raw.LoadGetPtr(expr), depth - 1);
}
