/**
 * A walk over a function's tree in execution order. It keeps its own stack, since code may nest deeper than
 * JavaScript's stack allows, and knows which expressions Binaryen will not write: those that follow a child that never
 * completes.
 */

import { type Expr, lib, raw } from "../ir/binaryen.ts";
import { childAt, ID, shapeOf, UnknownExpression } from "../ir/expressions.ts";
import { Pool } from "./lists.ts";
import { OpenExpression } from "./open_expression.ts";
import { BRANCHES, CONTROL, ENDS, MAY_NEVER_END, PLAIN_LEAVES } from "./site_classes.ts";

/** The position of an expression in the tree. */
export interface TreePlace {
  readonly expr: Expr;
  /** Its parent; 0 for the function's body. */
  readonly parent: Expr;
  /** Its index among its parent's children. */
  readonly slot: number;
}

/** Walks one function after the other. Plain leaves, which no walk needs, are skipped. */
export abstract class TreeWalk {
  /** The expressions around the current one, outermost first. */
  protected readonly stack: Pool<OpenExpression> = new Pool(() => new OpenExpression());
  /** How many of them keep an operand in a temporary. */
  protected depth = 0;
  /** How many of them are cut: Binaryen writes nothing here. */
  protected cuts = 0;

  /** Called before the children of an expression are walked. */
  protected abstract enter(opened: OpenExpression): void;
  /** Called before the k-th child of an expression that branches. */
  protected abstract beforeChild(top: OpenExpression, k: number): void;
  /** Called after all children, while the expression is still the innermost one. */
  protected abstract leave(top: OpenExpression): void;

  /** Begins with another function. */
  protected beginWalk(): void {
    this.stack.clear();
    this.depth = 0;
    this.cuts = 0;
  }

  protected walk(root: Expr): void {
    this.open(root, 0);
    for (let top = this.stack.last; top !== undefined; top = this.stack.last) {
      if (top.next === top.count) {
        if (top.holds) this.depth--;
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

  /** Marks an expression as keeping an operand in a temporary from now on. */
  protected hold(top: OpenExpression): void {
    top.holds = true;
    this.depth++;
  }

  /** The expression around the innermost open one; 0 if there is none. */
  protected get parent(): Expr {
    return this.stack.at(this.stack.length - 2)?.expr ?? 0;
  }

  /** The place of the innermost open expression. */
  protected placeOf({ expr, slot }: OpenExpression): TreePlace {
    return { expr, parent: this.parent, slot };
  }

  private open(expr: Expr, slot: number): void {
    const id = raw.ExpressionGetId(expr);
    if (PLAIN_LEAVES[id]) return;
    const shape = shapeOf(id);
    if (!shape) throw new UnknownExpression(id);
    const opened = this.stack.take();
    opened.begin(expr, id, shape, slot);
    this.enter(opened);
  }

  /** Tells the parent of an expression that was walked whether the expression completes. */
  private close(closed: OpenExpression): void {
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

  private isEndless({ id, expr, endless }: OpenExpression): boolean {
    if (ENDS[id]) return id !== ID.Break || raw.BreakGetCondition(expr) === 0 || endless;
    const depends = endless ? CONTROL[id] : MAY_NEVER_END[id];
    return depends ? raw.ExpressionGetType(expr) === lib.unreachable : endless;
  }
}
