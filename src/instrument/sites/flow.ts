/**
 * Which sites need no counter because their counts follow from those of others by flow conservation: what enters a
 * place leaves it.
 *
 * Each node of the control-flow graph becomes an arc, from the place where control enters it to the place where control
 * leaves it; places are where ends of nodes meet beginnings of others. At every place the arcs that end there together
 * run as often as those that begin there, so an arc needs no counter if all others at its place are known. The arcs
 * that can do without at the same time form a spanning tree; the best one is the tree of the arcs that run most often
 * (Knuth and Stevenson 1973; Ball and Larus 1994).
 *
 * A node that may be left in the middle does not run to its end as often as it begins. Its arc goes from the place
 * before it to the outside, and another arc, which nothing counts, from the outside to the place after it.
 *
 * - Counts consider that calls may not return, unless an option says that they do: exceptions and exits are common. They
 *   do not consider traps, which are rare, while every load may trap. A derived count may be off by one for each call of
 *   the function that trapped.
 * - Hits consider traps too, and are right however a run ends. They do not subtract: an arc needs no flag only if it is
 *   the only one that ends, or begins, at its place; it has run iff one of the others there has. So some sites whose
 *   counts follow from others have a counter anyway, which only says that they were executed: that takes one
 *   instruction, while counting takes three.
 *
 * At the head of a loop, where a thread may be terminated, only the loop itself can go uncounted: it was reached if one
 * of the ways to it was.
 */

import { type ControlFlow, NO_EDGE, type Node } from "./cfg.ts";
import { Frequencies } from "./frequency.ts";
import { Places } from "./places.ts";
import type { Site } from "./site.ts";

/** Chooses the counters of one function after the other. */
export class FlowPruner {
  private readonly counts: boolean;
  private readonly frequencies = new Frequencies();

  /** @param counts false if only flags are wanted */
  constructor(counts: boolean) {
    this.counts = counts;
  }

  /** Sets `follows` of each site that needs no counter, or only a flag. */
  prune(selected: readonly Site[], flow: ControlFlow): void {
    if (selected.length < 2) return;
    const frequencies = this.frequencies.of(flow);
    const costOf = ({ node, impliedBy }: Site): number => (frequencies[node] ?? 0) * (impliedBy ? COUNT : COUNT - FLAG);
    this.decide(selected, flow, false, costOf, (site, { from }) => {
      site.impliedBy = from;
    });
    if (!this.counts) return;
    this.decide(selected, flow, true, costOf, (site, follows) => {
      site.follows = follows;
    });
    for (const site of selected) if (!site.follows) site.impliedBy = undefined;
  }

  /** Builds a tree of the most expensive sites. @param counts whether counts are derived, or hits */
  private decide(
    selected: readonly Site[],
    flow: ControlFlow,
    counts: boolean,
    costOf: (site: Site) => number,
    take: (site: Site, follows: Follows) => void,
  ): void {
    const isLeft = (node: Node): boolean =>
      flow.firstOutOf(node) === NO_EDGE || flow.mayLeave(node) || (!counts && flow.mayTrap(node));
    const network = new Network(placesOf(selected, flow, isLeft), selected, flow, isLeft);
    const tree = new Tree(network, counts);
    for (const arc of inOrder(selected, costOf)) tree.add(arc);
    for (const [arc, site] of selected.entries()) {
      const place = tree.placeOf(arc);
      if (place !== NONE) take(site, network.around(arc, place));
    }
  }
}

/** Number of instructions that a counter takes. */
const COUNT = 3;
/** Number of instructions that a flag takes. */
const FLAG = 1;

/** What a site's count is derived from. */
type Follows = NonNullable<Site["follows"]>;

const NONE = -1;

/** Index of a place. */
type PlaceIndex = number;
/** Index of a selected site. */
type Arc = number;

/**
 * The sites in order of descending cost. The entry of a function is the last among equally expensive ones. Only costs are
 * sorted: numbers take a fraction of the time of anything that needs a function to compare it.
 */
function inOrder(selected: readonly Site[], costOf: (site: Site) => number): Arc[] {
  const byCost = new Map<number, Arc[]>();
  for (let arc = selected.length - 1; arc >= 0; arc--) append(byCost, costOf(selected[arc] as Site), arc);
  const costs = Float64Array.from(byCost.keys()).sort();
  const order: Arc[] = [];
  for (let k = costs.length - 1; k >= 0; k--) for (const arc of byCost.get(costs[k] as number) ?? []) order.push(arc);
  return order;
}

/** Joins what is one place. Beginnings of nodes are numbered first, then their ends, then the outside. */
function placesOf(selected: readonly Site[], flow: ControlFlow, isLeft: (node: Node) => boolean): Places {
  const outside = 2 * flow.length;
  const places = new Places(outside + 1);
  const isSite = new Uint8Array(flow.length);
  for (const { node } of selected) isSite[node] = 1;
  for (let node = 0; node < flow.length; node++) {
    const [beginning, end] = [node, flow.length + node];
    for (let edge = flow.firstOutOf(node); edge !== NO_EDGE; edge = flow.nextOutOf(edge)) {
      places.join(end, flow.target(edge));
    }
    if (flow.firstInto(node) === NO_EDGE) places.join(beginning, outside);
    if (isLeft(node)) places.join(end, outside);
    // A node without a site must follow from the rest, so the places before and after it are one.
    if (!isSite[node]) places.join(beginning, isLeft(node) ? outside : end);
  }
  return places;
}

