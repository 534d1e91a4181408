/** The labels of one function, and the control flow of branches to them. */

import type { Expr, Name } from "../ir/binaryen.ts";
import { type ControlFlow, DEAD, type Node } from "./cfg.ts";
import { Pool } from "./lists.ts";
import type { FrameIndex } from "./offsets.ts";
import type { PcSource } from "./pc_source.ts";

/** A label that may be branched to. */
export interface Label {
  isLoop: boolean;
  /** Header of a loop, or the node where branches to the end of a block meet; DEAD as long as none is live. */
  node: Node;
  isBranchedTo: boolean;
  frame: FrameIndex | undefined;
  /** The last br_table that contains it. */
  brTable: Expr;
}

/** The labels of one function after the other. */
export class Labels {
  private readonly flow: ControlFlow;
  private readonly pcs: PcSource;
  private readonly pool: Pool<Label> = new Pool(noLabel);
  private byName = new Map<Name, Label>();

  constructor(flow: ControlFlow, pcs: PcSource) {
    this.flow = flow;
    this.pcs = pcs;
  }

  /** Begins with another function. */
  clear(): void {
    this.pool.clear();
    this.byName = new Map();
  }

  /** @param node the header of a loop, DEAD for a block */
  add(name: Name, isLoop: boolean, node: Node): void {
    const label = this.pool.take();
    label.isLoop = isLoop;
    label.node = node;
    label.isBranchedTo = false;
    label.frame = undefined;
    label.brTable = 0;
    this.byName.set(name, label);
  }

  get(name: Name): Label | undefined {
    return this.byName.get(name);
  }

  /** Adds control flow from a node to a label, which corresponds to a frame of the original. */
  branch(name: Name, frame: FrameIndex | undefined, from: Node): void {
    const label = this.byName.get(name);
    if (!label) return;
    this.pcs.bind(label, frame);
    label.isBranchedTo = true;
    if (from === DEAD || (label.isLoop && label.node === DEAD)) return;
    if (label.node === DEAD) label.node = this.flow.node();
    this.flow.edge(from, label.node);
  }
}

function noLabel(): Label {
  return { isLoop: false, node: DEAD, isBranchedTo: false, frame: undefined, brTable: 0 };
}
