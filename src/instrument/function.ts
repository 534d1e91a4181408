/** One function: find its sites, choose, insert, and describe what was done. */

import { type Expr, type Func, lib } from "./binaryen.ts";
import { insertEdges, isPrefix, type Target } from "./insert_edges.ts";
import { type Ir, Locals } from "./ir.ts";
import type { Link } from "./link.ts";
import type { Settings } from "./options.ts";
import type { Body } from "./pc_source.ts";
import type { FunctionEntry, Level, SiteKind, Trace } from "./pc_table.ts";
import { type ChosenSite, pruneSites } from "./prune.ts";
import { type FunctionSites, findSites, type Site } from "./sites.ts";

/** What every function of a module is instrumented with. */
export interface Pass {
  ir: Ir;
  link: Link;
  settings: Settings;
}

/** Instruments a function. @returns its entry in the pc table, undefined when no site was chosen */
export function instrumentFunction(pass: Pass, func: Func, index: number, body: Body): FunctionEntry | undefined {
  const found = findSites(func, body);
  const chosen = choose(found, pass.settings);
  if (chosen.length === 0) return undefined;
  insert(pass, func, chosen);
  return entryOf(index, body, found.exact, chosen);
}

/** The sites that the options ask for, pruned. */
function choose({ sites, flow }: FunctionSites, { trace, level, prune }: Settings): ChosenSite[] {
  const selected = sites.filter((site) => isTraced(site, trace, level));
  return prune ? pruneSites(selected, flow) : selected.map((site) => ({ site, impliedBy: undefined }));
}

const TRACE_OF: Partial<Record<SiteKind, Trace>> = {
  cmp: "cmp",
  switch: "switch",
  div: "div",
  "indirect-call": "indirect-calls",
  load: "loads",
  store: "stores",
  "stack-depth": "stack-depth",
};

function isTraced({ kind, expr }: Site, trace: readonly Trace[], level: Level): boolean {
  const data = TRACE_OF[kind];
  if (data) return trace.includes(data);
  return trace.includes("pc") && isOfLevel(kind, level, expr);
}

function isOfLevel(kind: SiteKind, level: Level, _expr: Expr): boolean {
  if (kind === "entry") return true;
  if (level === "func") return false;
  if (kind === "endif") return level === "bb";
  return level === "edge" || (kind !== "taken" && kind !== "case");
}

function insert({ ir, link, settings }: Pass, func: Func, chosen: readonly ChosenSite[]): void {
  ir.beginFunction();
  const locals = new Locals(func);
  const pcOf = (site: Site) => ({ type: lib.i64, const: settings.pcBase + BigInt(site.offset) });
  const target: Target = {
    ...{ ir, func, locals },
    tracePc: (site) => link.call(locals, "__sanitizer_cov_trace_pc", [pcOf(site)]),
  };
  const hooked = chosen.flatMap(({ site, impliedBy }) => (impliedBy ? [] : [site]));
  const prefixes = hooked.filter(isPrefix);
  for (const group of byExpression(hooked.filter((site) => !isPrefix(site)))) insertEdges(target, group);
  for (const site of prefixes) insertEdges(target, [site]);
}

/** Sites in the order of the walk, those of one expression together. */
function byExpression(sites: readonly Site[]): Iterable<Site[]> {
  const groups = new Map<Expr, Site[]>();
  for (const site of sites) {
    const group = groups.get(site.expr);
    if (group) group.push(site);
    else groups.set(site.expr, [site]);
  }
  return groups.values();
}

function entryOf(index: number, body: Body, exact: boolean, chosen: readonly ChosenSite[]): FunctionEntry {
  const ordered = [...chosen].sort((a, b) => a.site.offset - b.site.offset);
  const position = new Map(ordered.map(({ site }, k) => [site, k]));
  const sites = ordered.map(({ site, impliedBy }) => ({
    offset: site.offset,
    kind: site.kind,
    block: site.block,
    impliedBy: impliedBy?.map((other) => position.get(other) ?? 0).sort((a, b) => a - b),
  }));
  return { index, body: [body.start, body.end], exact, sites };
}
