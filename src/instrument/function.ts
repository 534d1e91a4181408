/** Instruments one function: finds its sites, chooses among them, inserts code, and describes the result. */

import { idleForm } from "./code/idle_code.ts";
import { COUNTER_STEPS } from "./code/marker.ts";
import type { FunctionPlan } from "./code/site_expansion.ts";
import { HELD } from "./code/site_rendering.ts";
import { OPERATOR_OF, ValueNotes } from "./code/value_plan.ts";
import { type EditContext, FunctionEdit } from "./function_edit.ts";
import { insertBefore, insertCheck, insertEdges, insertLoad, isPrefix } from "./insert_edges.ts";
import { type Expr, type Func, raw } from "./ir/binaryen.ts";
import type { Counters } from "./link/counters.ts";
import type { ModuleFacts } from "./module_facts.ts";
import { prunesByFlow, type Settings } from "./options.ts";
import { dataKindsOf, type Level, type SiteKind } from "./pc_table.ts";
import type { FunctionEntry } from "./pc_table_format.ts";
import { required } from "./required.ts";
import type { CheckPlan } from "./sanitize/sanitizer.ts";
import { type ControlFlow, DEAD, type Node } from "./sites/cfg.ts";
import { type CursorPlan, planCursor } from "./sites/cursor.ts";
import { type FinderOptions, SiteFinder } from "./sites/finder.ts";
import { FlowPruner } from "./sites/flow.ts";
import { type HeldCounters, heldCounters } from "./sites/held_counters.ts";
import type { Body } from "./sites/offsets.ts";
import { Pruner } from "./sites/prune.ts";
import { SafeAccesses } from "./sites/safe_accesses.ts";
import type { AdoptedSite, FunctionSites, Site, ValueSite } from "./sites/site.ts";
import type { TreePlace } from "./sites/tree_walk.ts";
import { leastMemoryBytes } from "./wasm/memories.ts";

/** The tools with which every function of a module is instrumented. */
export interface FunctionTools extends EditContext {
  /** Kinds of the operators at which these sites are: bit k for kind k. */
  readonly noted: number;
  readonly module: ModuleFacts;
  /** The kinds of traced sites that record values. */
  readonly traced: ReadonlySet<SiteKind>;
  /** Reused for one function after the other. */
  readonly finder: SiteFinder;
  readonly pruner: Pruner | FlowPruner;
  readonly notes: ValueNotes;
}

/** Creates the tools for the functions of a module. */
export function toolsFor(context: EditContext, module: ModuleFacts): FunctionTools {
  const dataKinds = dataKindsOf(context.settings.trace);
  const noted = [...dataKinds].reduce((bits, kind) => bits | (1 << (OPERATOR_OF[kind] ?? 0)), 0);
  const tools = {
    finder: new SiteFinder({ ...finderOptions(context.settings, dataKinds, module), adoption: context.adoption }),
    pruner: prunerFor(context.settings),
    notes: new ValueNotes(),
  };
  return { ...context, noted, traced: dataKinds, module, ...tools };
}

function finderOptions(settings: Settings, traced: ReadonlySet<SiteKind>, { memories }: ModuleFacts): FinderOptions {
  const { selects, level, trace } = settings;
  const hasSelects = selects && level === "edge" && (trace.includes("pc") || trace.includes("counters"));
  // With the sanitizer, a run may end at any access.
  const leastBytes = settings.sanitize === undefined ? leastMemoryBytes(memories) : 0;
  const accesses = new SafeAccesses(leastBytes, leastBytes > 0 && memories.length === 1);
  const callsReturn = settings.prune === "calls-return";
  return { traced, hasSelects, accesses: prunesByFlow(settings) ? accesses : undefined, callsReturn };
}

/** Chooses sites for fuzzers as a compiler would; counts and flags for coverage are exact however a run ends. */
function prunerFor(settings: Settings): FunctionTools["pruner"] {
  return prunesByFlow(settings) ? new FlowPruner(settings.counters === "64bit") : new Pruner();
}

/** Tools for functions in which only comparisons and switches are traced; undefined if these are not traced. */
export function onlyComparisons(tools: FunctionTools): FunctionTools | undefined {
  const trace = tools.settings.trace.filter((each) => each === "cmp" || each === "switch");
  if (trace.length === 0) return undefined;
  return toolsFor({ ...tools, settings: { ...tools.settings, trace }, counters: undefined }, tools.module);
}

