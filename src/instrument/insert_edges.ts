/** Inserts the code of control-flow sites, which calls `__sanitizer_cov_trace_pc` on the path of the site. */

import type { FunctionEdit } from "./function_edit.ts";
import { type Expr, type Func, lib, type Name, raw, type Type } from "./ir/binaryen.ts";
import { childOf, firstChild, ID, setChildAt } from "./ir/expressions.ts";
import { catchClauses } from "./ir/heap_layout.ts";
import { replaceExpression } from "./ir/ir.ts";
import type { SiteKind } from "./pc_table.ts";
import type { Site } from "./sites/site.ts";
import type { TreePlace } from "./sites/tree_walk.ts";

/**
 * Inserts hooks at the sites that belong to one expression. Sites in front of the expression in a slot must be inserted
 * after all others of the function (see {@link isPrefix}), since the others expect their expression in that slot.
 */
export function insertEdges(edit: FunctionEdit, sites: readonly Site[]): void {
  const [site] = sites;
  if (!site) return;
  const id = raw.ExpressionGetId(site.expr);
  if (isPrefix(site)) for (const each of sites) prefix(edit, each);
  else if (id === ID.Break || id === ID.BrOn) conditionalBranch(edit, sites);
  else if (id === ID.Switch) branchTable(edit, sites);
  else if (id === ID.TryTable) catchClause(edit, sites);
  else if (id === ID.Select) selectCondition(edit, sites);
  else join(edit, site);
}

/** Whether a site's hook is inserted in front of the expression in its slot. */
export function isPrefix({ kind, expr }: Site): boolean {
  if (kind === "catch") return raw.ExpressionGetId(expr) === ID.Try;
  return kind === "entry" || kind === "then" || kind === "else" || kind === "loop";
}

/** Inserts the check at the head of a loop: another thread may have reset the count since the last iteration. */
export function insertCheck(edit: FunctionEdit, loop: Site): void {
  const { ir, func } = edit;
  const check = edit.checkCursor();
  const body = contentOf(func, loop);
  replaceExpression(func, loop, ir.sequence(raw.ExpressionGetType(body), check, body));
}

/** Inserts a load of the cursor after a place; undefined: where the function begins. Other code is inserted later. */
export function insertLoad(edit: FunctionEdit, place: TreePlace | undefined): void {
  const { ir, func } = edit;
  const content = place ? place.expr : raw.FunctionGetBody(func);
  const code = place ? after(edit, content, edit.loadCursor()) : [edit.loadCursor(), content];
  replaceExpression(func, place ?? { parent: 0, slot: 0 }, ir.sequence(raw.ExpressionGetType(content), ...code));
}

/** Inserts code in front of a loop. Other code is inserted later. */
export function insertBefore({ ir, func }: FunctionEdit, place: TreePlace, code: readonly Expr[]): void {
  replaceExpression(func, place, ir.sequence(raw.ExpressionGetType(place.expr), ...code, place.expr));
}

/** For function entries, arms of an `if`, loop bodies and legacy handlers. */
function prefix(edit: FunctionEdit, site: Site): void {
  const { ir, func } = edit;
  const body = contentOf(func, site);
  const hook = edit.visit(site);
  if (body === 0) {
    replaceExpression(func, site, hook);
    return;
  }
  const pop = site.kind === "catch" ? findPop(body) : undefined;
  const type = raw.ExpressionGetType(body);
  if (!pop) {
    replaceExpression(func, site, ir.sequence(type, hook, body));
    return;
  }
  const caught = raw.ExpressionGetType(pop.expr);
  const local = edit.locals.temporary(caught, "caught", site.depth);
  const kept = pop.parent === 0 ? ir.get(local, caught) : body;
  if (pop.parent !== 0) replaceExpression(func, pop, ir.get(local, caught));
  replaceExpression(func, site, ir.sequence(type, ir.set(local, pop.expr), hook, kept));
}

