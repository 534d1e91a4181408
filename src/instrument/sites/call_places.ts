/** Where the last call of each node of the control-flow graph has returned, so that code can be put there. */

import type { Node } from "./cfg.ts";
import { Numbers } from "./lists.ts";
import type { TreePlace } from "./tree_walk.ts";

/** The places of one function after the other, in the order of the walk. */
export class CallPlaces {
  private readonly nodes = new Numbers();
  private readonly exprs = new Numbers();
  private readonly parents = new Numbers();
  private readonly slots = new Numbers();
  /** Whether a value of the last call is on the stack. */
  private hasValue = false;

  clear(): void {
    for (const list of [this.nodes, this.exprs, this.parents, this.slots]) list.clear();
    this.hasValue = false;
  }

  /** Adds a call. @param hasValue whether code after it would have to keep its result */
  add(node: Node, place: TreePlace, hasValue: boolean): void {
    if (this.nodes.last !== node) {
      this.nodes.push(node);
      for (const list of [this.exprs, this.parents, this.slots]) list.push(0);
    }
    this.put(place);
    this.hasValue = hasValue;
  }

  /** Tells of a statement without a result: after it the last call of its node has no value on the stack any more. */
  statement(node: Node, place: TreePlace): void {
    if (!this.hasValue || this.nodes.last !== node) return;
    this.put(place);
    this.hasValue = false;
  }

  /** By the nodes, the expressions after which their last calls have returned. */
  places(): ReadonlyMap<Node, TreePlace> {
    const places = new Map<Node, TreePlace>();
    for (let k = 0; k < this.nodes.length; k++) {
      const [expr, parent] = [this.exprs.get(k) >>> 0, this.parents.get(k) >>> 0];
      places.set(this.nodes.get(k), { expr, parent, slot: this.slots.get(k) });
    }
    return places;
  }

  private put({ expr, parent, slot }: TreePlace): void {
    const last = this.nodes.length - 1;
    this.exprs.set(last, expr);
    this.parents.set(last, parent);
    this.slots.set(last, slot);
  }
}
