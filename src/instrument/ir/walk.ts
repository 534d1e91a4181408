/** A walk over all expressions of a function. */

import { type Expr, type Func, raw } from "./binaryen.ts";
import { childCount, childOf, shapeOf, UnknownExpression } from "./expressions.ts";

/** An expression and its position in the tree. */
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
 * Walks a function's tree in evaluation order, with a stack of its own, since code may nest deeper than JavaScript's
 * stack allows. `leave` may replace the expression with which it is called.
 *
 * @throws {UnknownExpression} there is an instruction whose operands are not accessible
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

/** As {@link walk}, as far as instructions are known. @returns whether all of them are */
export function walkKnown(func: Func, leave: (place: Place) => void): boolean {
  try {
    walk(func, leave);
    return true;
  } catch (error) {
    if (!(error instanceof UnknownExpression)) throw error;
    return false;
  }
}
