/**
 * Where the cursor of a function is valid (assembly/cursor.ts), so that a site can use it as it is, and where it is
 * loaded. A forward data-flow analysis on the graph that the site finder built.
 *
 * - A call may do anything: enable, disable, record, reset. After a call the cursor is stale, as it is at the entry and
 *   in exception handlers, and wherever control may come from such a place.
 * - A site with a hook loads a stale cursor before it uses it, so the cursor is valid afterwards.
 * - Where several such sites follow a call, as in the arms of an `if`, it is loaded once after the call. No path loads
 *   it more often for that: of the sites of such a group, each path from each of the calls reaches one.
 */

import { type ControlFlow, NO_EDGE, type Node } from "./cfg.ts";
import { Places } from "./places.ts";
import type { Site } from "./site.ts";

/** What becomes of the cursor in one function. */
export interface CursorPlan {
  /** For every node, 1 if the cursor is valid where it begins, on every path. */
  readonly valid: Uint8Array;
  /** Nodes after whose last call the cursor is loaded; a node without any is the function's entry. */
  readonly loads: readonly Node[];
}

/** @param sites those with hooks */
export function planCursor(flow: ControlFlow, sites: readonly Site[]): CursorPlan {
  const hooked = new Uint8Array(flow.length);
  for (const { node } of sites) hooked[node] = 1;
  const valid = validCursors(flow, hooked);
  return { valid, loads: new StaleGroups(flow, hooked, valid).load() };
}

/** The cursors that are valid if nothing but sites loads them. */
function validCursors(flow: ControlFlow, hooked: Uint8Array): Uint8Array {
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

/** Places at which the cursor is stale, joined where control goes from one to another: it is valid at all or none. */
class StaleGroups {
  private readonly flow: ControlFlow;
  private readonly hooked: Uint8Array;
  private readonly valid: Uint8Array;
  /** Place k is the beginning of node k; place k + length is its end, if that differs. */
  private readonly places: Places;
  /** By a group's representative: how many places could load the cursor, after which all of the group is valid. */
  private readonly loadCount: Int32Array;
  /** How many sites would use it. */
  private readonly siteCount: Int32Array;
  private readonly flags: Uint8Array;

  constructor(flow: ControlFlow, hooked: Uint8Array, valid: Uint8Array) {
    this.flow = flow;
    this.hooked = hooked;
    this.valid = valid;
    const count = 2 * flow.length;
    this.places = new Places(count);
    this.loadCount = new Int32Array(count);
    this.siteCount = new Int32Array(count);
    this.flags = new Uint8Array(count);
  }

  /** Chooses the groups for which loads are worth it, and marks their nodes as valid. @returns the nodes that load */
  load(): Node[] {
    const { flow, valid } = this;
    for (let node = 0; node < flow.length; node++) this.join(node);
    for (let node = 0; node < flow.length; node++) this.count(node);
    const loads: Node[] = [];
    for (let node = 0; node < flow.length; node++) {
      if (this.loads(node) && this.isWorthLoading(this.endOf(node))) loads.push(node);
      if (!valid[node] && this.isWorthLoading(node)) valid[node] = 1;
    }
    return loads;
  }

  private join(node: Node): void {
    const { flow, places } = this;
    if (!this.isStaleAfter(node)) return;
    for (let edge = flow.firstOutOf(node); edge !== NO_EDGE; edge = flow.nextOutOf(edge)) {
      places.join(this.endOf(node), flow.target(edge));
    }
  }

  private count(node: Node): void {
    const { flow, hooked, valid, places, loadCount, siteCount, flags } = this;
    if (this.loads(node)) increment(loadCount, places.find(this.endOf(node)));
    if (valid[node]) return;
    const group = places.find(node);
    if (hooked[node]) increment(siteCount, group);
    let found = this.isInVain(node) ? IN_VAIN : 0;
    for (let edge = flow.firstInto(node); edge !== NO_EDGE; edge = flow.nextInto(edge)) {
      if (!this.isStaleAfter(flow.source(edge))) found |= PARTLY_VALID;
    }
    flags[group] = (flags[group] ?? 0) | found;
  }

  /** Whether the cursor could be loaded at the end of a node: after a call, or where the function begins. */
  private loads(node: Node): boolean {
    const { flow, hooked } = this;
    const isEntry = node === ENTRY && !hooked[node];
    return (flow.calls(node) || isEntry) && flow.firstOutOf(node) !== NO_EDGE;
  }

  /** Whether a load before a node would be of no use: no site uses it, or it would have to be in a handler. */
  private isInVain(node: Node): boolean {
    const { flow, hooked } = this;
    if (flow.firstInto(node) === NO_EDGE) return node !== ENTRY || hooked[node] === 1 || flow.calls(node);
    return !hooked[node] && (flow.calls(node) || flow.firstOutOf(node) === NO_EDGE);
  }

  private isStaleAfter(node: Node): boolean {
    return this.flow.calls(node) || !(this.hooked[node] || this.valid[node]);
  }

  private endOf(node: Node): number {
    return this.flow.calls(node) ? this.flow.length + node : node;
  }

  /** Whether the group of a place is worth it. A load takes 34 bytes, and saves 25 of the 61 at which a site reloads. */
  private isWorthLoading(place: number): boolean {
    const group = this.places.find(place);
    const [loads, sites, flags] = [this.loadCount[group] ?? 0, this.siteCount[group] ?? 0, this.flags[group] ?? 0];
    if (flags & IN_VAIN) return false;
    return 2 * sites >= 3 * loads || ((flags & PARTLY_VALID) !== 0 && sites >= loads);
  }
}

/** The node with which a function begins. */
const ENTRY: Node = 0;

/** Flag of a group: on some path it would be loaded without any use. */
const IN_VAIN = 1;
/** Flag of a group: on other paths to some of its sites the cursor is valid, and they load it again. */
const PARTLY_VALID = 2;

function increment(counts: Int32Array, k: number): void {
  counts[k] = (counts[k] ?? 0) + 1;
}