/** The places of a function and its sites as arcs between them. */
class Network {
  readonly outside: PlaceIndex;
  /** Where each arc begins and ends. */
  readonly beginnings: Int32Array;
  readonly ends: Int32Array;
  private readonly sites: readonly Site[];
  private readonly flow: ControlFlow;
  /** By place: the arcs that begin and those that end there, except arcs that do both; and the places at loop heads. */
  private readonly from = new Map<PlaceIndex, Arc[]>();
  private readonly to = new Map<PlaceIndex, Arc[]>();
  private readonly heads = new Set<PlaceIndex>();

  /** @param isLeft whether a node may be left before its end, or its end leads nowhere */
  constructor(places: Places, sites: readonly Site[], flow: ControlFlow, isLeft: (node: Node) => boolean) {
    this.sites = sites;
    this.flow = flow;
    this.outside = places.find(2 * flow.length);
    this.beginnings = new Int32Array(sites.length);
    this.ends = new Int32Array(sites.length);
    for (let node = 0; node < flow.length; node++) if (flow.isLoop(node)) this.heads.add(places.find(node));
    sites.forEach(({ node }, arc) => {
      const beginning = places.find(node);
      const end = isLeft(node) ? this.outside : places.find(flow.length + node);
      this.beginnings[arc] = beginning;
      this.ends[arc] = end;
      if (beginning === end) return;
      append(this.from, beginning, arc);
      append(this.to, end, arc);
    });
  }

  /** The other end of an arc. */
  across(arc: Arc, place: PlaceIndex): PlaceIndex {
    return (this.beginnings[arc] === place ? this.ends[arc] : this.beginnings[arc]) ?? NONE;
  }

  /** Whether the count of an arc follows from those of the other arcs at a place where it begins or ends. */
  determines(place: PlaceIndex, arc: Arc, subtracts: boolean): boolean {
    if (place === this.outside) return false;
    const begins = this.beginnings[arc] === place;
    const same = (begins ? this.from : this.to).get(place)?.length ?? 0;
    const others = (begins ? this.to : this.from).get(place)?.length ?? 0;
    if (others === 0) return false;
    if (this.heads.has(place)) return begins && same === 1 && this.flow.isLoop(this.sites[arc]?.node ?? NONE);
    return subtracts || same === 1;
  }

  /** Whether the count of an arc follows at a place without any subtraction. */
  isSum(place: PlaceIndex, arc: Arc): boolean {
    return this.determines(place, arc, false);
  }

  /** The other arcs at a place where an arc begins or ends. */
  around(arc: Arc, place: PlaceIndex): Follows {
    const { sites } = this;
    const begins = this.beginnings[arc] === place;
    const sitesOf = (arcs: readonly Arc[] | undefined): Site[] =>
      (arcs ?? []).filter((other) => other !== arc).map((other) => sites[other] as Site);
    const [same, others] = begins ? [this.from, this.to] : [this.to, this.from];
    return { from: sitesOf(others.get(place)), less: sitesOf(same.get(place)) };
  }
}

function append(lists: Map<number, Arc[]>, key: number, arc: Arc): void {
  const list = lists.get(key);
  if (list) list.push(arc);
  else lists.set(key, [arc]);
}

/**
 * The arcs without counters. Each is determined at one of its two places, and each place determines at most one arc, so
 * in every tree one place is left over, its root. In the outside's tree this is the outside.
 */
class Tree {
  private readonly network: Network;
  private readonly subtracts: boolean;
  private readonly trees: Places;
  /** For each place, the arc that it determines; for each arc, the place that determines it. */
  private readonly arcs: Int32Array;
  private readonly places: Int32Array;

  constructor(network: Network, subtracts: boolean) {
    const most = 1 + [...network.beginnings, ...network.ends].reduce((a, b) => Math.max(a, b), network.outside);
    this.network = network;
    this.subtracts = subtracts;
    this.trees = new Places(most);
    this.arcs = new Int32Array(most).fill(NONE);
    this.places = new Int32Array(network.beginnings.length).fill(NONE);
  }

  placeOf(arc: Arc): PlaceIndex {
    return this.places[arc] ?? NONE;
  }

  /** Adds an arc to the tree, if its count then follows from others. */
  add(arc: Arc): void {
    const { network, trees } = this;
    const beginning = network.beginnings[arc] ?? NONE;
    const end = network.ends[arc] ?? NONE;
    if (trees.find(beginning) === trees.find(end)) return;
    const ways = network.isSum(end, arc) ? [end, beginning] : [beginning, end];
    for (const place of ways) {
      if (!this.canDetermine(place, arc)) continue;
      this.determine(place, arc);
      trees.join(beginning, end);
      return;
    }
  }

  /** Whether a place can determine an arc: it may become the root of its tree, if what it determines now can move. */
  private canDetermine(place: PlaceIndex, arc: Arc): boolean {
    const { network, subtracts, arcs } = this;
    let at = place;
    let wanted = arc;
    for (let length = 0; length < MAX_CHAIN; length++) {
      if (!network.determines(at, wanted, subtracts)) return false;
      const given = arcs[at] ?? NONE;
      if (given === NONE) return true;
      at = network.across(given, at);
      wanted = given;
    }
    return false;
  }

  private determine(place: PlaceIndex, arc: Arc): void {
    const { network, arcs, places } = this;
    let at = place;
    let wanted = arc;
    for (;;) {
      const given = arcs[at] ?? NONE;
      arcs[at] = wanted;
      places[wanted] = at;
      if (given === NONE) return;
      at = network.across(given, at);
      wanted = given;
    }
  }
}

/** How many arcs are moved at most to make room for another. */
const MAX_CHAIN = 256;
