/**
 * Accesses of memory that never trap: those at constant addresses that are always there, and those at an address whose local
 * was used for an access as far or farther before, and has not changed since. A memory never shrinks.
 *
 * What is known where a node begins is what is known at the ends of all nodes before it; at the head of a loop, of which not
 * all of these are known, what was known before it of locals that are set no more.
 */

import { type Expr, raw } from "../ir/binaryen.ts";
import { ID } from "../ir/expressions.ts";
import { OPERATION } from "../ir/operations.ts";
import { type ControlFlow, DEAD, NO_EDGE, type Node } from "./cfg.ts";
import type { Numbers } from "./lists.ts";

/** That so many bytes from the address in a local on are there, and what is known besides. The first about a local counts. */
interface Fact {
  readonly local: number;
  /** 0: nothing is known of it any more. */
  readonly bytes: number;
  readonly next: Fact | undefined;
}

/** How far facts are looked for: they are lists. */
const MAX_FACTS = 32;

/** Knows which accesses of a function are safe. Functions are looked at one after the other, in the order of execution. */
export class SafeAccesses {
  private readonly memoryBytes: number;
  private readonly knowsLocals: boolean;
  private flow!: ControlFlow;
  /** How often the function sets each local, and how often it did in the code so far. */
  private sets: Numbers | undefined;
  private readonly seen = new Map<number, number>();
  private readonly ends = new Map<Node, Fact | undefined>();
  private node: Node = DEAD;
  private facts: Fact | undefined;

  /**
   * @param memoryBytes below which all addresses of all memories are there
   * @param knowsLocals false where accesses of several memories, or of one of 64 bits, would be taken for each other
   */
  constructor(memoryBytes: number, knowsLocals: boolean) {
    this.memoryBytes = memoryBytes;
    this.knowsLocals = knowsLocals;
  }

  /** Begins with another function. @param sets how often it sets each local; undefined where that is not known */
  begin(flow: ControlFlow, sets: Numbers | undefined): void {
    this.flow = flow;
    this.sets = sets;
    this.seen.clear();
    this.ends.clear();
    this.node = DEAD;
    this.facts = undefined;
  }

  /** Control is in a node now; in none where code is dead. */
  goTo(node: Node): void {
    if (node === this.node) return;
    if (this.node !== DEAD) this.ends.set(this.node, this.facts);
    this.node = node;
    this.facts = node === DEAD ? undefined : this.atBeginning(node);
  }

  /** A local is set in the node at hand. */
  set(local: number): void {
    this.seen.set(local, (this.seen.get(local) ?? 0) + 1);
    if (this.known(this.facts, local) > 0) this.facts = { local, bytes: 0, next: this.facts };
  }

  /** Whether a `load` or a `store` never traps. Afterwards it is known that it did not. */
  isSafe(access: Expr): boolean {
    const isLoad = raw.ExpressionGetId(access) === ID.Load;
    // Those of threads trap where they are not aligned.
    if (isLoad ? raw.LoadIsAtomic(access) : raw.StoreIsAtomic(access)) return false;
    const address = isLoad ? raw.LoadGetPtr(access) : raw.StoreGetPtr(access);
    const offset = (isLoad ? raw.LoadGetOffset(access) : raw.StoreGetOffset(access)) >>> 0;
    const end = offset + (isLoad ? raw.LoadGetBytes(access) : raw.StoreGetBytes(access));
    const id = raw.ExpressionGetId(address);
    // Of a module with addresses of 64 bits no memory is known.
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

  /** Of a local and a constant. That an access there did not trap would tell nothing of the local: sums may wrap. */
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

  /** Code is met in its order: a node before this one that was not gone to has nothing in it. */
  private atEnd(node: Node): Fact | undefined {
    if (!this.ends.has(node)) this.ends.set(node, this.atBeginning(node));
    return this.ends.get(node);
  }

  /** The facts about each local, with what remains of them. */
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

/** Operands of what is stored are looked at no deeper. */
const MAX_DEPTH = 6;

/** Whether an expression may set a local: the address that comes before what is stored is that of before. */
function maySet(expr: Expr, depth: number): boolean {
  const id = raw.ExpressionGetId(expr);
  if (id === ID.Const || id === ID.LocalGet || id === ID.GlobalGet) return false;
  if (depth === 0) return true;
  if (id === ID.Binary)
    return maySet(raw.BinaryGetLeft(expr), depth - 1) || maySet(raw.BinaryGetRight(expr), depth - 1);
  if (id === ID.Unary) return maySet(raw.UnaryGetValue(expr), depth - 1);
  return id !== ID.Load || maySet(raw.LoadGetPtr(expr), depth - 1);
}
