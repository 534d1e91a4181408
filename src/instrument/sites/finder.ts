/**
 * Where to instrument: one walk over a function's tree in execution order finds every site, the offset that becomes
 * its PC, and the control-flow graph that pruning needs. Nothing is changed here.
 */

import type { Adoption } from "../adopt/adoption.ts";
import type { CompilerHook } from "../adopt/compiler_hooks.ts";
import { type Expr, type Func, lib, type Name, raw, type Type } from "../ir/binaryen.ts";
import { childOf, ID } from "../ir/expressions.ts";
import { catchClauses } from "../ir/heap_layout.ts";
import type { SiteKind } from "../pc_table.ts";
import { ControlFlow, DEAD, type Node } from "./cfg.ts";
import { Labels } from "./labels.ts";
import { mayTrap } from "./leaves.ts";
import { Numbers, Pool } from "./lists.ts";
import { CallPlaces, NodePlaces } from "./node_places.ts";
import { type Body, type Branch, Scanner } from "./offsets.ts";
import type { OpenExpression } from "./open_expression.ts";
import { PcSource } from "./pc_source.ts";
import type { SafeAccesses } from "./safe_accesses.ts";
import { type AdoptedSite, type FunctionSites, noAdoptedSite, noSite, type Site } from "./site.ts";
import { byId, holdsFirstOperand, MAY_NEVER_END } from "./site_classes.ts";
import type { TreePlace } from "./tree_walk.ts";
import { ValueWalk } from "./value_walk.ts";

/** What the finder looks for. */
export interface FinderOptions {
  /** Kinds of operators that record values. */
  readonly traced: ReadonlySet<SiteKind>;
  /** Whether conditions of `select` are sites. */
  readonly hasSelects: boolean;
  /** Whether other instructions that access memory, neither loads nor stores, count as stores. */
  readonly everyAccess?: boolean;
  /** Knows which accesses never trap; undefined if traps are not looked for, as they are for coverage counters. */
  readonly accesses: SafeAccesses | undefined;
  /** Whether every call is taken to return. */
  readonly callsReturn?: boolean;
  /** The compiler's hooks to adopt; undefined for a module without any, or if they are treated as ordinary calls. */
  readonly adoption?: Adoption | undefined;
}

/** Finds the sites of one function after the other: all of control flow, and the traced kinds that record values. */
export class SiteFinder extends ValueWalk {
  private readonly hasSelects: boolean;
  private readonly accesses: SafeAccesses | undefined;
  private readonly callsReturn: boolean;
  private readonly scanner: Scanner;
  private readonly sites: Pool<Site> = new Pool(noSite);
  private readonly adopted: Pool<AdoptedSite> = new Pool(noAdoptedSite);
  private readonly flow = new ControlFlow();
  private readonly calls = new CallPlaces();
  private readonly loopPlaces = new NodePlaces();
  private readonly labels: Labels;
  private readonly loops = new Numbers();
  /** Offset of the compiler's hook call that announces an indirect call, until that is reached. */
  private announced: number | undefined;

  constructor(options: FinderOptions) {
    const { traced, hasSelects, everyAccess = false, accesses, callsReturn = false, adoption } = options;
    const scanner = new Scanner(hasSelects, accesses !== undefined, adoption?.calledIndices);
    super(traced, everyAccess, adoption, new PcSource(scanner.code));
    this.scanner = scanner;
    this.labels = new Labels(this.flow, this.pcs);
    this.hasSelects = hasSelects;
    this.accesses = accesses;
    this.callsReturn = callsReturn;
  }

  find(func: Func, body: Body): FunctionSites {
    this.adoption?.begin(func);
    const isScanned = this.scanner.scan(body);
    const found = this.findOnce(func, body, isScanned);
    return found.exact || !isScanned ? found : this.findOnce(func, body, false);
  }

  private findOnce(func: Func, body: Body, isScanned: boolean): FunctionSites {
    this.pcs.begin(body, isScanned);
    this.flow.clear();
    for (const list of [this.sites, this.adopted, this.labels, this.loops, this.loopPlaces]) list.clear();
    this.calls.clear();
    this.accesses?.begin(this.flow, isScanned ? this.scanner.code.localSets : undefined);
    this.announced = undefined;
    const root = raw.FunctionGetBody(func);
    this.beginWalk();
    this.enterFunction(root);
    this.walk(root);
    const { sites, operators, adopted, flow, calls, loopPlaces: loops } = this;
    return { sites, operators, adopted, flow, calls, loops, exact: this.pcs.exact };
  }

  private enterFunction(body: Expr): void {
    const { offset, code } = this.pcs.entry;
    this.current = this.flow.node();
    this.add("entry", this.position(this.pcs.at(offset), code), { expr: body, parent: 0, slot: 0 }, this.current);
  }

