/** One function: find its sites, choose, insert, and describe what was done. */

import { type Expr, type Func, raw } from "./binaryen.ts";
import type { ControlFlow } from "./cfg.ts";
import { validCursors } from "./cursor.ts";
import { type Insertion, planData } from "./insert_data.ts";
import { insertCheck, insertEdges, isPrefix } from "./insert_edges.ts";
import type { ModuleFacts } from "./module_facts.ts";
import type { Body } from "./pc_source.ts";
import { dataKindsOf, type FunctionEntry, isDataSite, type Level, type SiteKind } from "./pc_table.ts";
import { impliedSites } from "./prune.ts";
import { type FunctionSites, findSites, type Site } from "./sites.ts";
import { announceCallee, prepend, Target, type TargetContext } from "./target.ts";

/** What every function of a module is instrumented with. */
export type Pass = TargetContext;

/** The same pass for functions of which only comparisons and switches are traced; undefined where these are not. */
export function onlyComparisons(pass: Pass): Pass | undefined {
  const trace = pass.settings.trace.filter((each) => each === "cmp" || each === "switch");
  if (trace.length === 0) return undefined;
  return { ...pass, settings: { ...pass.settings, trace }, dataKinds: dataKindsOf(trace), counters: undefined };
}

/** Instruments a function. @returns its entry in the pc table, undefined when no site was chosen */
export function instrumentFunction(pass: Pass, func: Func, index: number, body: Body): FunctionEntry | undefined {
  const found = findSites(func, body, pass.dataKinds);
  const chosen = choose(found, pass);
  const ordered = inOrder(chosen);
  insert(pass, func, index, { found, chosen, ordered });
  return chosen.length === 0 ? undefined : entryOf(index, body, found.exact, ordered);
}

/** A chosen site. */
interface Planned {
  site: Site;
  /** The sites that tell whether this one was executed; undefined for a site with a hook. */
  impliedBy: Site[] | undefined;
  /** How to record values; undefined for a site of control flow. */
  insertion: Insertion | undefined;
}

/** The sites that the options ask for, pruned. */
function choose({ sites, flow }: FunctionSites, { settings, module }: Pass): Planned[] {
  const { trace, level, prune } = settings;
  const prologue = sites.find(({ kind, expr }) => kind === "stack-depth" && setsStackPointer(expr, module));
  const isEdgeTraced = trace.includes("pc") || trace.includes("counters");
  const selected = sites.filter((site) => {
    // Of the sites that record values those that are traced were found, and no others.
    if (isDataSite(site.kind)) return site.kind !== "stack-depth" || site === prologue;
    return isEdgeTraced && isOfLevel(site.kind, level);
  });
  const edges = selected.filter(({ kind }) => !isDataSite(kind));
  const implied = prune ? impliedSites(edges, flow) : new Map<Site, Site[]>();
  const chosen: Planned[] = [];
  for (const site of selected) {
    const insertion = isDataSite(site.kind) ? planData(site) : undefined;
    if (insertion || !isDataSite(site.kind)) chosen.push({ site, impliedBy: implied.get(site), insertion });
  }
  return chosen;
}

/** A function's first assignment of the stack pointer makes room for its frame, the later ones give it back. */
function setsStackPointer(globalSet: Expr, { stackPointer }: ModuleFacts): boolean {
  return stackPointer !== 0 && raw.GlobalSetGetName(globalSet) === stackPointer;
}

function isOfLevel(kind: SiteKind, level: Level): boolean {
  if (kind === "entry") return true;
  if (level === "func") return false;
  if (kind === "endif") return level === "bb";
  return level === "edge" || (kind !== "taken" && kind !== "case");
}

interface Choice {
  found: FunctionSites;
  /** In the order of the walk. */
  chosen: readonly Planned[];
  /** In the order of the pc table. */
  ordered: readonly Planned[];
}

function insert(pass: Pass, func: Func, index: number, { found, chosen, ordered }: Choice): void {
  const { ir, settings, module, counters } = pass;
  ir.beginFunction();
  const hooked = chosen.filter(isHooked);
  const edges = hooked.filter(({ insertion }) => !insertion);
  const valid = validCursors(found.flow, new Set(edges.map(({ site }) => site.node)));
  const target = new Target(pass, func, ({ node }) => valid[node] === true);
  counters?.begin(
    target.locals,
    ordered.filter(isHooked).map(({ site }) => site),
  );
  const others = hooked.filter(({ site }) => !isPrefix(site));
  for (const group of byExpression(others)) {
    for (const { insertion } of group) insertion?.(target);
    insertEdges(
      target,
      group.filter(({ insertion }) => !insertion).map(({ site }) => site),
    );
  }
  for (const { site } of edges) if (isPrefix(site)) insertEdges(target, [site]);
  if (settings.trace.includes("pc")) {
    for (const site of found.sites) if (needsCheck(site, found.flow, valid)) insertCheck(target, site);
  }
  if (settings.trace.includes("indirect-calls") && module.addressTaken.has(index)) announceCallee(target, index);
  const prologue = counters?.prologue() ?? 0;
  if (prologue !== 0) prepend(target, prologue);
}

function isHooked({ impliedBy }: Planned): boolean {
  return !impliedBy;
}

/** A loop that keeps the cursor valid, and is inside of no such loop. */
function needsCheck({ kind, node }: Site, flow: ControlFlow, valid: readonly boolean[]): boolean {
  const outer = flow.outerLoop.get(node);
  return kind === "loop" && valid[node] === true && !(outer !== undefined && valid[outer]);
}

/** Sites in the order of the walk, those of one expression together. */
function byExpression(chosen: readonly Planned[]): Iterable<Planned[]> {
  const groups = new Map<Expr, Planned[]>();
  for (const each of chosen) {
    const group = groups.get(each.site.expr);
    if (group) group.push(each);
    else groups.set(each.site.expr, [each]);
  }
  return groups.values();
}

/** The order of the pc table. */
function inOrder(chosen: readonly Planned[]): Planned[] {
  return [...chosen].sort((a, b) => a.site.offset - b.site.offset);
}

function entryOf(index: number, body: Body, exact: boolean, ordered: readonly Planned[]): FunctionEntry {
  const position = new Map(ordered.map(({ site }, k) => [site, k]));
  const sites = ordered.map(({ site, impliedBy }) => ({
    offset: site.offset,
    kind: site.kind,
    block: site.block,
    impliedBy: impliedBy?.map((other) => position.get(other) ?? 0).sort((a, b) => a - b),
  }));
  return { index, body: [body.start, body.end], exact, sites };
}
