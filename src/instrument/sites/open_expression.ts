/** The state that the walk over a function (tree_walk.ts) keeps for each expression around the current one. */

import type { Expr } from "../ir/binaryen.ts";
import { childCount, type Shape } from "../ir/expressions.ts";
import { DEAD, type Node } from "./cfg.ts";
import type { If, Try } from "./offsets.ts";

const NO_CHILDREN: Shape = { lead: [], list: undefined, tail: [] };

/** An expression being walked. Objects are reused: a walk opens half of all expressions. */
export class OpenExpression {
  expr: Expr = 0;
  id = 0;
  shape: Shape = NO_CHILDREN;
  /** The next child to walk, and the number of children. */
  next = 0;
  count = 0;
  /** Its index among its parent's children. */
  slot = 0;
  /** Control flow: where an if's condition ended. */
  fork: Node = DEAD;
  /** Control flow: the node in which the arms walked so far end, and how many of them do; only for `if` and `try`. */
  end: Node = DEAD;
  ends = 0;
  op: If | Try | undefined = undefined;
  /** Whether it keeps an operand in a temporary while the next one is evaluated. */
  holds = false;
  /** Whether one of its children never completes. */
  endless = false;
  /** Whether that child precedes the rest of it, so that Binaryen does not write what follows. */
  cut = false;

  begin(expr: Expr, id: number, shape: Shape, slot: number): void {
    this.expr = expr;
    this.id = id;
    this.shape = shape;
    this.next = 0;
    this.count = childCount(shape, expr);
    this.slot = slot;
    this.fork = DEAD;
    this.end = DEAD;
    this.ends = 0;
    this.op = undefined;
    this.holds = false;
    this.endless = false;
    this.cut = false;
  }
}