  protected override enter(opened: OpenExpression): void {
    const { id } = opened;
    if (id === ID.Block) this.enterBlock(opened.expr);
    else if (id === ID.Loop) this.enterLoop(opened);
    else if (id === ID.Try) this.enterTry(opened);
    else if (id === ID.TryTable) this.enterTryTable(opened);
  }

  private enterBlock(block: Expr): void {
    const name = raw.BlockGetName(block);
    if (name !== 0) this.labels.add(name, false, DEAD);
  }

  private enterLoop(loop: OpenExpression): void {
    const offset = this.pcs.loops.take();
    const header = this.flow.after(this.current);
    if (header !== DEAD) {
      this.flow.addLoop(header, this.loops.last ?? DEAD);
      this.loopPlaces.add(header, this.placeOf(loop));
    }
    this.loops.push(header);
    this.current = header;
    const name = raw.LoopGetName(loop.expr);
    if (name !== 0) this.labels.add(name, true, header);
    this.addInFront("loop", this.pcs.at(offset), this.pcs.after(offset ?? 0), loop, 0);
  }

  private enterTry(top: OpenExpression): void {
    top.op = this.pcs.tries.take();
    top.fork = this.current;
  }

  private enterTryTable(top: OpenExpression): void {
    const { pcs } = this;
    const op = pcs.tryTables.take();
    const clauses = catchClauses();
    for (let k = 0; k < clauses.count(top.expr); k++) {
      const node = this.current === DEAD ? DEAD : this.flow.node();
      this.addWithin("catch", pcs.at(pcs.labelOffset(op, k)), node, k);
      this.labels.branch(clauses.dest(top.expr, k), pcs.labelFrame(op, k), node);
    }
  }

  protected override beforeChild(top: OpenExpression, k: number): void {
    if (top.id === ID.If && k > 0) this.arm(top, k);
    else if (top.id === ID.Try && k > 0) this.handler(top, k);
    else if (k === 1 && holdsFirstOperand(top.id, top.expr)) this.hold(top);
  }

  /** An arm of an `if`; if there is no `else`, the edge around the first arm. */
  private arm(top: OpenExpression, k: number): void {
    const { pcs } = this;
    if (k === 1) {
      top.op = pcs.ifs.take();
      top.fork = this.current;
    } else this.endArm(top);
    this.current = this.flow.after(top.fork);
    const offset = top.op?.offset;
    const elseStart = top.op && "elseStart" in top.op ? top.op.elseStart : 0;
    const pc = pcs.at(offset === undefined ? offset : offset + k - 1);
    const start = k === 1 ? pcs.after(offset ?? 0) : elseStart;
    this.addInFront(k === 1 ? "then" : "else", pc, start, top, k);
  }

  private handler(top: OpenExpression, k: number): void {
    this.endArm(top);
    this.current = top.fork === DEAD ? DEAD : this.flow.node();
    const offset = top.op && "catches" in top.op ? top.op.catches[k - 1] : undefined;
    this.addInFront("catch", this.pcs.at(offset), this.pcs.after(offset ?? 0), top, k);
  }

  /** Adds control flow from here to the end of an `if` or `try`. */
  private endArm(top: OpenExpression): void {
    if (this.current === DEAD) return;
    top.ends++;
    if (top.ends === 1) top.end = this.current;
    else {
      if (top.ends === 2) top.end = this.flow.after(top.end);
      this.flow.edge(this.current, top.end);
    }
  }

  protected override leave(top: OpenExpression): void {
    if (this.accesses) this.findTrap(top, this.accesses);
    this.leaveOperator(top);
    SiteFinder.leaving[top.id]?.(this, top);
    if (MAY_NEVER_END[top.id] && raw.ExpressionGetType(top.expr) === lib.unreachable) this.current = DEAD;
  }

  /** Called before the expression is left, since a call ends the node. */
  private findTrap({ id, expr }: OpenExpression, accesses: SafeAccesses): void {
    if (id === ID.Call && this.adoption?.hookOf(expr)) return;
    accesses.goTo(this.current);
    if (id === ID.LocalSet) accesses.set(raw.LocalSetGetIndex(expr));
    else if (this.current !== DEAD && mayTrap(id, expr, accesses)) this.flow.addTrap(this.current);
  }

