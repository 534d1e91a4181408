/**
 * Where to instrument: one walk over a function's tree in execution order finds every site, the offset that becomes
 * its PC, and the control-flow graph that pruning works on. Nothing is changed here.
 */

import { type Expr, type Func, lib, type Name, raw, type Type } from "./binaryen.ts";
import { ControlFlow, DEAD, type Node } from "./cfg.ts";
import { childAt, childCount, childOf, ID, type Shape, shapeOf, UnknownExpression } from "./expressions.ts";
import { catchClauses } from "./heap_layout.ts";
import { type FunctionCode, scanFunction } from "./offsets.ts";
import { isComparison, isDivision, isEqz, yieldsBoolean } from "./operations.ts";
import { type Body, PcSource } from "./pc_source.ts";
import type { SiteKind } from "./pc_table.ts";
import { BRANCHES, byId, CONTROL, ENDS, holdsFirstOperand, MAY_NEVER_END, PLAIN_LEAVES } from "./site_classes.ts";

/** An operator whose operands may be recorded. */
export interface ValueSite {
  kind: SiteKind;
  /** Offset in the original file, the PC less `pcBase`. */
  offset: number;
  /** Byte range of the original: for a site of control flow what runs straight after it, up to the next branch or join. */
  blockStart: number;
  blockEnd: number;
  /** The expression it belongs to. */
  expr: Expr;
  /** The sites that tell whether this one was executed (prune.ts); undefined for a site with a hook. */
  impliedBy: readonly ValueSite[] | undefined;
  /** Its place among the sites of the function that were chosen. */
  position: number;
}

/** A place in control flow where a hook may be called. */
export interface Site extends ValueSite {
  /** The expression's parent (0: the function) and which child of it this is. */
  parent: Expr;
  slot: number;
  /** Which of a br_table's labels, a try's handlers or a try_table's clauses. */
  index: number;
  /** How many expressions around this one hold an operand in a temporary while it is evaluated. */
  depth: number;
  /** Its node in the control-flow graph. */
  node: Node;
  /** Index of its counter; undefined for a site that has none. */
  counter: number | undefined;
}

/** What one walk found. */
export interface FunctionSites {
  /** Those of control flow. */
  sites: Site[];
  /**
   * The operators that record values, of the traced kinds, as many as Binaryen will write and in that order; undefined for
   * one that is no site.
   */
  operators: (ValueSite | undefined)[];
  flow: ControlFlow;
  /** Whether every site's offset is that of its own operator. */
  exact: boolean;
}

/** Finds the sites of a function: all of control flow, and of those that record values the kinds that are `traced`. */
export function findSites(func: Func, body: Body, traced: ReadonlySet<SiteKind>): FunctionSites {
  const code = scanFunction(body.bytes, body.start, body.end);
  const exact = code && new Finder(body, code, traced).run(raw.FunctionGetBody(func));
  return exact?.exact ? exact : new Finder(body, undefined, traced).run(raw.FunctionGetBody(func));
}

const NONE: Node[] = [];
const NO_CHILDREN: Shape = { lead: [], list: undefined, tail: [] };

/** A label that may be branched to. */
interface Label {
  isLoop: boolean;
  /** Header of a loop. */
  header: Node;
  /** Where branches to the end of a block come from. */
  preds: Node[];
}

/** An expression being walked. Objects are used again: a walk opens half of all expressions. */
class Open {
  expr: Expr = 0;
  id = 0;
  shape: Shape = NO_CHILDREN;
  /** Next child to walk, and how many there are. */
  next = 0;
  count = 0;
  /** Which child of its parent it is. */
  slot = 0;
  /** Control flow: where an if's condition ended. */
  fork: Node = DEAD;
  /** Control flow: where the arms walked so far ended; only for `if` and `try`. */
  ends: Node[] = NONE;
  op: FunctionCode["ifs"][number] | FunctionCode["tries"][number] | undefined = undefined;
  /** It keeps an operand in a temporary while the next one is evaluated. */
  holds = false;
  /** A child never ends. */
  endless = false;
  /** That child comes before all else of it, so Binaryen writes nothing of what follows. */
  cut = false;

  begin(expr: Expr, id: number, shape: Shape, slot: number): void {
    this.expr = expr;
    this.id = id;
    this.shape = shape;
    this.next = 0;
    this.count = childCount(shape, expr);
    this.slot = slot;
    this.fork = DEAD;
    this.ends = id === ID.If || id === ID.Try ? [] : NONE;
    this.op = undefined;
    this.holds = false;
    this.endless = false;
    this.cut = false;
  }
}

