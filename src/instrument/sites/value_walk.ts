/** The part of the walk over a function that finds the operators which record values. */

import type { Adoption } from "../adopt/adoption.ts";
import { raw } from "../ir/binaryen.ts";
import { isComparison, isDivision, isEqz, yieldsBoolean } from "../ir/operations.ts";
import type { SiteKind } from "../pc_table.ts";
import { DEAD, type Node } from "./cfg.ts";
import { Pool } from "./lists.ts";
import type { OpenExpression } from "./open_expression.ts";
import type { PcSource } from "./pc_source.ts";
import { noValueSite, type ValueSite } from "./site.ts";
import { byId } from "./site_classes.ts";
import { TreeWalk } from "./tree_walk.ts";

/** Finds operators; a subclass follows control flow, and maintains the current node. */
export abstract class ValueWalk extends TreeWalk {
  /** The operators of the traced kinds, in the order in which Binaryen will write them. */
  protected readonly operators: Pool<ValueSite> = new Pool(noValueSite);
  protected readonly adoption: Adoption | undefined;
  protected readonly pcs: PcSource;
  /** The current node of the control-flow graph. */
  protected current: Node = DEAD;
  private readonly traced: ReadonlySet<SiteKind>;
  private readonly everyAccess: boolean;

  /** @param everyAccess whether instructions that access memory, but are neither loads nor stores, count as stores */
  constructor(traced: ReadonlySet<SiteKind>, everyAccess: boolean, adoption: Adoption | undefined, pcs: PcSource) {
    super();
    this.traced = traced;
    this.everyAccess = everyAccess;
    this.adoption = adoption;
    this.pcs = pcs;
  }

  protected override beginWalk(): void {
    super.beginWalk();
    this.operators.clear();
  }

  /** Records an operator of a kind that does not matter for control flow. */
  protected leaveOperator(top: OpenExpression): void {
    ValueWalk.operatorsLeft[top.id]?.(this, top);
  }

  private static readonly operatorsLeft = byId<(walk: ValueWalk, top: OpenExpression) => void>({
    Unary: (walk, top) => walk.leaveUnary(top),
    Binary: (walk, top) => walk.leaveBinary(top),
    Store: (walk, top) => walk.leaveStore(top),
    GlobalSet: (walk, top) => walk.value("stack-depth", walk.pcs.globalSets.take(), top),
    AtomicRMW: (walk, top) => walk.leaveOtherAccess(top),
    AtomicCmpxchg: (walk, top) => walk.leaveOtherAccess(top),
    AtomicWait: (walk, top) => walk.leaveOtherAccess(top),
    AtomicNotify: (walk, top) => walk.leaveOtherAccess(top),
    MemoryInit: (walk, top) => walk.leaveOtherAccess(top),
    MemoryCopy: (walk, top) => walk.leaveOtherAccess(top),
    MemoryFill: (walk, top) => walk.leaveOtherAccess(top),
  });

  private leaveUnary(top: OpenExpression): void {
    const { expr } = top;
    if (isEqz(expr)) this.value("cmp", this.pcs.compares.take(), top, !yieldsBoolean(raw.UnaryGetValue(expr)));
  }

  private leaveBinary(top: OpenExpression): void {
    if (isComparison(top.expr)) this.value("cmp", this.pcs.compares.take(), top);
    else if (isDivision(top.expr)) this.value("div", this.pcs.divs.take(), top);
  }

  protected leaveStore(top: OpenExpression): void {
    this.value("store", this.pcs.stores.take(), top, !this.adoption?.isCounter(top.expr));
  }

  /** Other accesses are not sites of any kind; they count as stores if all accesses are requested. */
  private leaveOtherAccess(top: OpenExpression): void {
    const offset = this.pcs.otherAccesses.take();
    if (this.everyAccess) this.value("store", offset, top);
  }

  /**
   * Adds an operator that records a value. Most modules have more of these than of all other sites, and most of them
   * are not traced.
   *
   * @param isSite false for an operator that Binaryen writes, but that records nothing
   * @param adopted offset of the equivalent call of the compiler's hook
   */
  protected value(
    kind: SiteKind,
    offset: number | undefined,
    { expr }: OpenExpression,
    isSite = true,
    adopted?: number,
  ): void {
    // The offset is taken in any case, so that PCs do not depend on what is traced.
    const at = isSite ? this.pcs.at(offset) : 0;
    if (!this.traced.has(kind) || this.cuts > 0) return;
    const site = this.operators.take();
    site.kind = kind;
    site.offset = adopted ?? at;
    site.isAdopted = adopted !== undefined;
    site.blockStart = offset ?? 0;
    site.blockEnd = offset === undefined ? 0 : this.pcs.after(offset);
    site.expr = isSite && this.current !== DEAD ? expr : 0;
    site.impliedBy = undefined;
    site.follows = undefined;
  }
}