/** Finds the `pop` from which a handler's values come. Binaryen requires that the handler evaluates it first. */
function findPop(handler: Expr): { expr: Expr; parent: Expr; slot: number } | undefined {
  let parent = 0;
  let slot = 0;
  let expr = handler;
  for (;;) {
    if (raw.ExpressionGetId(expr) === ID.Pop) return { expr, parent, slot };
    const first = firstChild(expr);
    if (!first) return undefined;
    parent = expr;
    ({ expr, slot } = first);
  }
}

/** After a construct: its value is kept in a temporary while the hook runs. */
function join(edit: FunctionEdit, site: Site): void {
  const { ir, func } = edit;
  const construct = contentOf(func, site);
  replaceExpression(
    func,
    site,
    ir.sequence(raw.ExpressionGetType(construct), ...after(edit, construct, edit.visit(site))),
  );
}

/** Evaluates a value, then runs code. */
function after(edit: FunctionEdit, value: Expr, code: Expr): Expr[] {
  const { ir } = edit;
  const type = raw.ExpressionGetType(value);
  if (type === lib.none || type === lib.unreachable) return [value, code];
  const local = edit.locals.temporary(type, "value");
  return [ir.set(local, value), code, ir.get(local, type)];
}

/** For `br_if` and `br_on_…`. */
function conditionalBranch(edit: FunctionEdit, sites: readonly Site[]): void {
  const [site] = sites;
  const taken = sites.find(({ kind }) => kind === "taken");
  const notTaken = sites.find(({ kind }) => kind === "not-taken");
  if (!site) return;
  const branch = taken ? takenBranch(edit, taken) : site.expr;
  const { ir, func } = edit;
  if (notTaken)
    replaceExpression(
      func,
      site,
      ir.sequence(raw.ExpressionGetType(branch), ...after(edit, branch, edit.visit(notTaken))),
    );
  else replaceExpression(func, site, branch);
}

function takenBranch(edit: FunctionEdit, site: Site): Expr {
  if (raw.ExpressionGetId(site.expr) === ID.BrOn) return takenBrOn(edit, site);
  const { ir } = edit;
  const { expr } = site;
  const [name, value, condition] = [raw.BreakGetName(expr), raw.BreakGetValue(expr), raw.BreakGetCondition(expr)];
  if (value === 0) return ir.if(condition, ir.sequence(lib.unreachable, edit.visit(site), ir.br(name)));
  const type = raw.ExpressionGetType(value);
  const local = edit.locals.temporary(type, "sent", site.depth);
  const jump = ir.sequence(lib.unreachable, edit.visit(site), ir.br(name, ir.get(local, type)));
  return ir.sequence(type, ir.set(local, value), ir.if(condition, jump), ir.get(local, type));
}

/**
 *     (block $past (result …)
 *       (br $label
 *         (block $taken (result …)
 *           (br $past (br_on_… $taken …)))      ;; and the hook in front of the outer br
 */
function takenBrOn(edit: FunctionEdit, site: Site): Expr {
  const { ir } = edit;
  const { expr } = site;
  const label = raw.BrOnGetName(expr);
  const fallthrough = raw.ExpressionGetType(expr);
  const sent = sentType(expr);
  const [past, taken] = [ir.label(), ir.label()];
  raw.BrOnSetName(expr, taken);
  const stays = fallthrough === lib.none ? [expr, ir.br(past)] : [ir.br(past, expr)];
  const leaves = ir.block(taken, sent, ...stays);
  return ir.block(past, fallthrough, ...detour(edit, site, leaves, sent, label));
}

/** Type of the value that a `br_on_…` passes to its label. */
function sentType(brOn: Expr): Type {
  const op = raw.BrOnGetOp(brOn);
  if (op === raw.BrOnNull()) return lib.none;
  if (op === raw.BrOnCast()) return raw.BrOnGetCastType(brOn);
  const operand = raw.ExpressionGetType(raw.BrOnGetRef(brOn));
  const nullStays = op === raw.BrOnNonNull() || raw.TypeIsNullable(raw.BrOnGetCastType(brOn));
  return nullStays ? raw.TypeFromHeapType(raw.TypeGetHeapType(operand), 0) : operand;
}