/** An instrumented function. */
export interface Instrumented {
  /** Its entry in the pc table; undefined if no site was chosen. Its sites are reused for the next function. */
  readonly entry: FunctionEntry | undefined;
  /** What is done when the function is written. */
  readonly plan: FunctionPlan;
}

/** Instruments a function. */
export function instrumentFunction(tools: FunctionTools, func: Func, index: number, body: Body): Instrumented {
  const found = tools.finder.find(func, body);
  const adopted = adoptedSites(found, tools);
  const edges = chooseEdges(found, adopted, tools);
  const { chosen, notes, held } = chooseValues(found, adopted, tools, body.start);
  const sites = inOrder([...edges, ...chosen, ...adopted.values], body.start);
  const firstCounter = arrange(sites, edges, tools.counters);
  const inLoops = tools.counters?.areHeld ? heldCounters(found.flow, edges.filter(isHooked)) : NONE_HELD;
  insert(tools, func, found, { edges, adopted, start: body.start, firstCounter, inLoops });
  const isAnnounced = announces(tools, index);
  const plan: FunctionPlan = {
    ...emptyPlan(func, index, body.start),
    ...{ kinds: tools.noted, notes, held: isAnnounced ? held | HELD.i64 : held },
    ...{ firstCounter: edges.some(isHooked) ? firstCounter : undefined, announces: isAnnounced },
    heldCounters: Math.max(0, ...[...inLoops.values()].map(({ length }) => length)),
    ...{ idle: tools.settings.idle === "fast" ? idleForm(edges.filter(isHooked), chosen.length) : undefined },
  };
  const entry: FunctionEntry = { index, body: [body.start, body.end], exact: found.exact, sites };
  return { entry: sites.length === 0 ? undefined : entry, plan };
}

/** The plan of a function that is not instrumented in any other way. */
export function emptyPlan(func: Func, index: number, start: number): FunctionPlan {
  const parameters = raw.TypeArity(raw.FunctionGetParams(func));
  const { notes, held } = NO_VALUES;
  return { index, parameters, start, kinds: 0, notes, held, ...NOTHING_KEPT, announces: false, checks: undefined };
}

const NOTHING_KEPT = { firstCounter: undefined, keepsStackPointer: false, heldCounters: 0, idle: undefined } as const;

/** The plan of a function whose writes are marked, too. */
export function withMarks(plan: FunctionPlan): FunctionPlan {
  return { ...plan, held: plan.held | HELD.i32 };
}

/** The plan of a function that is checked, too. */
export function withChecks(plan: FunctionPlan, { checks, held }: CheckPlan): FunctionPlan {
  return { ...plan, checks, held: plan.held | held, keepsStackPointer: checks.stackFrame !== undefined };
}

/** Numbers the sites, and assigns counters to control-flow sites with hooks. @returns the index of the first counter */
function arrange(
  sites: readonly ValueSite[],
  edges: readonly Site[],
  counters: Counters | undefined,
): number | undefined {
  for (let k = 0; k < sites.length; k++) (sites[k] as ValueSite).position = k;
  if (!counters) return undefined;
  const hooked = edges.filter(isHooked).sort((a, b) => a.position - b.position);
  const first = counters.take(hooked.length);
  for (let k = 0; k < hooked.length; k++) (hooked[k] as Site).counter = first + k;
  return first;
}

/** What the compiler inserted into a function, as far as it is reachable. */
interface Adopted {
  /** Control-flow sites, traced or not. */
  readonly edges: readonly AdoptedSite[];
  /** Sites of traced kinds that record values. */
  readonly values: readonly AdoptedSite[];
  /** The kinds of all others. */
  readonly kinds: ReadonlySet<SiteKind>;
}

function adoptedSites({ adopted }: FunctionSites, { traced, adoption }: FunctionTools): Adopted {
  if (adopted.length === 0) return NOTHING_ADOPTED;
  const all = Array.from({ length: adopted.length }, (_, k) => adopted.at(k) as AdoptedSite);
  const alive = all.filter(({ node, hook }) => node !== DEAD && (!hook || hook.kind));
  const edges = alive.filter(({ kind }) => kind === "adopted");
  const records = ({ kind, hook }: AdoptedSite): boolean =>
    traced.has(kind) && hook?.records !== undefined && (kind !== "switch" || adoption?.hasMemory === true);
  return { edges, values: alive.filter(records), kinds: new Set(alive.map(({ kind }) => kind)) };
}

