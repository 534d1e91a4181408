/**
 * The control-flow graph of a function, as far as the choice of sites needs it. A node is a basic block, or a critical
 * edge that was split.
 */

import { Numbers } from "./lists.ts";

/** Index of a node; {@link DEAD} in unreachable code. */
export type Node = number;

/** Stands for no node: the code is never executed. */
export const DEAD: Node = -1;

/** Index of an edge; {@link NO_EDGE} after the last edge of a node. */
export type Edge = number;

export const NO_EDGE: Edge = -1;

const CALLS = 1;
const IS_LOOP = 2;
const MAY_TRAP = 4;
const MAY_LEAVE = 8;

/** A graph that grows in the order of the code, and is reused for one function after the other. */
export class ControlFlow {
  /** The flags of each node. */
  private readonly flags = new Numbers();
  private readonly outer = new Numbers();
  private readonly firstIn = new Numbers();
  private readonly lastIn = new Numbers();
  private readonly firstOut = new Numbers();
  private readonly lastOut = new Numbers();
  /** Where each edge begins. */
  private readonly sources = new Numbers();
  private readonly targets = new Numbers();
  private readonly nextIn = new Numbers();
  private readonly nextOut = new Numbers();

  clear(): void {
    for (const list of [this.flags, this.outer, this.firstIn, this.lastIn, this.firstOut, this.lastOut]) list.clear();
    for (const list of [this.sources, this.targets, this.nextIn, this.nextOut]) list.clear();
  }

  /** Number of nodes. */
  get length(): number {
    return this.flags.length;
  }

  /** Adds a node after another. @returns DEAD after dead code */
  after(pred: Node): Node {
    if (pred === DEAD) return DEAD;
    const node = this.node();
    this.edge(pred, node);
    return node;
  }

  /** Adds a node without any edge into it so far. */
  node(): Node {
    const node = this.flags.length;
    this.flags.push(0);
    this.outer.push(DEAD);
    this.firstIn.push(NO_EDGE);
    this.lastIn.push(NO_EDGE);
    this.firstOut.push(NO_EDGE);
    this.lastOut.push(NO_EDGE);
    return node;
  }

  edge(from: Node, to: Node): void {
    if (from === DEAD) return;
    const edge = this.sources.length;
    this.sources.push(from);
    this.targets.push(to);
    this.nextIn.push(NO_EDGE);
    this.nextOut.push(NO_EDGE);
    append(edge, to, this.firstIn, this.lastIn, this.nextIn);
    append(edge, from, this.firstOut, this.lastOut, this.nextOut);
  }

  /** The first edge into a node. Edges are in the order in which they were added. */
  firstInto(node: Node): Edge {
    return this.firstIn.get(node);
  }

  nextInto(edge: Edge): Edge {
    return this.nextIn.get(edge);
  }

  /** The first edge into a loop's header from inside the loop; {@link nextInto} leads to the others. */
  firstBackInto(header: Node): Edge {
    const entering = this.firstInto(header);
    return entering === NO_EDGE ? NO_EDGE : this.nextInto(entering);
  }

  /** The first edge out of a node. */
  firstOutOf(node: Node): Edge {
    return this.firstOut.get(node);
  }

  nextOutOf(edge: Edge): Edge {
    return this.nextOut.get(edge);
  }

  source(edge: Edge): Node {
    return this.sources.get(edge);
  }

  target(edge: Edge): Node {
    return this.targets.get(edge);
  }

  /** Marks a node as calling: the callee may do anything to the cursor. @param returns whether it is taken to return */
  addCall(node: Node, returns: boolean): void {
    this.flags.set(node, this.flags.get(node) | (returns ? CALLS : CALLS | MAY_LEAVE));
  }

  /** Marks a node as one in which something may trap. */
  addTrap(node: Node): void {
    this.flags.set(node, this.flags.get(node) | MAY_TRAP);
  }

  /** Whether something in it may trap; only known if that is being determined. */
  mayTrap(node: Node): boolean {
    return (this.flags.get(node) & MAY_TRAP) !== 0;
  }

  calls(node: Node): boolean {
    return (this.flags.get(node) & CALLS) !== 0;
  }

  /** Whether execution may end in it. */
  mayLeave(node: Node): boolean {
    return (this.flags.get(node) & MAY_LEAVE) !== 0;
  }

  /**
   * Marks a node as a loop's header: the edges into it from inside the loop come after the one that enters it.
   *
   * @param outer header of the loop around it; DEAD if there is none
   */
  addLoop(header: Node, outer: Node): void {
    this.flags.set(header, this.flags.get(header) | IS_LOOP);
    this.outer.set(header, outer);
  }

  isLoop(node: Node): boolean {
    return (this.flags.get(node) & IS_LOOP) !== 0;
  }

  /** The header of the loop around the loop with this header; DEAD if there is none. */
  outerLoop(header: Node): Node {
    return this.outer.get(header);
  }
}

/** Appends an edge to a node's list. */
function append(edge: Edge, node: Node, first: Numbers, last: Numbers, next: Numbers): void {
  if (first.get(node) === NO_EDGE) first.set(node, edge);
  else next.set(last.get(node), edge);
  last.set(node, edge);
}
