/** One function: find its sites, choose, insert, and describe what was done. */

import { TYPE } from "./assembler.ts";
import { type Expr, type Func, raw } from "./binaryen.ts";
import { Bytes } from "./bytes.ts";
import type { ControlFlow } from "./cfg.ts";
import { validCursors } from "./cursor.ts";
import { insertCheck, insertEdges, isPrefix } from "./insert_edges.ts";
import type { ModuleFacts } from "./module_facts.ts";
import type { Body } from "./pc_source.ts";
import { dataKindsOf, type FunctionEntry, type Level, type SiteKind } from "./pc_table.ts";
import { pruneSites } from "./prune.ts";
import type { FunctionPlan } from "./site_expansion.ts";
import { type FunctionSites, findSites, type Site, type ValueSite } from "./sites.ts";
import { Target, type TargetContext } from "./target.ts";
import { NOTHING, OPERATOR_OF, planValue } from "./value_plan.ts";

/** What every function of a module is instrumented with. */
export interface Pass extends TargetContext {
  /** Kinds of sites that record values for one of the traces. */
  readonly dataKinds: ReadonlySet<SiteKind>;
  /** Kinds of the operators at which these are. */
  readonly noted: ReadonlySet<number>;
  readonly module: ModuleFacts;
  /** Of one function after the other. */
  readonly notes: Bytes;
  readonly types: Set<number>;
}

/** Makes a pass. */
export function passFor(context: TargetContext, module: ModuleFacts): Pass {
  const dataKinds = dataKindsOf(context.settings.trace);
  const noted = new Set([...dataKinds].map((kind) => OPERATOR_OF[kind] ?? 0));
  return { ...context, dataKinds, noted, module, notes: new Bytes(), types: new Set() };
}

/** The same pass for functions of which only comparisons and switches are traced; undefined where these are not. */
export function onlyComparisons(pass: Pass): Pass | undefined {
  const trace = pass.settings.trace.filter((each) => each === "cmp" || each === "switch");
  if (trace.length === 0) return undefined;
  return passFor({ ...pass, settings: { ...pass.settings, trace }, counters: undefined }, pass.module);
}

/** What was done to a function. */
export interface Instrumented {
  /** Undefined where no site was chosen. */
  readonly entry: FunctionEntry | undefined;
  /** What is to be done when it is written. */
  readonly plan: FunctionPlan;
}

/** Instruments a function. */
export function instrumentFunction(pass: Pass, func: Func, index: number, body: Body): Instrumented {
  const found = findSites(func, body, pass.dataKinds);
  const edges = chooseEdges(found, pass);
  const values = chooseValues(found, pass, body.start);
  const sites = inOrder([...edges, ...values.chosen], body.start);
  for (let k = 0; k < sites.length; k++) (sites[k] as ValueSite).position = k;
  insert(pass, func, found, edges);
  const isAnnounced = announces(pass, index);
  const plan = {
    ...emptyPlan(func, index, body.start),
    ...{ kinds: pass.noted, notes: values.notes, announces: isAnnounced },
    types: isAnnounced ? withType(values.types, TYPE.i64) : values.types,
    counters: pass.counters !== undefined && edges.some(isHooked),
  };
  const entry: FunctionEntry = { index, body: [body.start, body.end], exact: found.exact, sites };
  return { entry: sites.length === 0 ? undefined : entry, plan };
}

/** The plan of a function that is instrumented in no other way. */
export function emptyPlan(func: Func, index: number, start: number): FunctionPlan {
  const parameters = raw.TypeArity(raw.FunctionGetParams(func));
  const { notes, types } = NO_VALUES;
  return { index, parameters, start, kinds: NO_KINDS, notes, types, counters: false, announces: false };
}

const NO_KINDS: ReadonlySet<number> = new Set();

/** The plan of a function of which what it writes is marked, too. */
export function withMarks(plan: FunctionPlan): FunctionPlan {
  return { ...plan, types: withType(plan.types, TYPE.i32) };
}

