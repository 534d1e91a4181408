/**
 * Where to instrument: one walk over a function's tree in execution order finds every site, the offset that becomes
 * its PC, and the control-flow graph that pruning works on. Nothing is changed here.
 */

import type { Adoption } from "../adopt/adoption.ts";
import type { CompilerHook } from "../adopt/compiler_hooks.ts";
import { type Expr, type Func, lib, type Name, raw, type Type } from "../ir/binaryen.ts";
import { childAt, childOf, ID, shapeOf, UnknownExpression } from "../ir/expressions.ts";
import { catchClauses } from "../ir/heap_layout.ts";
import { isComparison, isDivision, isEqz, yieldsBoolean } from "../ir/operations.ts";
import type { SiteKind } from "../pc_table.ts";
import { ControlFlow, DEAD, type Node } from "./cfg.ts";
import { mayTrap } from "./leaves.ts";
import { Numbers, Pool } from "./lists.ts";
import { type Body, type Branch, Scanner } from "./offsets.ts";
import { type Label, noLabel, Open } from "./open.ts";
import { PcSource } from "./pc_source.ts";
import type { SafeAccesses } from "./safe_accesses.ts";
import {
  type AdoptedSite,
  type FunctionSites,
  noAdoptedSite,
  noSite,
  noValueSite,
  type Site,
  type ValueSite,
} from "./site.ts";
import { BRANCHES, byId, CONTROL, ENDS, holdsFirstOperand, MAY_NEVER_END, PLAIN_LEAVES } from "./site_classes.ts";

/** What is looked for. */
export interface FinderOptions {
  /** Kinds of operators that record values. */
  readonly traced: ReadonlySet<SiteKind>;
  /** Whether conditions of `select` are sites. */
  readonly hasSelects: boolean;
  /** Whether all instructions that access memory count as stores that are neither loads nor stores. */
  readonly everyAccess?: boolean;
  /** Tells which accesses never trap; undefined where it is not looked for what may, as it is for counters of coverage. */
  readonly accesses: SafeAccesses | undefined;
  /** What the compiler has put there; undefined for a module without such hooks, or where they are calls like others. */
  readonly adoption?: Adoption | undefined;
}

/** Finds the sites of one function after the other: all of control flow, and of those that record values the traced kinds. */
export class SiteFinder {
  private readonly traced: ReadonlySet<SiteKind>;
  private readonly hasSelects: boolean;
  private readonly everyAccess: boolean;
  private readonly accesses: SafeAccesses | undefined;
  private readonly adoption: Adoption | undefined;
  private readonly scanner: Scanner;
  private readonly sites: Pool<Site> = new Pool(noSite);
  private readonly operators: Pool<ValueSite> = new Pool(noValueSite);
  private readonly adopted: Pool<AdoptedSite> = new Pool(noAdoptedSite);
  private readonly flow = new ControlFlow();
  private readonly pcs: PcSource;
  private readonly labels: Pool<Label> = new Pool(noLabel);
  private labelOf = new Map<Name, Label>();
  private readonly stack: Pool<Open> = new Pool(() => new Open());
  private readonly loops = new Numbers();
  private current: Node = DEAD;
  private depth = 0;
  /** Offset of a call of the compiler's hook that announces an indirect call, until that comes. */
  private announced: number | undefined;
  /** How many of the open expressions are cut: Binaryen writes nothing here. */
  private cuts = 0;

  constructor({ traced, hasSelects, everyAccess = false, accesses, adoption }: FinderOptions) {
    this.traced = traced;
    this.hasSelects = hasSelects;
    this.everyAccess = everyAccess;
    this.accesses = accesses;
    this.adoption = adoption;
    this.scanner = new Scanner(hasSelects, accesses !== undefined, adoption?.calledIndices);
    this.pcs = new PcSource(this.scanner.code);
  }

  find(func: Func, body: Body): FunctionSites {
    this.adoption?.begin(func);
    const isScanned = this.scanner.scan(body);
    const found = this.walk(func, body, isScanned);
    return found.exact || !isScanned ? found : this.walk(func, body, false);
  }

  private walk(func: Func, body: Body, isScanned: boolean): FunctionSites {
    this.pcs.begin(body, isScanned);
    this.labelOf = new Map();
    this.flow.clear();
    for (const list of [this.sites, this.operators, this.adopted, this.labels, this.stack, this.loops]) list.clear();
    this.current = DEAD;
    this.depth = 0;
    this.cuts = 0;
    this.accesses?.begin(this.flow, isScanned ? this.scanner.code.localSets : undefined);
    this.announced = undefined;
    this.run(raw.FunctionGetBody(func));
    const { sites, operators, adopted, flow } = this;
    return { sites, operators, adopted, flow, exact: this.pcs.exact };
  }