class Finder {
  private readonly sites: Site[] = [];
  private readonly operators: (ValueSite | undefined)[] = [];
  private readonly flow = new ControlFlow();
  private readonly pcs: PcSource;
  private readonly traced: ReadonlySet<SiteKind>;
  private readonly labels = new Map<Name, Label>();
  private readonly stack: Open[] = [];
  /** How many are open. */
  private height = 0;
  private readonly loops: Node[] = [];
  private current: Node = DEAD;
  private depth = 0;
  /** How many of the open expressions are cut: Binaryen writes nothing here. */
  private cuts = 0;

  constructor(body: Body, code: FunctionCode | undefined, traced: ReadonlySet<SiteKind>) {
    this.pcs = new PcSource(body, code);
    this.traced = traced;
  }

  /** The walk keeps its own stack: code nests deeper than JavaScript's would bear. */
  run(body: Expr): FunctionSites {
    this.enterFunction(body);
    this.open(body, 0);
    while (this.height > 0) {
      const top = this.stack[this.height - 1] as Open;
      if (top.next === top.count) {
        this.leave(top);
        this.height--;
        this.close(top);
      } else {
        const k = top.next++;
        if (BRANCHES[top.id]) this.beforeChild(top, k);
        const child = childAt(top.shape, top.expr, k, top.count);
        if (child !== 0) this.open(child, k);
      }
    }
    return { sites: this.sites, operators: this.operators, flow: this.flow, exact: this.pcs.exact };
  }

  private open(expr: Expr, slot: number): void {
    const id = raw.ExpressionGetId(expr);
    if (PLAIN_LEAVES[id]) return;
    const shape = shapeOf(id);
    if (!shape) throw new UnknownExpression(id);
    const opened = this.stack[this.height] ?? new Open();
    this.stack[this.height++] = opened;
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
    const around = this.stack[this.height - 1];
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
    this.add("entry", this.pcs.at(offset), code, this.current, { expr: body, parent: 0, slot: 0, index: 0 });
  }

  private enterBlock(block: Expr): void {
    const name = raw.BlockGetName(block);
    if (name !== 0) this.labels.set(name, { isLoop: false, header: DEAD, preds: [] });
  }

  private enterLoop(loop: Open): void {
    const offset = this.pcs.loops.take();
    const header = this.flow.behind(this.current);
    const outer = this.loops.at(-1);
    if (header !== DEAD) this.flow.isLoop[header] = true;
    if (outer !== undefined) this.flow.outerLoop.set(header, outer);
    this.loops.push(header);
    this.current = header;
    const name = raw.LoopGetName(loop.expr);
    if (name !== 0) this.labels.set(name, { isLoop: true, header, preds: [] });
    this.add("loop", this.pcs.at(offset), this.pcs.after(offset ?? 0), header, placeIn(loop, 0));
  }

  private enterTry(top: Open): void {
    top.op = this.pcs.tries.take();
    top.fork = this.current;
  }

  private enterTryTable(top: Open): void {
    const op = this.pcs.tryTables.take();
    const offsets = this.pcs.clauses(op?.offset);
    const clauses = catchClauses();
    for (let k = 0; k < clauses.count(top.expr); k++) {
      const node = this.current === DEAD ? DEAD : this.flow.node();
      const offset = this.pcs.at(offsets[k]);
      this.addWithin("catch", offset, offset, node, k);
      this.branch(clauses.dest(top.expr, k), op?.frames[k], node);
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
    } else top.ends.push(this.current);
    this.current = this.flow.behind(top.fork);
    const offset = top.op?.offset;
    const elseStart = top.op && "elseStart" in top.op ? top.op.elseStart : 0;
    const pc = pcs.at(offset === undefined ? offset : offset + k - 1);
    const start = k === 1 ? pcs.after(offset ?? 0) : elseStart;
    this.add(k === 1 ? "then" : "else", pc, start, this.current, placeIn(top, k));
  }

  private handler(top: Open, k: number): void {
    top.ends.push(this.current);
    this.current = top.fork === DEAD ? DEAD : this.flow.node();
    const offset = top.op && "catches" in top.op ? top.op.catches[k - 1] : undefined;
    const start = this.pcs.after(offset ?? 0);
    this.add("catch", this.pcs.at(offset), start, this.current, { ...placeIn(top, k), index: k - 1 });
  }

