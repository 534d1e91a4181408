/** A walk over all expressions of a function. */

import { type Expr, type Func, raw } from "./binaryen.ts";
import { childCount, childOf, shapeOf, UnknownExpression } from "./expressions.ts";

/** An expression and where it stands. */
export interface Place {
  readonly expr: Expr;
  readonly id: number;
  /** 0: the function. */
  readonly parent: Expr;
  readonly slot: number;
}

interface OpenPlace extends Place {
  next: number;
  readonly count: number;
}

/**
 * Walks a function's tree in the order of evaluation, with a stack of its own: code nests deeper than JavaScript's would
 * bear. What `leave` is called for may be replaced then.
 *
 * @throws {UnknownExpression} there is an instruction whose operands cannot be reached
 */
export function walk(func: Func, leave: (place: Place) => void, enter?: (place: Place) => void): void {
  const stack: OpenPlace[] = [];
  const open = (expr: Expr, parent: Expr, slot: number): void => {
    const id = raw.ExpressionGetId(expr);
    const shape = shapeOf(id);
    if (!shape) throw new UnknownExpression(id);
    const place = { expr, id, parent, slot, next: 0, count: childCount(shape, expr) };
    stack.push(place);
    enter?.(place);
  };
  open(raw.FunctionGetBody(func), 0, 0);
  for (let top = stack.at(-1); top; top = stack.at(-1)) {
    if (top.next === top.count) {
      stack.pop();
      leave(top);
      continue;
    }
    const slot = top.next++;
    const child = childOf(top.expr, slot);
    if (child !== 0) open(child, top.expr, slot);
  }
}
