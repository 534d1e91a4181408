/** Places in the tree that belong to nodes of the control-flow graph, so that code can be put there. */

import type { Node } from "./cfg.ts";
import { Numbers } from "./lists.ts";
import type { TreePlace } from "./tree_walk.ts";

/** Places of one function after the other, in the order of the walk. */
export class NodePlaces {
  private readonly nodes = new Numbers();
  private readonly exprs = new Numbers();
  private readonly parents = new Numbers();
  private readonly slots = new Numbers();

  clear(): void {
    for (const list of [this.nodes, this.exprs, this.parents, this.slots]) list.clear();
  }

  /** The node to which the last place belongs. */
  get last(): Node | undefined {
    return this.nodes.last;
  }

  add(node: Node, { expr, parent, slot }: TreePlace): void {
    this.nodes.push(node);
    this.exprs.push(expr);
    this.parents.push(parent);
    this.slots.push(slot);
  }

  /** Replaces the last place. */
  replaceLast({ expr, parent, slot }: TreePlace): void {
    const last = this.nodes.length - 1;
    this.exprs.set(last, expr);
    this.parents.set(last, parent);
    this.slots.set(last, slot);
  }

  /** The places by their nodes; of several the last one. */
  byNode(): ReadonlyMap<Node, TreePlace> {
    const places = new Map<Node, TreePlace>();
    for (let k = 0; k < this.nodes.length; k++) {
      const [expr, parent] = [this.exprs.get(k) >>> 0, this.parents.get(k) >>> 0];
      places.set(this.nodes.get(k), { expr, parent, slot: this.slots.get(k) });
    }
    return places;
  }
}

/** The expressions after which the last call of each node has returned. */
export class CallPlaces extends NodePlaces {
  /** Whether a value of the last call is on the stack. */
  private hasValue = false;

  override clear(): void {
    super.clear();
    this.hasValue = false;
  }

  /** Adds a call. @param hasValue whether code after it would have to keep its result */
  call(node: Node, place: TreePlace, hasValue: boolean): void {
    if (this.last === node) this.replaceLast(place);
    else this.add(node, place);
    this.hasValue = hasValue;
  }

  /** Whether the last call is of this node, and its value is on the stack. */
  isPending(node: Node): boolean {
    return this.hasValue && this.last === node;
  }

  /** Tells of a statement without a result in the node of a pending call, after which no value is on the stack. */
  statement(place: TreePlace): void {
    this.replaceLast(place);
    this.hasValue = false;
  }
}
