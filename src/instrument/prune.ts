/**
 * Which sites need no hook, because others tell whether they were executed. Two rules, those of LLVM's SanitizerCoverage
 * on a graph whose critical edges are split:
 *
 * - a *full dominator* runs iff one of its successors does, when every successor can be entered from it alone
 *   (back edges of a loop apart, which it dominates);
 * - a *full post-dominator* with several predecessors runs iff one of them does, when none has another successor.
 *
 * DIVERGES: LLVM takes every call to return. Here a node that calls may be the last one that runs, so neither rule looks
 * past it, and what is pruned can be told from what is left even when a callee throws or exits. Traps inside the node
 * (a load out of bounds, a division by zero) are not considered, as by LLVM. Like there, a function's entry stays.
 */

import type { ControlFlow, Node } from "./cfg.ts";
import type { Site } from "./sites.ts";

/** Finds the sites that need no hook and gives each those that imply it: it was executed iff one of them was. */
export function pruneSites(selected: readonly Site[], flow: ControlFlow): void {
  const pruner = new Pruner(selected, flow);
  for (const site of selected) site.impliedBy = pruner.impliedBy(site);
}

/** How far chains of implications are followed before a site is kept to be safe. */
const MAX_CHAIN = 64;

class Pruner {
  private readonly flow: ControlFlow;
  private readonly siteOf: (Site | undefined)[];
  /** Nodes that decide a pruned site. */
  private readonly deciders: (readonly Node[] | undefined)[];

  constructor(selected: readonly Site[], flow: ControlFlow) {
    this.flow = flow;
    this.siteOf = new Array(flow.preds.length);
    this.deciders = new Array(flow.preds.length);
    for (const site of selected) this.siteOf[site.node] = site;
    for (const { kind, node } of selected) if (kind !== "entry") this.prune(node);
  }

  impliedBy(site: Site): Site[] | undefined {
    return this.deciders[site.node]?.map((node) => this.siteOf[node]).filter((other) => other !== undefined);
  }

  private prune(node: Node): void {
    const nodes = this.fullDominator(node) ?? this.fullPostDominator(node);
    if (nodes && !this.dependsOn(nodes, node)) this.deciders[node] = nodes;
  }

  private fullDominator(node: Node): Node[] | undefined {
    const { succs, mayLeave } = this.flow;
    const next = succs[node] ?? [];
    if (next.length === 0 || mayLeave[node]) return undefined;
    return next.every((succ) => this.siteOf[succ] && this.entersOnlyFrom(node, succ)) ? next : undefined;
  }

  /** The first edge into a loop's header is the one that enters the loop, the others come from inside. */
  private entersOnlyFrom(node: Node, succ: Node): boolean {
    const preds = this.flow.preds[succ] ?? [];
    return this.flow.isLoop[succ] ? preds[0] === node && node < succ : preds.every((pred) => pred === node);
  }

  private fullPostDominator(node: Node): Node[] | undefined {
    const preds = this.flow.preds[node] ?? [];
    return preds.length > 1 ? this.known(preds, 0) : undefined;
  }

  /** Sites that tell whether one of these nodes, which must lead to one place only, ran to its end. */
  private known(preds: readonly Node[], depth: number): Node[] | undefined {
    if (depth > MAX_CHAIN) return undefined;
    const nodes: Node[] = [];
    for (const pred of preds) {
      if (this.flow.mayLeave[pred] || this.flow.succs[pred]?.length !== 1) return undefined;
      const before = this.flow.preds[pred] ?? [];
      const deciding = this.siteOf[pred] ? [pred] : before.length > 1 ? this.known(before, depth + 1) : undefined;
      if (!deciding) return undefined;
      nodes.push(...deciding);
    }
    return [...new Set(nodes)];
  }

  /** Whether any of these nodes is itself pruned in favour of `node`: the two would imply each other. */
  private dependsOn(nodes: readonly Node[], node: Node): boolean {
    if (nodes.length > MAX_CHAIN) return true;
    if (nodes.every((each) => each !== node && !this.deciders[each])) return false;
    const seen = new Set<Node>();
    const queue = [...nodes];
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
      if (next === node || seen.size > MAX_CHAIN) return true;
      if (seen.has(next)) continue;
      seen.add(next);
      queue.push(...(this.deciders[next] ?? []));
    }
    return false;
  }
}