  private static readonly leaving = byId<(finder: SiteFinder, top: OpenExpression) => void>({
    Block: (finder, top) => finder.leaveBlock(top),
    Loop: (finder) => finder.loops.pop(),
    If: (finder, top) => finder.leaveIf(top),
    Try: (finder, top) => finder.endArms(top),
    Break: (finder, top) => finder.leaveBreak(top),
    BrOn: (finder, top) => finder.leaveBrOn(top),
    Switch: (finder, top) => finder.leaveSwitch(top),
    Select: (finder) => finder.leaveSelect(),
    Return: (finder) => finder.leaveEnd(),
    Unreachable: (finder) => finder.leaveEnd(),
    Throw: (finder) => finder.leaveEnd(),
    Rethrow: (finder) => finder.leaveEnd(),
    ThrowRef: (finder) => finder.leaveEnd(),
    Call: (finder, top) => finder.leaveCall(top),
    CallIndirect: (finder, top) => finder.leaveCall(top),
    CallRef: (finder, top) => finder.leaveCall(top),
    Load: (finder, top) => finder.leaveLoad(top),
    SIMDLoad: (finder, top) => finder.leaveLoad(top),
    SIMDLoadStoreLane: (finder, top) => finder.leaveLane(top),
    LocalSet: (finder, top) => finder.leaveStatement(top),
    GlobalSet: (finder, top) => finder.leaveStatement(top),
    Store: (finder, top) => finder.leaveStatement(top),
    Drop: (finder, top) => finder.leaveStatement(top),
  });

  /** The last arm ends, and control continues where all arms meet. */
  private endArms(top: OpenExpression): void {
    this.endArm(top);
    this.current = top.end;
  }

  private leaveBlock(top: OpenExpression): void {
    const name = raw.BlockGetName(top.expr);
    const label = name === 0 ? undefined : this.labels.get(name);
    if (!label?.isBranchedTo) return;
    if (label.node === DEAD) this.current = this.flow.after(this.current);
    else {
      this.flow.edge(this.current, label.node);
      this.current = label.node;
    }
    this.addBehind("join", this.pcs.endOf(label.frame), top);
  }

  private leaveIf(top: OpenExpression): void {
    this.endArms(top);
    if (top.ends < 2) return;
    const frame = top.op && "elseStart" in top.op ? top.op.frame : undefined;
    // If an `if` is a branch target, its `end` is a site already: that of the block which Binaryen has put around it.
    if (!this.pcs.isTarget(frame)) this.addBehind("endif", this.pcs.endOf(frame), top);
  }

  private leaveBreak(top: OpenExpression): void {
    const name = raw.BreakGetName(top.expr);
    if (raw.BreakGetCondition(top.expr) !== 0) this.conditional(top, name, this.pcs.brIfs.take());
    else {
      this.labels.branch(name, this.pcs.brs.take()?.frame, this.current);
      this.current = DEAD;
    }
  }

  private leaveBrOn(top: OpenExpression): void {
    this.conditional(top, raw.BrOnGetName(top.expr), this.pcs.brOns.take());
  }

  private conditional(top: OpenExpression, name: Name, op: Branch | undefined): void {
    const { pcs, flow } = this;
    const fork = this.current;
    const taken = flow.after(fork);
    const after = pcs.after(op?.offset ?? 0);
    this.addWithin("taken", pcs.at(op?.offset), taken, 0, after);
    this.labels.branch(name, op?.frame, taken);
    this.current = flow.after(fork);
    this.add("not-taken", this.position(pcs.at(op && op.offset + 1), after), this.placeOf(top), this.current);
  }

  private leaveSwitch(top: OpenExpression): void {
    const { pcs, flow } = this;
    const op = pcs.brTables.take();
    const count = raw.SwitchGetNumNames(top.expr);
    this.value("switch", op?.offset, top);
    for (let k = 0; k <= count; k++) {
      const name = k < count ? raw.SwitchGetNameAt(top.expr, k) : raw.SwitchGetDefaultName(top.expr);
      const label = this.labels.get(name);
      if (!label) continue;
      if (label.brTable === top.expr) pcs.bind(label, pcs.labelFrame(op, k));
      else {
        label.brTable = top.expr;
        const node = flow.after(this.current);
        this.addWithin("case", pcs.at(pcs.labelOffset(op, k)), node, k);
        this.labels.branch(name, pcs.labelFrame(op, k), node);
      }
    }
    this.current = DEAD;
  }

  /** In the graph a `select` is an `if` with empty arms. */
  private leaveSelect(): void {
    if (!this.hasSelects) return;
    const { pcs, flow } = this;
    const op = pcs.selects.take();
    const at = op?.offset ?? 0;
    const fork = this.current;
    const isTrue = flow.after(fork);
    const isFalse = flow.after(fork);
    this.addWithin("select-true", pcs.atOptional(op?.offset), isTrue, 0, at);
    this.addWithin("select-false", pcs.atOptional(op?.other), isFalse, 0, at);
    this.current = flow.after(isTrue);
    if (this.current !== DEAD) flow.edge(isFalse, this.current);
  }

  private leaveEnd(): void {
    this.current = DEAD;
  }

