/** How instrumented code reaches the hooks. */

import type { HookName } from "../../abi/hooks.ts";
import type { CounterCode } from "../code/counter_code.ts";
import { COUNTER_STEPS, type CounterStep, markerOf, type Visit } from "../code/marker.ts";
import type { FunctionPlan, ModuleGlobals } from "../code/site_expansion.ts";
import type { Indices } from "../code/site_rendering.ts";
import { type Expr, type Name, raw } from "../ir/binaryen.ts";
import type { Ir, Operand } from "../ir/ir.ts";
import type { LinkMode } from "../pc_table.ts";
import type { Spool } from "../wasm/bytes.ts";

/** A module's counters, as a link uses them. */
export interface CounterSteps {
  /** Code that represents a step of a counter. */
  step(step: CounterStep): Expr;
  /** How increments are written. */
  code(indices: Indices): CounterCode;
}

/** What a function does with its cursor, except at sites. */
export interface CursorSteps {
  /** Code that makes it valid. */
  load(): Expr;
  /** Code by which a cursor that nothing in a loop invalidates notices another thread's reset. */
  check(): Expr;
}

/** How instrumented code reaches the hooks, and what represents them in the tree. */
export interface Link {
  readonly mode: LinkMode;
  /** Number of functions that were added to the module's imports. */
  readonly addedFunctions: number;
  /** Code that records that control reached a site, in every way that is requested. */
  visit(visit: Visit): Expr;
  /** Name of a hook, which is a function of the module or imported. */
  hook(name: HookName): Name;
  /** How functions keep their cursor; undefined if they have none. */
  readonly cursor: CursorSteps | undefined;
  /** Code that marks the page of an address. @param map name of the global that holds the map's address */
  markPage(map: Name, address: Operand): Expr;
  /** Code that marks the pages of a range. */
  markRange(map: Name, start: Operand, bytes: Operand): Expr;
  /**
   * Completes the binary that Binaryen wrote, which is used up. Returns its parts, so that a large one is copied only
   * once.
   *
   * @param plans by the functions' indices among those that the module defines
   * @throws {UnmatchedFunctions} some functions were not written as planned
   */
  complete(
    binary: Uint8Array<ArrayBuffer>,
    plans: ReadonlyMap<number, FunctionPlan>,
    globals: ModuleGlobals,
  ): readonly (Uint8Array | Spool)[];
}

/**
 * Records a site by a call of trace_pc, if there is one, and an increment of its counter. If it has a counter, the call
 * has the site's marker (code/marker.ts) in place of the pc, and represents both.
 */
export function visitByCall(
  ir: Ir,
  tracePc: Name | undefined,
  counters: CounterSteps | undefined,
  pcBase: bigint,
  visit: Visit,
): Expr {
  const { offset, counter, isFlag, held } = visit;
  if (tracePc === undefined) {
    if (counter === undefined || !counters) return raw.Nop(ir.module);
    const step = isFlag ? COUNTER_STEPS.flag : held === undefined ? COUNTER_STEPS.count : COUNTER_STEPS.heldCount;
    return counters.step({ index: counter, step, held: held ?? 0 });
  }
  return ir.call(tracePc, [ir.i64(counter === undefined ? pcBase + BigInt(offset) : markerOf(visit))]);
}
