/** What the walk over a function (tree_walk.ts) keeps of the expressions around the one at hand. */

import type { Expr } from "../ir/binaryen.ts";
import { childCount, type Shape } from "../ir/expressions.ts";
import { DEAD, type Node } from "./cfg.ts";
import type { If, Try } from "./offsets.ts";

const NO_CHILDREN: Shape = { lead: [], list: undefined, tail: [] };

/** An expression being walked. Objects are used again: a walk opens half of all expressions. */
export class OpenExpression {
  expr: Expr = 0;
  id = 0;
  shape: Shape = NO_CHILDREN;
  /** The next child to walk, and how many children there are. */
  next = 0;
  count = 0;
  /** Which child of its parent it is. */
  slot = 0;
  /** Control flow: where an if's condition ended. */
  fork: Node = DEAD;
  /** Control flow: where the arms walked so far ended, and how many of them do; only for `if` and `try`. */
  end: Node = DEAD;
  ends = 0;
  op: If | Try | undefined = undefined;
  /** It keeps an operand in a temporary while the next one is evaluated. */
  holds = false;
  /** One of its children never ends. */
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
    this.end = DEAD;
    this.ends = 0;
    this.op = undefined;
    this.holds = false;
    this.endless = false;
    this.cut = false;
  }
}