  private leave(top: Open): void {
    if (top.holds) this.depth--;
    Finder.leaving[top.id]?.(this, top);
    if (MAY_NEVER_END[top.id] && raw.ExpressionGetType(top.expr) === lib.unreachable) this.current = DEAD;
  }

  private static readonly leaving = byId<(finder: Finder, top: Open) => void>({
    Block: (finder, top) => finder.leaveBlock(top),
    Loop: (finder) => finder.loops.pop(),
    If: (finder, top) => finder.leaveIf(top),
    Try: (finder, top) => finder.leaveTry(top),
    Break: (finder, top) => finder.leaveBreak(top),
    BrOn: (finder, top) => finder.leaveBrOn(top),
    Switch: (finder, top) => finder.leaveSwitch(top),
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
    Load: (finder) => finder.leaveLoad(),
    SIMDLoad: (finder) => finder.leaveLoad(),
    SIMDLoadStoreLane: (finder, top) => finder.leaveLane(top),
    Store: (finder) => finder.leaveStore(),
    GlobalSet: (finder) => finder.leaveGlobalSet(),
  });

  private leaveBlock(top: Open): void {
    const name = raw.BlockGetName(top.expr);
    const preds = this.labels.get(name)?.preds;
    if (preds && preds.length > 0) this.join([...preds, this.current], this.pcs.endOf(name), "join");
  }

  private leaveIf(top: Open): void {
    const ends = [...top.ends, this.current].filter((node) => node !== DEAD);
    if (ends.length < 2) this.current = ends[0] ?? DEAD;
    else {
      const frame = top.op && "elseStart" in top.op ? top.op.frame : undefined;
      // The `end` of an `if` that is branched to is one place: that of the block which Binaryen has around it.
      if (this.pcs.isTarget(frame)) this.current = this.flow.join(ends);
      else this.join(ends, this.pcs.endOfFrame(frame), "endif");
    }
  }

  private join(preds: Node[], end: number | undefined, kind: "join" | "endif"): void {
    this.current = this.flow.join(preds);
    this.add(kind, this.pcs.at(end), this.pcs.after(end ?? 0), this.current, this.place());
  }

  private leaveTry(top: Open): void {
    const ends = [...top.ends, this.current].filter((node) => node !== DEAD);
    this.current = ends.length < 2 ? (ends[0] ?? DEAD) : this.flow.join(ends);
  }

  private leaveBreak(top: Open): void {
    const name = raw.BreakGetName(top.expr);
    if (raw.BreakGetCondition(top.expr) !== 0) this.conditional(name, this.pcs.brIfs.take());
    else {
      this.branch(name, this.pcs.brs.take()?.frames[0], this.current);
      this.current = DEAD;
    }
  }

  private leaveBrOn(top: Open): void {
    this.conditional(raw.BrOnGetName(top.expr), this.pcs.brOns.take());
  }

  private conditional(name: Name, op: FunctionCode["brIfs"][number] | undefined): void {
    const { pcs, flow } = this;
    const fork = this.current;
    const after = pcs.after(op?.offset ?? 0);
    const taken = flow.behind(fork);
    this.addWithin("taken", pcs.at(op?.offset), after, taken);
    this.branch(name, op?.frames[0], taken);
    this.current = flow.behind(fork);
    this.add("not-taken", pcs.at(op && op.offset + 1), after, this.current, this.place());
  }

  private leaveSwitch(top: Open): void {
    const { pcs } = this;
    const op = pcs.brTables.take();
    const offsets = pcs.labels(op?.offset);
    const seen = new Set<Name>();
    const count = raw.SwitchGetNumNames(top.expr);
    this.data("switch", op?.offset);
    for (let k = 0; k <= count; k++) {
      const name = k < count ? raw.SwitchGetNameAt(top.expr, k) : raw.SwitchGetDefaultName(top.expr);
      if (seen.has(name)) this.pcs.bind(name, op?.frames[k]);
      else {
        seen.add(name);
        const node = this.flow.behind(this.current);
        const offset = pcs.at(offsets[k]);
        this.addWithin("case", offset, offset, node, k);
        this.branch(name, op?.frames[k], node);
      }
    }
    this.current = DEAD;
  }

