/** What the loops of a function do to what is known before them, found before the function is looked at in order. */

import { type Expr, type Func, type Name, raw } from "../ir/binaryen.ts";
import { ID } from "../ir/expressions.ts";
import { type Place, walk } from "../ir/walk.ts";

export interface Effects {
  /** Locals that are assigned. */
  readonly assigned: Set<number>;
  /** Memory may be freed. */
  mayFree: boolean;
}

/** What one look at a function tells about its locals and loops. */
export interface FunctionEffects {
  readonly loops: ReadonlyMap<Expr, Effects>;
  /** How often each local is assigned. */
  readonly assignments: ReadonlyMap<number, number>;
}

/** @param harmless functions that free nothing */
export function effectsOf(func: Func, harmless: ReadonlySet<Name>): FunctionEffects {
  const loops = new Map<Expr, Effects>();
  const assignments = new Map<number, number>();
  const open: Effects[] = [];
  const leave = ({ expr, id }: Place): void => {
    if (id === ID.LocalSet) {
      const local = raw.LocalSetGetIndex(expr);
      assignments.set(local, (assignments.get(local) ?? 0) + 1);
      open.at(-1)?.assigned.add(local);
    } else if (mayFree(expr, id, harmless)) {
      const loop = open.at(-1);
      if (loop) loop.mayFree = true;
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
  return { loops, assignments };
}

/** Whether an instruction may free memory of the heap, by calling something. */
export function mayFree(expr: Expr, id: number, harmless: ReadonlySet<Name>): boolean {
  if (id === ID.Call) return !harmless.has(raw.CallGetTarget(expr));
  return id === ID.CallIndirect || id === ID.CallRef;
}
