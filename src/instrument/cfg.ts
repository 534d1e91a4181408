/**
 * The control-flow graph of a function, as far as the choice of sites needs it: one node a basic block, or an edge that
 * was split because its two ends do not determine it.
 */

/** Index of a node; {@link DEAD} where control cannot be. */
export type Node = number;

/** No node: the code here is never executed. */
export const DEAD: Node = -1;

/** A graph that grows in the order of the code. */
export class ControlFlow {
  readonly preds: Node[][] = [];
  readonly succs: Node[][] = [];
  /** Whether the node calls: execution may end there, and the callee may do anything to the cursor. */
  readonly mayLeave: boolean[] = [];
  /** Loop headers: the edges into one from inside the loop come after the one that enters it. */
  readonly isLoop: boolean[] = [];
  /** Of a loop's header, the header of the loop around it. */
  readonly outerLoop: Map<Node, Node> = new Map<Node, Node>();

  /** Adds a node behind those given. @returns DEAD behind dead code only */
  behind(...preds: Node[]): Node {
    for (const pred of preds) if (pred !== DEAD) return this.node(...preds);
    return DEAD;
  }

  /** Adds a node, behind those given if any. */
  node(...preds: Node[]): Node {
    const node = this.preds.length;
    this.preds.push([]);
    this.succs.push([]);
    this.mayLeave.push(false);
    this.isLoop.push(false);
    for (const pred of preds) this.edge(pred, node);
    return node;
  }

  edge(from: Node, to: Node): void {
    if (from === DEAD) return;
    this.preds[to]?.push(from);
    this.succs[from]?.push(to);
  }
}
