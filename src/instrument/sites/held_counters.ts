/**
 * Counters that are held in locals while a loop runs (assembly/counters.ts). Their loops call nothing, so that nothing
 * else increments them meanwhile, and are short, so that an increment would wait for the one before it. They contain no
 * other loop, so that a function needs locals for one loop at a time.
 */

import { type ControlFlow, NO_EDGE, type Node } from "./cfg.ts";
import type { FunctionSites, Site } from "./site.ts";

/** How many counters a loop may hold. Loops with more are so long that nothing waits. */
export const MAX_HELD = 4;

/** How many nodes a loop may have. */
const MAX_NODES = 40;

/** The sites of one loop, by the loop's header. Their indices are the numbers of the locals. */
export type HeldCounters = ReadonlyMap<Node, readonly Site[]>;

/** @param hooked those with counters */
export function heldCounters({ flow, loops }: FunctionSites, hooked: readonly Site[]): HeldCounters {
  const held = new Map<Node, Site[]>();
  if (loops.length === 0) return held;
  const headers = new Map<Node, Node>();
  for (const header of loops.byNode().keys()) {
    for (const node of shortLoop(flow, header)) headers.set(node, header);
  }
  for (const site of hooked) {
    const header = headers.get(site.node);
    if (header !== undefined) held.set(header, [...(held.get(header) ?? []), site]);
  }
  for (const [header, { length }] of held) if (length > MAX_HELD) held.delete(header);
  return held;
}

/** The nodes of a loop: those from which its header is reached without leaving it. None if the loop is not as wanted. */
function shortLoop(flow: ControlFlow, header: Node): ReadonlySet<Node> {
  if (flow.calls(header)) return NOTHING;
  const nodes = new Set([header]);
  const pending: Node[] = [];
  const entering = flow.firstInto(header);
  for (let edge = flow.nextInto(entering); edge !== NO_EDGE; edge = flow.nextInto(edge))
    pending.push(flow.source(edge));
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    if (nodes.has(node)) continue;
    if (flow.calls(node) || flow.isLoop(node) || nodes.size === MAX_NODES) return NOTHING;
    nodes.add(node);
    for (let edge = flow.firstInto(node); edge !== NO_EDGE; edge = flow.nextInto(edge)) pending.push(flow.source(edge));
  }
  return nodes.size === 1 && !repeats(flow, header) ? NOTHING : nodes;
}

/** Whether a header is its own successor. */
function repeats(flow: ControlFlow, header: Node): boolean {
  for (let edge = flow.firstOutOf(header); edge !== NO_EDGE; edge = flow.nextOutOf(edge)) {
    if (flow.target(edge) === header) return true;
  }
  return false;
}

const NOTHING: ReadonlySet<Node> = new Set();
