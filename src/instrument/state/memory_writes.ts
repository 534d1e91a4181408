/** Finds the instructions that write to memory and tables, and marks what they write. */

import { type Expr, type Func, lib, raw } from "../ir/binaryen.ts";
import { childAt, childCount, childOf, ID, isConst, setChildAt, shapeOf } from "../ir/expressions.ts";
import { type Ir, Locals, type Operand, replaceExpression } from "../ir/ir.ts";
import { constOf } from "../ir/ranges.ts";
import { type Place, walk } from "../ir/walk.ts";

/** The instructions of one function, found before anything was changed: hooks that are copied into it write, too. */
export type Writes = ReadonlySet<Expr>;

/** The code that marks. */
export interface Marks {
  readonly ir: Ir;
  /** Code after a store to an address; `offset` is its constant offset. */
  store(pointer: Operand, offset: number): Expr;
  /** Code after a write to a range. */
  range(start: Operand, bytes: Operand): Expr;
  /** Code before a change of a table. */
  table(): Expr;
  /** Code in place of memory.size and memory.grow; undefined: they stay. */
  size(): Expr | undefined;
  grow(delta: Expr): Expr | undefined;
}

/**
 * Finds the instructions of a function that change memory or tables, or query the memory's size.
 *
 * @throws {UnknownExpression} there is an instruction whose operands are not accessible
 */
export function findWrites(func: Func): Writes {
  const found = new Set<Expr>();
  walk(func, ({ expr, id }) => {
    if (CLASSES.has(id) && (id !== ID.SIMDLoadStoreLane || raw.SIMDLoadStoreLaneIsStore(expr))) found.add(expr);
  });
  return found;
}

/** Inserts the marks. Code that was inserted after the instructions were found is left alone. */
export function markWrites(func: Func, writes: Writes, marks: Marks): void {
  if (writes.size === 0) return;
  const locals = new Locals(func);
  let depth = 0;
  walk(
    func,
    (open) => {
      if (!writes.has(open.expr)) return;
      depth--;
      if (raw.ExpressionGetType(open.expr) === lib.unreachable) return;
      const code = CLASSES.get(open.id)?.({ ...open, func, locals, marks, depth });
      if (code !== undefined) replaceExpression(func, open, code);
    },
    ({ expr }) => {
      if (writes.has(expr)) depth++;
    },
  );
}

/** An instruction to be marked. */
interface Write extends Place {
  readonly func: Func;
  readonly locals: Locals;
  readonly marks: Marks;
  /** Number of writes around this one, whose operands are in temporaries. */
  readonly depth: number;
}

/** Returns the replacement for an instruction; undefined: it stays as it is. */
type Rewrite = (write: Write) => Expr | undefined;

const CLASSES: ReadonlyMap<number, Rewrite> = new Map<number, Rewrite>([
  [ID.Store, (write) => markStore(write, raw.StoreGetOffset(write.expr))],
  [ID.AtomicRMW, (write) => markStore(write, raw.AtomicRMWGetOffset(write.expr))],
  [ID.AtomicCmpxchg, (write) => markStore(write, raw.AtomicCmpxchgGetOffset(write.expr))],
  [ID.SIMDLoadStoreLane, (write) => markStore(write, raw.SIMDLoadStoreLaneGetOffset(write.expr))],
  [ID.MemoryFill, markRange],
  [ID.MemoryCopy, markRange],
  [ID.MemoryInit, markRange],
  [ID.MemorySize, ({ marks }) => marks.size()],
  [ID.MemoryGrow, ({ marks, expr }) => marks.grow(childOf(expr, 0))],
  [ID.TableSet, markTable],
  [ID.TableGrow, markTable],
  [ID.TableFill, markTable],
  [ID.TableCopy, markTable],
  [ID.TableInit, markTable],
]);

function markStore(write: Write, offset: number): Expr {
  const pointer = holdChild(write, 0, "pointer");
  return followedBy(write, write.marks.store(pointer, offset));
}

/** Marks the range of an instruction whose first operand is the destination, and whose third one is the length. */
function markRange(write: Write): Expr {
  const start = holdChild(write, 0, "start");
  const bytes = holdChild(write, 2, "bytes");
  return followedBy(write, write.marks.range(start, bytes));
}

function markTable({ marks, expr }: Write): Expr {
  return marks.ir.sequence(raw.ExpressionGetType(expr), marks.table(), expr);
}

/** Keeps an operand's value for later. It is still evaluated at its place, not earlier. */
function holdChild({ expr, locals, marks, depth }: Write, k: number, role: string): Operand {
  const value = childOf(expr, k);
  const type = raw.ExpressionGetType(value);
  if (isConst(value)) return { type, const: constOf(value) };
  if (raw.ExpressionGetId(value) === ID.LocalGet && isSettled(expr, k + 1)) {
    return { type, local: raw.LocalGetGetIndex(value) };
  }
  const local = locals.temporary(type, role, depth);
  setChildAt(expr, k, raw.LocalTee(marks.ir.module, local, value, type));
  return { type, local };
}

/** Whether no operand from the k-th on assigns a local. */
function isSettled(expr: Expr, k: number): boolean {
  const shape = shapeOf(raw.ExpressionGetId(expr));
  if (!shape) return false;
  for (let slot = k; slot < childCount(shape, expr); slot++) {
    const child = childAt(shape, expr, slot);
    if (!isConst(child) && raw.ExpressionGetId(child) !== ID.LocalGet) return false;
  }
  return true;
}

/** The instruction followed by its mark; the instruction's value, if it has one, is the value of both. */
function followedBy({ expr, marks: { ir }, locals, depth }: Write, mark: Expr): Expr {
  const type = raw.ExpressionGetType(expr);
  if (type === lib.none) return ir.sequence(type, expr, mark);
  const local = locals.temporary(type, "result", depth);
  return ir.sequence(type, ir.set(local, expr), mark, ir.get(local, type));
}