/** Makes control reach a label by way of a hook: `source` ends at the point to which the branch was redirected. */
function detour(edit: FunctionEdit, site: Site, source: Expr, sent: Type, label: Name): Expr[] {
  const { ir } = edit;
  if (sent === lib.none) return [source, edit.visit(site), ir.br(label)];
  const local = edit.locals.temporary(sent, "value");
  return [ir.set(local, source), edit.visit(site), ir.br(label, ir.get(local, sent))];
}

/** For `select`: its condition becomes an `if` with the same truth value. */
function selectCondition(edit: FunctionEdit, sites: readonly Site[]): void {
  const { ir } = edit;
  const [first] = sites;
  if (!first) return;
  const visit = (kind: SiteKind): Expr[] => sites.filter((site) => site.kind === kind).map(edit.visit);
  const isTrue = ir.sequence(lib.i32, ...visit("select-true"), ir.i32(1));
  const isFalse = ir.sequence(lib.i32, ...visit("select-false"), ir.i32(0));
  setChildAt(first.expr, CONDITION, ir.if(childOf(first.expr, CONDITION), isTrue, isFalse));
}

/** The index of the condition among a `select`'s children. */
const CONDITION = 2;

/** For `br_table`: every label with a site is replaced by one around the branch, after which the hook runs. */
function branchTable(edit: FunctionEdit, sites: readonly Site[]): void {
  const { ir, func } = edit;
  const [first] = sites;
  if (!first) return;
  const { expr } = first;
  const value = raw.SwitchGetValue(expr);
  const sent = value === 0 ? lib.none : raw.ExpressionGetType(value);
  let source: Expr[] = [contentOf(func, first)];
  const detours = new Map<Name, Name>();
  for (const site of sites) {
    const label = labelOf(expr, site.index);
    const detoured = ir.label();
    detours.set(label, detoured);
    source = detour(edit, site, ir.block(detoured, sent, ...source), sent, label);
  }
  relabel(expr, detours);
  replaceExpression(func, first, ir.sequence(lib.unreachable, ...source));
}

function labelOf(brTable: Expr, index: number): Name {
  return index < raw.SwitchGetNumNames(brTable)
    ? raw.SwitchGetNameAt(brTable, index)
    : raw.SwitchGetDefaultName(brTable);
}

function relabel(brTable: Expr, detours: ReadonlyMap<Name, Name>): void {
  const count = raw.SwitchGetNumNames(brTable);
  for (let k = 0; k < count; k++) {
    const detoured = detours.get(raw.SwitchGetNameAt(brTable, k));
    if (detoured !== undefined) raw.SwitchSetNameAt(brTable, k, detoured);
  }
  const detoured = detours.get(raw.SwitchGetDefaultName(brTable));
  if (detoured !== undefined) raw.SwitchSetDefaultName(brTable, detoured);
}

/** For `try_table`: the same with the labels of its clauses. Normal completion skips the hooks. */
function catchClause(edit: FunctionEdit, sites: readonly Site[]): void {
  const { ir, func } = edit;
  const [first] = sites;
  if (!first) return;
  const { expr } = first;
  const clauses = catchClauses();
  const type = raw.ExpressionGetType(expr);
  const past = ir.label();
  const content = contentOf(func, first);
  let source =
    type === lib.unreachable ? [content] : type === lib.none ? [content, ir.br(past)] : [ir.br(past, content)];
  for (const site of sites) {
    const label = clauses.dest(expr, site.index);
    const sent = clauses.sentType(expr, site.index);
    const detoured = ir.label();
    clauses.retarget(expr, site.index, raw.BreakGetName(ir.br(detoured)));
    source = detour(edit, site, ir.block(detoured, sent, ...source), sent, label);
  }
  replaceExpression(func, first, ir.block(past, type, ...source));
}

/** The expression at the place of a site. */
function contentOf(func: Func, { parent, slot }: Site): Expr {
  return parent === 0 ? raw.FunctionGetBody(func) : childOf(parent, slot);
}
