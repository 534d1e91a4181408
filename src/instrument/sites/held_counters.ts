/**
 * Counters that are held in locals while a loop runs (assembly/counters.ts). Their loops call nothing, so that nothing
 * else increments them meanwhile, and are short, so that an increment would wait for the one before it. They contain no
 * other loop, so that a function needs locals for one loop at a time.
 */

import { type ControlFlow, NO_EDGE, type Node } from "./cfg.ts";
import type { Site } from "./site.ts";

/** How many counters a loop may hold. Loops with more are so long that nothing waits. */
export const MAX_HELD = 4;

/** How many nodes a loop may have. */
const MAX_NODES = 40;

/** The sites of one loop, by the loop's header. Their indices are the numbers of the locals. */
export type HeldCounters = ReadonlyMap<Node, readonly Site[]>;

/** @param hooked those with counters */
export function heldCounters(flow: ControlFlow, hooked: readonly Site[]): HeldCounters {
  const held = new Map<Node, Site[]>();
  const headers = new Map<Node, Node>();
  for (let header = 0; header < flow.length; header++) {
    if (!flow.isLoop(header)) continue;
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
  const back = flow.firstBackInto(header);
  if (back === NO_EDGE || flow.calls(header)) return NOTHING;
  const nodes = new Set([header]);
  const pending: Node[] = [];
  for (let edge = back; edge !== NO_EDGE; edge = flow.nextInto(edge)) pending.push(flow.source(edge));
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    if (nodes.has(node)) continue;
    if (flow.calls(node) || flow.isLoop(node) || nodes.size === MAX_NODES) return NOTHING;
    nodes.add(node);
    for (let edge = flow.firstInto(node); edge !== NO_EDGE; edge = flow.nextInto(edge)) pending.push(flow.source(edge));
  }
  return nodes;
}

const NOTHING: ReadonlySet<Node> = new Set();