  /** The walk keeps its own stack: code nests deeper than JavaScript's would bear. */
  private run(body: Expr): void {
    this.enterFunction(body);
    this.open(body, 0);
    for (let top = this.stack.last; top !== undefined; top = this.stack.last) {
      if (top.next === top.count) {
        this.leave(top);
        this.stack.length--;
        this.close(top);
      } else {
        const k = top.next++;
        if (BRANCHES[top.id]) this.beforeChild(top, k);
        const child = childAt(top.shape, top.expr, k, top.count);
        if (child !== 0) this.open(child, k);
      }
    }
  }

  private open(expr: Expr, slot: number): void {
    const id = raw.ExpressionGetId(expr);
    if (PLAIN_LEAVES[id]) return;
    const shape = shapeOf(id);
    if (!shape) throw new UnknownExpression(id);
    const opened = this.stack.take();
    opened.begin(expr, id, shape, slot);
    if (id === ID.Block) this.enterBlock(expr);
    else if (id === ID.Loop) this.enterLoop(opened);
    else if (id === ID.Try) this.enterTry(opened);
    else if (id === ID.TryTable) this.enterTryTable(opened);
  }

  /** Tells the expression around one that was walked whether that one ends. */
  private close(closed: Open): void {
    if (closed.cut) this.cuts--;
    if (!this.isEndless(closed)) return;
    const around = this.stack.last;
    if (!around) return;
    around.endless = true;
    const isArm = around.id === ID.Try || (around.id === ID.If && closed.slot > 0);
    if (isArm || around.cut) return;
    around.cut = true;
    this.cuts++;
  }

  private isEndless({ id, expr, endless }: Open): boolean {
    if (ENDS[id]) return id !== ID.Break || raw.BreakGetCondition(expr) === 0 || endless;
    const depends = endless ? CONTROL[id] : MAY_NEVER_END[id];
    return depends ? raw.ExpressionGetType(expr) === lib.unreachable : endless;
  }

  private enterFunction(body: Expr): void {
    const { offset, code } = this.pcs.entry;
    this.current = this.flow.node();
    this.add("entry", this.pcs.at(offset), code, this.pcs.blockEnd(code), this.current, body, 0, 0);
  }

  private enterBlock(block: Expr): void {
    const name = raw.BlockGetName(block);
    if (name !== 0) this.addLabel(name, false, DEAD);
  }

  private addLabel(name: Name, isLoop: boolean, node: Node): void {
    const label = this.labels.take();
    label.isLoop = isLoop;
    label.node = node;
    label.isBranchedTo = false;
    label.frame = undefined;
    label.brTable = 0;
    this.labelOf.set(name, label);
  }

  private enterLoop(loop: Open): void {
    const offset = this.pcs.loops.take();
    const header = this.flow.behind(this.current);
    if (header !== DEAD) this.flow.addLoop(header, this.loops.last ?? DEAD);
    this.loops.push(header);
    this.current = header;
    const name = raw.LoopGetName(loop.expr);
    if (name !== 0) this.addLabel(name, true, header);
    this.addInFront("loop", this.pcs.at(offset), this.pcs.after(offset ?? 0), loop, 0);
  }

  private enterTry(top: Open): void {
    top.op = this.pcs.tries.take();
    top.fork = this.current;
  }

  private enterTryTable(top: Open): void {
    const { pcs } = this;
    const op = pcs.tryTables.take();
    const clauses = catchClauses();
    for (let k = 0; k < clauses.count(top.expr); k++) {
      const node = this.current === DEAD ? DEAD : this.flow.node();
      this.addWithin("catch", pcs.at(pcs.labelOffset(op, k)), node, k);
      this.branch(clauses.dest(top.expr, k), pcs.labelFrame(op, k), node);
    }
  }

  private beforeChild(top: Open, k: number): void {
    if (top.id === ID.If && k > 0) this.arm(top, k);
    else if (top.id === ID.Try && k > 0) this.handler(top, k);
    else if (k === 1 && holdsFirstOperand(top.id, top.expr)) {
      top.holds = true;
      this.depth++;
    }
  }