const NOTHING_ADOPTED: Adopted = { edges: [], values: [], kinds: new Set() };

/**
 * The control-flow sites that the options request, pruned. If the compiler has inserted its own, only these are used:
 * it has left out what it found to follow from others. Coverage needs all sites, so there they are some among them. At
 * level "func" only the entry is requested.
 */
function chooseEdges({ sites, flow }: FunctionSites, adopted: Adopted, { settings, pruner }: FunctionTools): Site[] {
  const { trace, level, prune } = settings;
  const selected: Site[] = [];
  if (!trace.includes("pc") && !trace.includes("counters")) return selected;
  const own = level === "func" ? [] : adopted.edges;
  if (own.length > 0 && !prunesByFlow(settings)) return [...own];
  for (let k = 0; k < sites.length; k++) {
    const site = sites.at(k) as Site;
    if (isOfLevel(site.kind, level)) selected.push(site);
  }
  // They come last: code that is inserted around them may move the expressions that contain them, but not them.
  selected.push(...own);
  if (prune !== false) pruner.prune(selected, flow);
  return selected;
}

/** The sites that record values, what they record, and the types of the values that are held meanwhile (HELD). */
interface ChosenValues {
  chosen: ValueSite[];
  notes: Uint8Array;
  held: number;
}

function chooseValues(
  { operators }: FunctionSites,
  { kinds }: Adopted,
  { module, notes }: FunctionTools,
  start: number,
): ChosenValues {
  if (operators.length === 0) return NO_VALUES;
  const chosen: ValueSite[] = [];
  notes.begin(start);
  let prologue: ValueSite | undefined;
  for (let k = 0; k < operators.length; k++) {
    const site = operators.at(k) as ValueSite;
    const isSite = site.expr !== 0;
    if (isSite && site.kind === "stack-depth" && setsStackPointer(site.expr, module)) prologue ??= site;
    const isAsked = isSite && (site.kind !== "stack-depth" || site === prologue) && !isReplaced(site, kinds);
    if (isAsked && notes.add(site)) chosen.push(site);
    else notes.skip();
  }
  return { chosen, notes: notes.written, held: notes.held };
}

/** Whether the compiler's own hooks report all sites of a kind. It inserts comparisons' and switches' together. */
function isReplaced({ kind, isAdopted }: ValueSite, adopted: ReadonlySet<SiteKind>): boolean {
  if (kind === "cmp" || kind === "switch") return adopted.has("cmp") || adopted.has("switch");
  return adopted.has(kind) && !isAdopted;
}

const NO_VALUES: ChosenValues = { chosen: [], notes: new Uint8Array(0), held: 0 };

/** Whether an assignment sets the stack pointer. A function's first one allocates its frame, later ones free it. */
function setsStackPointer(globalSet: Expr, { stackPointer }: ModuleFacts): boolean {
  return stackPointer !== 0 && raw.GlobalSetGetName(globalSet) === stackPointer;
}

function isOfLevel(kind: SiteKind, level: Level): boolean {
  if (kind === "entry") return true;
  if (level === "func") return false;
  if (kind === "endif") return level === "bb";
  return level === "edge" || (kind !== "taken" && kind !== "case");
}

/** The sites at which code is inserted into a function. */
interface Insertions {
  readonly edges: readonly Site[];
  readonly adopted: Adopted;
  /** Where the function's body begins. */
  readonly start: number;
  readonly firstCounter: number | undefined;
  /** The sites whose counters loops hold in locals. */
  readonly inLoops: HeldCounters;
}

