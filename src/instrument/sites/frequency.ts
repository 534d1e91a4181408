/** How often the nodes of a graph run, estimated from its shape: loops run often, exits from them are rarely taken. */

import { type ControlFlow, NO_EDGE, type Node } from "./cfg.ts";
import { Numbers } from "./lists.ts";

/** How often the body of a loop is assumed to run each time that the loop is entered. */
const ITERATIONS = 8;
/** The weight of an edge that leaves a loop; other edges have 1. */
const LEAVES_LOOP = 1 / ITERATIONS;
/** The weight of an edge to a node where the function ends. */
const ENDS = 1 / 4;
const MAX_FREQUENCY = 1e30;
/** How many nodes are visited to find loops, per node of the graph; deeper nests only get worse estimates. */
const MAX_EFFORT = 64;

/** Estimates the frequencies of one function after the other. */
export class Frequencies {
  private flow!: ControlFlow;
  private depths = new Int32Array(0);
  private marks = new Int32Array(0);
  private frequencies = new Float64Array(0);
  private readonly stack = new Numbers();
  private readonly order = new Numbers();

  /** @returns the frequency of every node; valid until the next function */
  of(flow: ControlFlow): Float64Array {
    this.flow = flow;
    this.depths = new Int32Array(flow.length);
    this.marks = new Int32Array(flow.length).fill(-1);
    this.frequencies = new Float64Array(flow.length);
    this.findLoops();
    this.findOrder();
    this.spread();
    return this.frequencies;
  }

  /** The nodes of a loop are those from which its header is reached without leaving it. */
  private findLoops(): void {
    const { flow, stack, marks, depths } = this;
    let effort = MAX_EFFORT * flow.length;
    for (let header = 0; header < flow.length; header++) {
      if (!flow.isLoop(header)) continue;
      marks[header] = header;
      depths[header] = (depths[header] ?? 0) + 1;
      stack.clear();
      for (let edge = flow.firstBackInto(header); edge !== NO_EDGE; edge = flow.nextInto(edge))
        stack.push(flow.source(edge));
      for (let node = stack.pop(); node !== undefined && effort > 0; node = stack.pop()) {
        if (marks[node] === header) continue;
        effort--;
        marks[node] = header;
        depths[node] = (depths[node] ?? 0) + 1;
        for (let edge = flow.firstInto(node); edge !== NO_EDGE; edge = flow.nextInto(edge))
          stack.push(flow.source(edge));
      }
    }
  }

  /**
   * Finds an order in which every node comes after its predecessors, loops apart: the reverse postorder of a
   * depth-first search.
   */
  private findOrder(): void {
    const { flow, stack, marks, order } = this;
    const [unseen, open, done] = [-2, -3, -4];
    marks.fill(unseen);
    order.clear();
    for (let root = flow.length - 1; root >= 0; root--) {
      if (marks[root] !== unseen || flow.firstInto(root) !== NO_EDGE) continue;
      stack.clear();
      stack.push(root);
      for (let node = stack.last; node !== undefined; node = stack.last) {
        if (marks[node] === unseen) {
          marks[node] = open;
          for (let edge = flow.firstOutOf(node); edge !== NO_EDGE; edge = flow.nextOutOf(edge))
            if (marks[flow.target(edge)] === unseen) stack.push(flow.target(edge));
        } else {
          stack.pop();
          if (marks[node] === open) order.push(node);
          marks[node] = done;
        }
      }
    }
  }

  private spread(): void {
    const { flow, frequencies, order } = this;
    for (let k = order.length - 1; k >= 0; k--) {
      const node = order.get(k);
      let frequency = frequencies[node] ?? 0;
      if (flow.firstInto(node) === NO_EDGE) frequency = node === 0 ? 1 : LEAVES_LOOP;
      if (flow.isLoop(node)) frequency *= ITERATIONS;
      frequencies[node] = Math.min(frequency, MAX_FREQUENCY);
      let total = 0;
      for (let edge = flow.firstOutOf(node); edge !== NO_EDGE; edge = flow.nextOutOf(edge))
        total += this.share(node, flow.target(edge));
      for (let edge = flow.firstOutOf(node); edge !== NO_EDGE; edge = flow.nextOutOf(edge)) {
        const next = flow.target(edge);
        frequencies[next] = (frequencies[next] ?? 0) + (frequency * this.share(node, next)) / total;
      }
    }
  }

  private share(node: Node, next: Node): number {
    const { flow, depths } = this;
    if ((depths[next] ?? 0) < (depths[node] ?? 0)) return LEAVES_LOOP;
    return flow.firstOutOf(next) === NO_EDGE ? ENDS : 1;
  }
}
