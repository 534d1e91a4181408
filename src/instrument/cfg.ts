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

  /** Adds a node behind another. @returns DEAD behind dead code */
  behind(pred: Node): Node {
    if (pred === DEAD) return DEAD;
    const node = this.node();
    this.edge(pred, node);
    return node;
  }

  /** Adds a node where ways meet. @returns DEAD where all of them come from dead code */
  join(preds: readonly Node[]): Node {
    const live = preds.filter((pred) => pred !== DEAD);
    if (live.length === 0) return DEAD;
    const node = this.node();
    for (const pred of live) this.edge(pred, node);
    return node;
  }

  /** Adds a node that control comes to in a way that is not in the graph. */
  node(): Node {
    const node = this.preds.length;
    this.preds.push(NONE);
    this.succs.push(NONE);
    this.mayLeave.push(false);
    this.isLoop.push(false);
    return node;
  }

  edge(from: Node, to: Node): void {
    if (from === DEAD) return;
    this.preds[to] = withNode(this.preds[to] ?? NONE, from);
    this.succs[from] = withNode(this.succs[from] ?? NONE, to);
  }
}

const NONE: Node[] = [];

/** A list with one more node. Most have one or two, and none of the room that an array makes with the first push. */
function withNode(nodes: Node[], node: Node): Node[] {
  if (nodes.length === 0) return [node];
  if (nodes.length === 1) return [nodes[0] as Node, node];
  nodes.push(node);
  return nodes;
}