function insert(tools: FunctionTools, func: Func, found: FunctionSites, insertions: Insertions): void {
  const { edges, adopted, start, firstCounter, inLoops } = insertions;
  tools.ir.beginFunction();
  const hooked = edges.filter(isHooked);
  const { valid, loads } = tools.link.cursor ? planCursor(found.flow, hooked) : NO_CURSOR;
  const numbers = new Map([...inLoops.values()].flatMap((sites) => sites.map((site, k) => [site, k] as const)));
  const edit = new FunctionEdit(tools, func, (site) =>
    tools.link.visit({
      offset: site.offset,
      start,
      hasCursor: valid[site.node] === 1,
      counter: site.counter,
      firstCounter,
      isFlag: site.follows !== undefined,
      held: numbers.get(site),
    }),
  );
  insertHeldLoads(edit, tools, found, inLoops);
  const calls = loads.length > 0 ? found.calls.byNode() : NO_PLACES;
  for (const node of loads) insertLoad(edit, found.flow.calls(node) ? required(calls, node) : undefined);
  insertAfter(edit, hooked);
  if (found.adopted.length > 0) insertAdopted(tools, edit, found, new Set([...edges, ...adopted.values]));
  for (const site of hooked) if (isPrefix(site)) insertEdges(edit, [site]);
  if (!tools.link.cursor) return;
  for (let k = 0; k < found.sites.length; k++) {
    const site = found.sites.at(k) as Site;
    if (needsCheck(site, found.flow, valid)) insertCheck(edit, site);
  }
}

/** The plan where the link keeps none: `hasCursor` of a visit is not looked at. */
const NO_CURSOR: CursorPlan = { valid: new Uint8Array(0), loads: [] };
const NO_PLACES: ReadonlyMap<Node, TreePlace> = new Map();

/** Reads the counters that loops hold in locals, in front of these loops. */
function insertHeldLoads(
  edit: FunctionEdit,
  { counters }: FunctionTools,
  { loops }: FunctionSites,
  held: HeldCounters,
): void {
  if (!counters || held.size === 0) return;
  const places = loops.byNode();
  for (const [header, sites] of held) {
    const load = ({ counter }: Site, k: number): Expr =>
      counters.step({ index: counter ?? 0, step: COUNTER_STEPS.load, held: k });
    insertBefore(edit, required(places, header), sites.map(load));
  }
}

const NONE_HELD: HeldCounters = new Map();

/** Replaces what the compiler inserted by code that records it, or removes it. */
function insertAdopted(
  tools: FunctionTools,
  edit: FunctionEdit,
  { adopted }: FunctionSites,
  chosen: ReadonlySet<Site>,
): void {
  const { adoption, link, settings, traced } = tools;
  if (!adoption) return;
  for (let k = 0; k < adopted.length; k++) {
    const site = adopted.at(k) as AdoptedSite;
    const isSite = chosen.has(site) || (site.kind === "indirect-call" && traced.has(site.kind));
    if (!chosen.has(site) || !isHooked(site)) adoption.drop(edit.func, site, isSite);
    else if (site.kind === "adopted") adoption.visit(edit.func, site, edit.visit(site));
    else adoption.record(site, link.hook, settings.pcBase + BigInt(site.offset));
  }
}

/** Inserts all except prefixes. Sites of one expression, which are adjacent, are inserted together. */
function insertAfter(edit: FunctionEdit, hooked: readonly Site[]): void {
  let group: Site[] = [];
  for (const site of hooked) {
    if (isPrefix(site) || site.isAdopted) continue;
    if (group.length > 0 && group[0]?.expr !== site.expr) {
      insertEdges(edit, group);
      group = [];
    }
    group.push(site);
  }
  insertEdges(edit, group);
}

function announces({ settings, module }: FunctionTools, index: number): boolean {
  return settings.trace.includes("indirect-calls") && module.addressTaken.has(index);
}

function isHooked({ impliedBy }: Site): boolean {
  return !impliedBy;
}

/** Whether a site is a loop that keeps the cursor valid, and that is not inside of another such loop. */
function needsCheck({ kind, node }: Site, flow: ControlFlow, valid: Uint8Array): boolean {
  if (kind !== "loop" || !valid[node]) return false;
  const outer = flow.outerLoop(node);
  return outer === DEAD || !valid[outer];
}

/**
 * Sorts sites into the order of the pc table. Numbers are sorted several times as fast as objects: each number combines
 * an offset and an index in the list.
 */
function inOrder(sites: readonly ValueSite[], start: number): ValueSite[] {
  const keys = new Float64Array(sites.length);
  for (let k = 0; k < sites.length; k++) keys[k] = ((sites[k] as ValueSite).offset - start) * MAX_SITES + k;
  keys.sort();
  const sorted = new Array<ValueSite>(keys.length);
  for (let k = 0; k < keys.length; k++) sorted[k] = sites[(keys[k] as number) % MAX_SITES] as ValueSite;
  return sorted;
}

/** Larger than any index: engines accept functions of up to 2^23 bytes. */
const MAX_SITES = 2 ** 26;
