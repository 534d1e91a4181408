/**
 * Where the cursor of a function is valid (assembly/cursor.ts), so that a site can use it as it is, and where it must
 * be loaded first. A forward data-flow analysis on the graph that the site finder built.
 *
 * - A call may do anything: enable, disable, record, reset. After a call the cursor is stale, as it is at the entry and
 *   in exception handlers, and wherever control may come from such a place.
 * - A site with a hook loads a stale cursor before it uses it, so the cursor is valid afterwards.
 */

import { type ControlFlow, NO_EDGE, type Node } from "./cfg.ts";
import type { Site } from "./site.ts";

/** For every node, 1 if the cursor is valid where it begins, on every path. @param sites those with hooks */
export function validCursors(flow: ControlFlow, sites: readonly Site[]): Uint8Array {
  const hooked = new Uint8Array(flow.length);
  for (const { node } of sites) hooked[node] = 1;
  // Assumed for all nodes except the roots, then retracted where it does not hold: a loop must not disprove itself.
  const valid = new Uint8Array(flow.length);
  const stale: Node[] = [];
  for (let node = 0; node < flow.length; node++) {
    if (flow.firstInto(node) !== NO_EDGE) valid[node] = 1;
    if (flow.calls(node) || !(hooked[node] || valid[node])) stale.push(node);
  }
  for (let node = stale.pop(); node !== undefined; node = stale.pop()) {
    for (let edge = flow.firstOutOf(node); edge !== NO_EDGE; edge = flow.nextOutOf(edge)) {
      const next = flow.target(edge);
      if (valid[next] && !hooked[next]) stale.push(next);
      valid[next] = 0;
    }
  }
  return valid;
}