  /** An arm of an `if`; where there is no else, the edge around the first arm. */
  private arm(top: Open, k: number): void {
    const { pcs } = this;
    if (k === 1) {
      top.op = pcs.ifs.take();
      top.fork = this.current;
    } else this.endArm(top);
    this.current = this.flow.behind(top.fork);
    const offset = top.op?.offset;
    const elseStart = top.op && "elseStart" in top.op ? top.op.elseStart : 0;
    const pc = pcs.at(offset === undefined ? offset : offset + k - 1);
    const start = k === 1 ? pcs.after(offset ?? 0) : elseStart;
    this.addInFront(k === 1 ? "then" : "else", pc, start, top, k);
  }

  private handler(top: Open, k: number): void {
    this.endArm(top);
    this.current = top.fork === DEAD ? DEAD : this.flow.node();
    const offset = top.op && "catches" in top.op ? top.op.catches[k - 1] : undefined;
    this.addInFront("catch", this.pcs.at(offset), this.pcs.after(offset ?? 0), top, k);
  }

  /** Control goes from here to the end of an `if` or `try`. */
  private endArm(top: Open): void {
    if (this.current === DEAD) return;
    top.ends++;
    if (top.ends === 1) top.end = this.current;
    else {
      if (top.ends === 2) top.end = this.flow.behind(top.end);
      this.flow.edge(this.current, top.end);
    }
  }

  private leave(top: Open): void {
    if (top.holds) this.depth--;
    if (this.accesses) this.findTrap(top, this.accesses);
    SiteFinder.leaving[top.id]?.(this, top);
    if (MAY_NEVER_END[top.id] && raw.ExpressionGetType(top.expr) === lib.unreachable) this.current = DEAD;
  }

  /** Before it is left: what comes after a call is another matter. */
  private findTrap({ id, expr }: Open, accesses: SafeAccesses): void {
    if (id === ID.Call && this.adoption?.hookOf(expr)) return;
    accesses.goTo(this.current);
    if (id === ID.LocalSet) accesses.set(raw.LocalSetGetIndex(expr));
    else if (this.current !== DEAD && mayTrap(id, expr, accesses)) this.flow.addTrap(this.current);
  }

  private static readonly leaving = byId<(finder: SiteFinder, top: Open) => void>({
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
    Unary: (finder, top) => finder.leaveUnary(top),
    Binary: (finder, top) => finder.leaveBinary(top),
    Load: (finder, top) => finder.leaveLoad(top),
    SIMDLoad: (finder, top) => finder.leaveLoad(top),
    SIMDLoadStoreLane: (finder, top) => finder.leaveLane(top),
    Store: (finder, top) => finder.leaveStore(top),
    GlobalSet: (finder) => finder.leaveGlobalSet(),
    AtomicRMW: (finder) => finder.leaveOtherAccess(),
    AtomicCmpxchg: (finder) => finder.leaveOtherAccess(),
    AtomicWait: (finder) => finder.leaveOtherAccess(),
    AtomicNotify: (finder) => finder.leaveOtherAccess(),
    MemoryInit: (finder) => finder.leaveOtherAccess(),
    MemoryCopy: (finder) => finder.leaveOtherAccess(),
    MemoryFill: (finder) => finder.leaveOtherAccess(),
  });

  /** The last arm ends, and control goes on where all of them meet. */
  private endArms(top: Open): void {
    this.endArm(top);
    this.current = top.end;
  }

  private leaveBlock(top: Open): void {
    const name = raw.BlockGetName(top.expr);
    const label = name === 0 ? undefined : this.labelOf.get(name);
    if (!label?.isBranchedTo) return;
    if (label.node === DEAD) this.current = this.flow.behind(this.current);
    else {
      this.flow.edge(this.current, label.node);
      this.current = label.node;
    }
    this.addBehind("join", this.pcs.endOf(label.frame), top);
  }

  private leaveIf(top: Open): void {
    this.endArms(top);
    if (top.ends < 2) return;
    const frame = top.op && "elseStart" in top.op ? top.op.frame : undefined;
    // The `end` of an `if` that is branched to is one place: that of the block which Binaryen has around it.
    if (!this.pcs.isTarget(frame)) this.addBehind("endif", this.pcs.endOf(frame), top);
  }

  private leaveBreak(top: Open): void {
    const name = raw.BreakGetName(top.expr);
    if (raw.BreakGetCondition(top.expr) !== 0) this.conditional(top, name, this.pcs.brIfs.take());
    else {
      this.branch(name, this.pcs.brs.take()?.frame, this.current);
      this.current = DEAD;
    }
  }

