/** How the loops of a function affect what is known before them; found before the function is walked in order. */

import { type Expr, type Func, lib, type Name, raw } from "../ir/binaryen.ts";
import { ID } from "../ir/expressions.ts";
import { constOf, rangeOf } from "../ir/ranges.ts";
import { type Place, walk } from "../ir/walk.ts";

export interface Effects {
  /** Locals that are assigned. */
  readonly assigned: Set<number>;
  /** Whether memory may be freed. */
  mayFree: boolean;
}

/** Facts about a function's locals and loops, from one walk. */
export interface FunctionEffects {
  readonly loops: ReadonlyMap<Expr, Effects>;
  /** How often each local is assigned. */
  readonly assignments: ReadonlyMap<number, number>;
  /** The greatest value that is assigned to an i32 local, if it is known for all assignments. */
  readonly greatest: ReadonlyMap<number, number>;
  /** Whether it searches whole words for a 0 byte, as C libraries do: the last word may extend beyond a block's end. */
  readonly readsWords: boolean;
}

/** @param harmless functions that free nothing */
export function effectsOf(func: Func, harmless: ReadonlySet<Name>): FunctionEffects {
  const loops = new Map<Expr, Effects>();
  const assignments = new Map<number, number>();
  const greatest = new Map<number, number>();
  const open: Effects[] = [];
  let readsWords = false;
  const leave = ({ expr, id }: Place): void => {
    if (id === ID.LocalSet) {
      const local = raw.LocalSetGetIndex(expr);
      assignments.set(local, (assignments.get(local) ?? 0) + 1);
      open.at(-1)?.assigned.add(local);
      greatest.set(local, Math.max(greatest.get(local) ?? 0, greatestOf(raw.LocalSetGetValue(expr))));
    } else if (mayFree(expr, id, harmless)) {
      const loop = open.at(-1);
      if (loop) loop.mayFree = true;
    } else if (id === ID.Const) {
      readsWords ||= isMaskOfBytes(expr);
    } else if (id === ID.Loop) {
      const loop = open.pop();
      const around = open.at(-1);
      if (!loop || !around) return;
      for (const local of loop.assigned) around.assigned.add(local);
      around.mayFree ||= loop.mayFree;
    }
  };
  walk(func, leave, ({ expr, id }) => {
    if (id !== ID.Loop) return;
    const effects = { assigned: new Set<number>(), mayFree: false };
    loops.set(expr, effects);
    open.push(effects);
  });
  // Parameters have any initial value, other locals have 0.
  for (let k = 0; k < raw.TypeArity(raw.FunctionGetParams(func)); k++) greatest.delete(k);
  return { loops, assignments, greatest, readsWords };
}

/** The greatest unsigned value of an i32 expression. */
function greatestOf(value: Expr): number {
  if (raw.ExpressionGetType(value) !== lib.i32) return Number.POSITIVE_INFINITY;
  const [least, most] = rangeOf(value);
  return least < 0 ? Number.POSITIVE_INFINITY : most;
}

/** Whether a constant is the mask of the highest bits of all bytes. */
function isMaskOfBytes(constant: Expr): boolean {
  const type = raw.ExpressionGetType(constant);
  if (type === lib.i32) return raw.ConstGetValueI32(constant) === 0x8080_8080 << 0;
  return type === lib.i64 && BigInt.asUintN(64, constOf(constant)) === 0x8080_8080_8080_8080n;
}

/** Whether an instruction may free heap memory, by calling something. */
export function mayFree(expr: Expr, id: number, harmless: ReadonlySet<Name>): boolean {
  if (id === ID.Call) return !harmless.has(raw.CallGetTarget(expr));
  return id === ID.CallIndirect || id === ID.CallRef;
}