  /** Control goes from a node to a label. */
  private branch(name: Name, frame: number | undefined, from: Node): void {
    this.pcs.bind(name, frame);
    const label = this.labels.get(name);
    if (!label) return;
    if (!label.isLoop) label.preds.push(from);
    else if (label.header !== DEAD) this.flow.edge(from, label.header);
  }

  private leaveEnd(): void {
    this.current = DEAD;
  }

  private leaveCall(top: Open): void {
    if (top.id !== ID.Call) this.leaveIndirectCall(top);
    if (this.current !== DEAD) this.flow.mayLeave[this.current] = true;
  }

  /** Binaryen knows that a call of null traps, and writes no call. */
  private leaveIndirectCall({ id, expr, count }: Open): void {
    const offset = this.pcs.indirectCalls.take();
    const isNull = this.cuts === 0 && id === ID.CallRef && isBottom(raw.ExpressionGetType(childOf(expr, count - 1)));
    if (isNull) this.pcs.at(offset);
    else this.data("indirect-call", offset);
  }

  private leaveUnary(top: Open): void {
    if (isEqz(top.expr)) this.data("cmp", this.pcs.compares.take(), !yieldsBoolean(raw.UnaryGetValue(top.expr)));
  }

  private leaveBinary(top: Open): void {
    if (isComparison(top.expr)) this.data("cmp", this.pcs.compares.take());
    else if (isDivision(top.expr)) this.data("div", this.pcs.divs.take());
  }

  private leaveLoad(): void {
    this.data("load", this.pcs.loads.take());
  }

  private leaveStore(): void {
    this.data("store", this.pcs.stores.take());
  }

  private leaveLane(top: Open): void {
    if (raw.SIMDLoadStoreLaneIsStore(top.expr)) this.leaveStore();
    else this.leaveLoad();
  }

  private leaveGlobalSet(): void {
    this.data("stack-depth", this.pcs.globalSets.take());
  }

  /** An operator that records a value. Most modules have more of these than of all others, and most are not traced. */
  private data(kind: SiteKind, offset: number | undefined, isSite = true): void {
    // Asked for in any case: PCs are the same whatever is traced.
    const at = isSite ? this.pcs.at(offset) : 0;
    if (!this.traced.has(kind) || this.cuts > 0) return;
    if (!isSite || this.current === DEAD) this.operators.push(undefined);
    else {
      const { expr } = this.stack[this.height - 1] as Open;
      const blockEnd = offset === undefined ? 0 : this.pcs.after(offset);
      const site = { kind, offset: at, blockStart: offset ?? 0, blockEnd, expr, impliedBy: undefined, position: 0 };
      this.operators.push(site);
    }
  }

  /** The innermost open expression and its place in its parent. */
  private place(index = 0): Place {
    const top = this.stack[this.height - 1];
    const parent = this.stack[this.height - 2]?.expr ?? 0;
    return { expr: top?.expr ?? 0, parent, slot: top?.slot ?? 0, index };
  }

  /** A site before a block of code, which begins at `start`. Dead code has no sites: nothing there is executed. */
  private add(kind: SiteKind, offset: number, start: number, node: Node, place: Place): void {
    if (node === DEAD) return;
    this.sites.push(this.site(kind, offset, start, this.pcs.blockEnd(start), node, place));
  }

  /** A site on the way to a label, where no code of the module is. */
  private addWithin(kind: SiteKind, offset: number, at: number, node: Node, index = 0): void {
    if (node !== DEAD) this.sites.push(this.site(kind, offset, at, at, node, this.place(index)));
  }

  private site(kind: SiteKind, offset: number, blockStart: number, blockEnd: number, node: Node, place: Place): Site {
    const { expr, parent, slot, index } = place;
    const { depth } = this;
    // biome-ignore format: objects made with a spread are slow
    return { kind, offset, blockStart, blockEnd, expr, impliedBy: undefined, position: 0, parent, slot, index, depth, node, counter: undefined };
  }
}

/** A type of references of which null is the only one. */
function isBottom(type: Type): boolean {
  return raw.HeapTypeIsBottom(raw.TypeGetHeapType(type)) !== 0;
}

/** In front of what is in a slot. */
function placeIn({ expr }: Open, slot: number): Place {
  return { expr, parent: expr, slot, index: 0 };
}

type Place = Pick<Site, "expr" | "parent" | "slot" | "index">;