  private leaveBrOn(top: Open): void {
    this.conditional(top, raw.BrOnGetName(top.expr), this.pcs.brOns.take());
  }

  private conditional(top: Open, name: Name, op: Branch | undefined): void {
    const { pcs, flow } = this;
    const fork = this.current;
    const taken = flow.behind(fork);
    const after = pcs.after(op?.offset ?? 0);
    this.addWithin("taken", pcs.at(op?.offset), taken, 0, after);
    this.branch(name, op?.frame, taken);
    this.current = flow.behind(fork);
    const offset = pcs.at(op && op.offset + 1);
    this.add("not-taken", offset, after, pcs.blockEnd(after), this.current, top.expr, this.parent, top.slot);
  }

  private leaveSwitch(top: Open): void {
    const { pcs, flow } = this;
    const op = pcs.brTables.take();
    const count = raw.SwitchGetNumNames(top.expr);
    this.data("switch", op?.offset);
    for (let k = 0; k <= count; k++) {
      const name = k < count ? raw.SwitchGetNameAt(top.expr, k) : raw.SwitchGetDefaultName(top.expr);
      const label = this.labelOf.get(name);
      if (!label) continue;
      if (label.brTable === top.expr) pcs.bind(label, pcs.labelFrame(op, k));
      else {
        label.brTable = top.expr;
        const node = flow.behind(this.current);
        this.addWithin("case", pcs.at(pcs.labelOffset(op, k)), node, k);
        this.branch(name, pcs.labelFrame(op, k), node);
      }
    }
    this.current = DEAD;
  }

  /** To the graph it is an `if` whose arms do nothing. */
  private leaveSelect(): void {
    if (!this.hasSelects) return;
    const { pcs, flow } = this;
    const op = pcs.selects.take();
    const at = op?.offset ?? 0;
    const fork = this.current;
    const isTrue = flow.behind(fork);
    const isFalse = flow.behind(fork);
    this.addWithin("select-true", pcs.atOptional(op?.offset), isTrue, 0, at);
    this.addWithin("select-false", pcs.atOptional(op?.other), isFalse, 0, at);
    this.current = flow.behind(isTrue);
    if (this.current !== DEAD) flow.edge(isFalse, this.current);
  }

  /** Control goes from a node to a label. */
  private branch(name: Name, frame: number | undefined, from: Node): void {
    const label = this.labelOf.get(name);
    if (!label) return;
    this.pcs.bind(label, frame);
    label.isBranchedTo = true;
    if (from === DEAD || (label.isLoop && label.node === DEAD)) return;
    if (label.node === DEAD) label.node = this.flow.node();
    this.flow.edge(from, label.node);
  }

  private leaveEnd(): void {
    this.current = DEAD;
  }

  private leaveCall(top: Open): void {
    if (top.id !== ID.Call) this.leaveIndirectCall(top);
    const hook = top.id === ID.Call ? this.adoption?.hookOf(top.expr) : undefined;
    if (hook) {
      this.adopt(hook, this.pcs.hookCalls.take(), top);
      return;
    }
    if (this.current !== DEAD) this.flow.addCall(this.current);
  }

  /** Binaryen knows that a call of null traps, and writes no call. */
  private leaveIndirectCall({ id, expr, count }: Open): void {
    const offset = this.pcs.indirectCalls.take();
    const isNull = this.cuts === 0 && id === ID.CallRef && isBottom(raw.ExpressionGetType(childOf(expr, count - 1)));
    if (isNull) this.pcs.at(offset);
    else this.data("indirect-call", offset, true, this.announced);
    this.announced = undefined;
  }

  /** What the compiler put there: a call of its hook, or the load of its counter. One that says where control is begins a node. */
  private adopt(hook: CompilerHook | undefined, at: number | undefined, top: Open): void {
    const offset = this.pcs.at(at);
    const kind = hook ? hook.kind : "adopted";
    if (kind === "adopted") this.current = this.flow.behind(this.current);
    if (kind === "indirect-call" && this.current !== DEAD) this.announced = offset;
    const start = at === undefined ? offset : this.pcs.after(at);
    const node = this.cuts > 0 ? DEAD : this.current;
    const site = this.adopted.take();
    const end = this.pcs.blockEnd(start);
    this.fill(site, kind ?? "adopted", offset, start, end, node, top.expr, this.parent, top.slot, 0);
    site.hook = hook;
  }

