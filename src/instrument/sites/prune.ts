/**
 * Which sites need no hook, because others imply whether they were executed. There are two rules, those of LLVM's
 * SanitizerCoverage on a graph whose critical edges are split:
 *
 * - a *full dominator* runs iff one of its successors does, when every successor can be entered from it alone
 *   (back edges of a loop apart, which it dominates);
 * - a *full post-dominator* with several predecessors runs iff one of them does, when none has another successor.
 *
 * DIVERGES: LLVM assumes that every call returns. Here a node that calls may be the last one that runs, so neither rule
 * looks past it, and what was pruned can be derived from the rest even if a callee throws or exits; as an option, calls
 * are taken to return. Like LLVM, the rules ignore traps inside a node (a load out of bounds, a division by zero), and
 * keep a function's entry.
 */

import { type ControlFlow, NO_EDGE, type Node } from "./cfg.ts";
import { Numbers } from "./lists.ts";
import type { Site } from "./site.ts";

/** How far chains of implications are followed before a site is kept, to be safe. */
const MAX_CHAIN = 64;

const NONE = -1;

/** Finds the sites that need no hook in one function after the other. */
export class Pruner {
  private flow!: ControlFlow;
  private selected: readonly Site[] = [];
  /** For each node, the index of its selected site, or NONE. */
  private readonly siteAt = new Numbers();
  /** For each node whose site is pruned, the range of the nodes that decide it in `deciders`. */
  private readonly first = new Numbers();
  private readonly end = new Numbers();
  private readonly deciders = new Numbers();
  private readonly seen = new Numbers();
  private readonly queue = new Numbers();

  /** Sets `impliedBy` of each site that needs no hook: it was executed iff one of those was. */
  prune(selected: readonly Site[], flow: ControlFlow): void {
    this.flow = flow;
    this.selected = selected;
    for (const list of [this.siteAt, this.first, this.end, this.deciders]) list.clear();
    for (let node = 0; node < flow.length; node++) {
      this.siteAt.push(NONE);
      this.first.push(NONE);
      this.end.push(NONE);
    }
    for (let k = 0; k < selected.length; k++) this.siteAt.set((selected[k] as Site).node, k);
    for (const { kind, node } of selected) if (kind !== "entry") this.decide(node);
    for (const site of selected) site.impliedBy = this.impliedBy(site.node);
  }

  private impliedBy(node: Node): Site[] | undefined {
    const first = this.first.get(node);
    if (first === NONE) return undefined;
    const sites = new Array<Site>(this.end.get(node) - first);
    for (let k = 0; k < sites.length; k++)
      sites[k] = this.selected[this.siteAt.get(this.deciders.get(first + k))] as Site;
    return sites;
  }

  private decide(node: Node): void {
    const { deciders } = this;
    const first = deciders.length;
    if ((this.fullDominator(node) || this.fullPostDominator(node, first)) && !this.dependsOn(first, node)) {
      this.first.set(node, first);
      this.end.set(node, deciders.length);
    } else deciders.length = first;
  }

  /** Adds a node's successors to the deciders, if it runs iff one of them does. */
  private fullDominator(node: Node): boolean {
    const { flow, deciders } = this;
    const first = deciders.length;
    if (flow.mayLeave(node)) return false;
    for (let edge = flow.firstOutOf(node); edge !== NO_EDGE; edge = flow.nextOutOf(edge)) {
      const next = flow.target(edge);
      if (this.siteAt.get(next) === NONE || !this.entersOnlyFrom(node, next)) {
        deciders.length = first;
        return false;
      }
      deciders.push(next);
    }
    return deciders.length > first;
  }

  /** Whether `next` is entered from `node` alone, back edges apart. A loop header's first edge enters the loop. */
  private entersOnlyFrom(node: Node, next: Node): boolean {
    const { flow } = this;
    const first = flow.firstInto(next);
    if (flow.isLoop(next)) return flow.source(first) === node;
    for (let edge = first; edge !== NO_EDGE; edge = flow.nextInto(edge)) if (flow.source(edge) !== node) return false;
    return true;
  }

  private fullPostDominator(node: Node, first: number): boolean {
    return this.hasSeveralWaysTo(node) && this.addKnown(node, first, 0);
  }

  private hasSeveralWaysTo(node: Node): boolean {
    const first = this.flow.firstInto(node);
    return first !== NO_EDGE && this.flow.nextInto(first) !== NO_EDGE;
  }

  /**
   * Adds sites to the deciders that imply whether one of this node's predecessors, which must have no other successor,
   * ran to its end. Only deciders from `first` on are considered. @returns false if there are no such sites
   */
  private addKnown(node: Node, first: number, depth: number): boolean {
    const { flow } = this;
    if (depth > MAX_CHAIN) return false;
    for (let edge = flow.firstInto(node); edge !== NO_EDGE; edge = flow.nextInto(edge)) {
      const before = flow.source(edge);
      if (flow.mayLeave(before) || flow.nextOutOf(flow.firstOutOf(before)) !== NO_EDGE) return false;
      if (this.siteAt.get(before) !== NONE) {
        if (!has(this.deciders, before, first)) this.deciders.push(before);
        if (this.deciders.length - first > MAX_CHAIN) return false;
      } else if (!this.hasSeveralWaysTo(before) || !this.addKnown(before, first, depth + 1)) return false;
    }
    return true;
  }

  /** Whether any of the deciders from `first` on is itself decided by `node`: the two would imply each other. */
  private dependsOn(first: number, node: Node): boolean {
    const { deciders, queue, seen } = this;
    if (deciders.length - first > MAX_CHAIN) return true;
    queue.clear();
    seen.clear();
    for (let k = first; k < deciders.length; k++) queue.push(deciders.get(k));
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
      if (next === node || seen.length > MAX_CHAIN) return true;
      if (has(seen, next, 0)) continue;
      seen.push(next);
      const pruned = this.first.get(next);
      if (pruned !== NONE) for (let k = pruned; k < this.end.get(next); k++) queue.push(deciders.get(k));
    }
    return false;
  }
}

/** Whether a number is in a list from the index `first` on. */
function has(list: Numbers, number: number, first: number): boolean {
  for (let k = first; k < list.length; k++) if (list.get(k) === number) return true;
  return false;
}
