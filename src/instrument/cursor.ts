/**
 * Where the cursor of a function is valid (assembly/cursor.ts): what a site may use as it is, and where it must be loaded
 * first. A forward analysis on the graph that the sites were found with.
 *
 * - A call may do anything: enable, disable, record, reset. Behind one the cursor is stale, and so it is at the entry, in
 *   handlers of exceptions, and wherever control may come from such a place.
 * - A site with a hook loads a stale cursor before it uses it, so it leaves a valid one behind.
 */

import type { ControlFlow, Node } from "./cfg.ts";
import type { Site } from "./sites.ts";

/** For every node, whether the cursor is valid where it begins, whatever the way there. @param sites those with hooks */
export function validCursors(flow: ControlFlow, sites: readonly Site[]): readonly boolean[] {
  const { preds, succs, mayLeave } = flow;
  const hooked = preds.map(() => false);
  for (const { node } of sites) hooked[node] = true;
  // Assumed of all but the roots, then taken back where it does not hold: a loop must not disprove itself.
  const valid = preds.map((before) => before.length > 0);
  const validBehind = (node: Node): boolean => !mayLeave[node] && (hooked[node] || valid[node] === true);
  const queue = preds.map((_, node) => node);
  for (let node = queue.pop(); node !== undefined; node = queue.pop()) {
    if (!valid[node] || preds[node]?.every(validBehind)) continue;
    valid[node] = false;
    queue.push(...(succs[node] ?? []));
  }
  return valid;
}