  private leaveUnary(top: Open): void {
    if (isEqz(top.expr)) this.data("cmp", this.pcs.compares.take(), !yieldsBoolean(raw.UnaryGetValue(top.expr)));
  }

  private leaveBinary(top: Open): void {
    if (isComparison(top.expr)) this.data("cmp", this.pcs.compares.take());
    else if (isDivision(top.expr)) this.data("div", this.pcs.divs.take());
  }

  private leaveLoad(top: Open): void {
    const offset = this.pcs.loads.take();
    const isCounter = this.adoption?.isCounter(top.expr) ?? false;
    if (isCounter) this.adopt(undefined, offset, top);
    this.data("load", offset, !isCounter);
  }

  private leaveStore(top: Open): void {
    this.data("store", this.pcs.stores.take(), !this.adoption?.isCounter(top.expr));
  }

  private leaveLane(top: Open): void {
    if (raw.SIMDLoadStoreLaneIsStore(top.expr)) this.leaveStore(top);
    else this.leaveLoad(top);
  }

  /** No kind of site: whoever wants all accesses gets these as stores. */
  private leaveOtherAccess(): void {
    const offset = this.pcs.otherAccesses.take();
    if (this.everyAccess) this.data("store", offset);
  }

  private leaveGlobalSet(): void {
    this.data("stack-depth", this.pcs.globalSets.take());
  }

  /** An operator that records a value. Most modules have more of these than of all others, and most are not traced. */
  private data(kind: SiteKind, offset: number | undefined, isSite = true, adopted?: number): void {
    // Asked for in any case: PCs are the same whatever is traced.
    const at = isSite ? this.pcs.at(offset) : 0;
    if (!this.traced.has(kind) || this.cuts > 0) return;
    const site = this.operators.take();
    site.kind = kind;
    site.offset = adopted ?? at;
    site.isAdopted = adopted !== undefined;
    site.blockStart = offset ?? 0;
    site.blockEnd = offset === undefined ? 0 : this.pcs.after(offset);
    site.expr = isSite && this.current !== DEAD ? (this.stack.last?.expr ?? 0) : 0;
    site.impliedBy = undefined;
    site.follows = undefined;
  }

  /** A site in front of what is in a slot of an expression, which begins at `start`. */
  private addInFront(kind: SiteKind, offset: number, start: number, { expr }: Open, slot: number): void {
    this.add(kind, offset, start, this.pcs.blockEnd(start), this.current, expr, expr, slot);
  }

  /** One behind a construct, at the `end` at an offset. */
  private addBehind(kind: SiteKind, end: number | undefined, { expr, slot }: Open): void {
    const offset = this.pcs.at(end);
    const start = this.pcs.after(end ?? 0);
    this.add(kind, offset, start, this.pcs.blockEnd(start), this.current, expr, this.parent, slot);
  }

  /** One on the way to a label, where no code of the module is. */
  private addWithin(kind: SiteKind, offset: number, node: Node, index: number, at: number = offset): void {
    const top = this.stack.last;
    this.add(kind, offset, at, at, node, top?.expr ?? 0, this.parent, top?.slot ?? 0, index);
  }

  /** The expression around the innermost open one; 0 for none. */
  private get parent(): Expr {
    return this.stack.at(this.stack.length - 2)?.expr ?? 0;
  }

  /** A site before a block of code. Dead code has no sites: nothing there is executed. */
  // biome-ignore format: one line
  private add(kind: SiteKind, offset: number, blockStart: number, blockEnd: number, node: Node, expr: Expr, parent: Expr, slot: number, index = 0): void {
    if (node !== DEAD) this.fill(this.sites.take(), kind, offset, blockStart, blockEnd, node, expr, parent, slot, index);
  }

  // biome-ignore format: one line
  private fill(site: Site, kind: SiteKind, offset: number, blockStart: number, blockEnd: number, node: Node, expr: Expr, parent: Expr, slot: number, index: number): void {
    site.kind = kind;
    site.offset = offset;
    site.blockStart = blockStart;
    site.blockEnd = blockEnd;
    site.expr = expr;
    site.impliedBy = undefined;
    site.follows = undefined;
    site.parent = parent;
    site.slot = slot;
    site.index = index;
    site.depth = this.depth;
    site.node = node;
    site.counter = undefined;
  }
}

/** A type of references of which null is the only one. */
function isBottom(type: Type): boolean {
  return raw.HeapTypeIsBottom(raw.TypeGetHeapType(type)) !== 0;
}