  private leaveCall(top: OpenExpression): void {
    if (top.id !== ID.Call) this.leaveIndirectCall(top);
    const hook = top.id === ID.Call ? this.adoption?.hookOf(top.expr) : undefined;
    if (hook) {
      this.adopt(hook, this.pcs.hookCalls.take(), top);
      return;
    }
    if (this.current === DEAD) return;
    this.flow.addCall(this.current, this.callsReturn);
    this.calls.call(this.current, this.placeOf(top), raw.ExpressionGetType(top.expr) !== lib.none);
  }

  private leaveStatement(top: OpenExpression): void {
    if (!this.calls.isPending(this.current)) return;
    const isStatement = top.id !== ID.LocalSet || raw.ExpressionGetType(top.expr) === lib.none;
    if (isStatement) this.calls.statement(this.placeOf(top));
  }

  /** Binaryen knows that a call of null traps, and does not write the call. */
  private leaveIndirectCall(top: OpenExpression): void {
    const { id, expr, count } = top;
    const offset = this.pcs.indirectCalls.take();
    const isNull = this.cuts === 0 && id === ID.CallRef && isBottom(raw.ExpressionGetType(childOf(expr, count - 1)));
    if (isNull) this.pcs.at(offset);
    else this.value("indirect-call", offset, top, true, this.announced);
    this.announced = undefined;
  }

  /**
   * Adopts what the compiler inserted: a call of its hook, or the load of its counter. If it marks control flow it
   * begins a node.
   */
  private adopt(hook: CompilerHook | undefined, at: number | undefined, top: OpenExpression): void {
    const offset = this.pcs.at(at);
    const kind = hook ? hook.kind : "adopted";
    if (kind === "adopted") this.current = this.flow.after(this.current);
    if (kind === "indirect-call" && this.current !== DEAD) this.announced = offset;
    const start = at === undefined ? offset : this.pcs.after(at);
    const node = this.cuts > 0 ? DEAD : this.current;
    const site = this.adopted.take();
    this.fill(site, kind ?? "adopted", this.position(offset, start), this.placeOf(top), node);
    site.hook = hook;
  }

  private leaveLoad(top: OpenExpression): void {
    const offset = this.pcs.loads.take();
    const isCounter = this.adoption?.isCounter(top.expr) ?? false;
    if (isCounter) this.adopt(undefined, offset, top);
    this.value("load", offset, top, !isCounter);
  }

  private leaveLane(top: OpenExpression): void {
    if (raw.SIMDLoadStoreLaneIsStore(top.expr)) this.leaveStore(top);
    else this.leaveLoad(top);
  }

  /** Adds a site in front of a child of an expression, which begins at `start`. */
  private addInFront(kind: SiteKind, offset: number, start: number, { expr }: OpenExpression, slot: number): void {
    this.add(kind, this.position(offset, start), { expr, parent: expr, slot }, this.current);
  }

  /** Adds a site after a construct, at its `end`. */
  private addBehind(kind: SiteKind, end: number | undefined, top: OpenExpression): void {
    const offset = this.pcs.at(end);
    this.add(kind, this.position(offset, this.pcs.after(end ?? 0)), this.placeOf(top), this.current);
  }

  /** Adds a site on an edge to a label, at which the module has no code of its own. */
  private addWithin(kind: SiteKind, offset: number, node: Node, index: number, at: number = offset): void {
    const top = this.stack.last;
    const place = top ? this.placeOf(top) : NOWHERE;
    this.add(kind, { offset, blockStart: at, blockEnd: at }, place, node, index);
  }

  /** The position of a site before the block of code at `blockStart`. */
  private position(offset: number, blockStart: number): Position {
    return { offset, blockStart, blockEnd: this.pcs.blockEnd(blockStart) };
  }

  /** Dead code has no sites: nothing there is executed. */
  private add(kind: SiteKind, position: Position, place: TreePlace, node: Node, index = 0): void {
    if (node !== DEAD) this.fill(this.sites.take(), kind, position, place, node, index);
  }

  /** Sets every field, since objects are reused. */
  private fill(site: Site, kind: SiteKind, position: Position, place: TreePlace, node: Node, index = 0): void {
    site.kind = kind;
    site.offset = position.offset;
    site.blockStart = position.blockStart;
    site.blockEnd = position.blockEnd;
    site.expr = place.expr;
    site.parent = place.parent;
    site.slot = place.slot;
    site.impliedBy = undefined;
    site.follows = undefined;
    site.index = index;
    site.depth = this.depth;
    site.node = node;
    site.counter = undefined;
  }
}

/** Where a site is in the original file. */
interface Position {
  readonly offset: number;
  readonly blockStart: number;
  readonly blockEnd: number;
}

const NOWHERE: TreePlace = { expr: 0, parent: 0, slot: 0 };

/** Whether null is the only value of a reference type. */
function isBottom(type: Type): boolean {
  return raw.HeapTypeIsBottom(raw.TypeGetHeapType(type)) !== 0;
}