/** Types in an order that does not depend on what needs them. */
function withType(types: readonly number[], type: number): readonly number[] {
  return types.includes(type) ? types : [...types, type].sort();
}

/** The sites of control flow that the options ask for, pruned. */
function chooseEdges({ sites, flow }: FunctionSites, { settings }: Pass): Site[] {
  const { trace, level, prune } = settings;
  if (!trace.includes("pc") && !trace.includes("counters")) return [];
  const selected = sites.filter(({ kind }) => isOfLevel(kind, level));
  if (prune) pruneSites(selected, flow);
  return selected;
}

/** The sites that record values, what they record, and types of what that is. */
interface Values {
  chosen: ValueSite[];
  notes: Uint8Array;
  types: readonly number[];
}

function chooseValues({ operators }: FunctionSites, { module, notes, types }: Pass, start: number): Values {
  if (operators.length === 0) return NO_VALUES;
  const chosen: ValueSite[] = [];
  notes.clear();
  types.clear();
  let prologue: ValueSite | undefined;
  for (const site of operators) {
    if (site?.kind === "stack-depth" && setsStackPointer(site.expr, module)) prologue ??= site;
    const isAsked = site !== undefined && (site.kind !== "stack-depth" || site === prologue);
    if (isAsked && planValue(site, start, notes, types)) chosen.push(site);
    else notes.byte(NOTHING);
  }
  return { chosen, notes: notes.written().slice(), types: [...types].sort() };
}

const NO_VALUES: Values = { chosen: [], notes: new Uint8Array(0), types: [] };

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

function insert(pass: Pass, func: Func, found: FunctionSites, edges: readonly Site[]): void {
  const { ir, settings, counters } = pass;
  ir.beginFunction();
  const hooked = edges.filter(isHooked);
  const valid = validCursors(found.flow, hooked);
  const target = new Target(pass, func, ({ node }) => valid[node] === true);
  counters?.begin([...hooked].sort((a, b) => a.position - b.position));
  insertBehind(target, hooked);
  for (const site of hooked) if (isPrefix(site)) insertEdges(target, [site]);
  if (!settings.trace.includes("pc")) return;
  for (const site of found.sites) if (needsCheck(site, found.flow, valid)) insertCheck(target, site);
}

/** All but the prefixes. Those of one expression, which follow each other, are inserted together. */
function insertBehind(target: Target, hooked: readonly Site[]): void {
  let group: Site[] = [];
  for (const site of hooked) {
    if (isPrefix(site)) continue;
    if (group.length > 0 && group[0]?.expr !== site.expr) {
      insertEdges(target, group);
      group = [];
    }
    group.push(site);
  }
  insertEdges(target, group);
}

function announces({ settings, module }: Pass, index: number): boolean {
  return settings.trace.includes("indirect-calls") && module.addressTaken.has(index);
}

function isHooked({ impliedBy }: Site): boolean {
  return !impliedBy;
}

/** A loop that keeps the cursor valid, and is inside of no such loop. */
function needsCheck({ kind, node }: Site, flow: ControlFlow, valid: readonly boolean[]): boolean {
  if (kind !== "loop" || !valid[node]) return false;
  const outer = flow.outerLoop.get(node);
  return !(outer !== undefined && valid[outer]);
}

/** The order of the pc table. Numbers are sorted several times as fast as objects: each is an offset and a place in the list. */
function inOrder(sites: readonly ValueSite[], start: number): ValueSite[] {
  const keys = new Float64Array(sites.length);
  for (let k = 0; k < sites.length; k++) keys[k] = ((sites[k] as ValueSite).offset - start) * MAX_SITES + k;
  return Array.from(keys.sort(), (key) => sites[key % MAX_SITES] as ValueSite);
}

/** Engines take functions of up to 2^23 bytes. */
const MAX_SITES = 2 ** 26;
