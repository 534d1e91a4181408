/** How instrumented code reaches the hooks. */

import type { HookName } from "../../abi/hooks.ts";
import type { CounterCode } from "../code/counter_code.ts";
import { markerOf, type Visit } from "../code/marker.ts";
import type { FunctionPlan, ModuleGlobals } from "../code/site_expansion.ts";
import type { Indices } from "../code/site_rendering.ts";
import { type Expr, type Name, raw } from "../ir/binaryen.ts";
import type { Ir, Operand } from "../ir/ir.ts";
import type { LinkMode } from "../pc_table.ts";
import type { Spool } from "../wasm/bytes.ts";

/** What the counters of a module are to a link. */
export interface CounterSteps {
  /** Code that stands for a step of a counter. @param isFlag it is enough that the counter is not 0 */
  step(index: number, isFlag: boolean): Expr;
  /** How steps are written. */
  code(indices: Indices): CounterCode;
}

/** How instrumented code reaches the hooks, and what stands for them in the tree. */
export interface Link {
  readonly mode: LinkMode;
  /** Functions that were added to the module's imports. */
  readonly addedFunctions: number;
  /** Code that records that control came to a site, in every way that is asked for. */
  visit(visit: Visit): Expr;
  /** Name of a hook that is a function of the module, or imported. */
  hook(name: HookName): Name;
  /** Code that makes a cursor that nothing in a loop invalidates see a reset by another thread; 0 where there is none. */
  checkCursor(): Expr;
  /** Code that marks the page of an address. @param map name of the global that has the map's address */
  markPage(map: Name, address: Operand): Expr;
  /** Code that marks the pages of a range. */
  markRange(map: Name, start: Operand, bytes: Operand): Expr;
  /**
   * Completes the binary that Binaryen wrote, which is used up: gives its parts, so that a large one is copied once.
   *
   * @param plans by the places of functions among those that the module defines
   * @throws {UnmatchedFunctions} some were written in a way that was not planned for
   */
  complete(
    binary: Uint8Array<ArrayBuffer>,
    plans: ReadonlyMap<number, FunctionPlan>,
    globals: ModuleGlobals,
  ): readonly (Uint8Array | Spool)[];
}

/**
 * Records a site by a call of trace_pc, if there is one, and a step of its counter. Where it has a counter the call has
 * the site's marker (code/marker.ts) for the pc, and stands for both.
 */
export function visitByCall(
  ir: Ir,
  tracePc: Name | undefined,
  counters: CounterSteps | undefined,
  pcBase: bigint,
  visit: Visit,
): Expr {
  const { offset, counter, isFlag } = visit;
  if (tracePc === undefined) {
    return counter === undefined || !counters ? raw.Nop(ir.module) : counters.step(counter, isFlag);
  }
  return ir.call(tracePc, [ir.i64(counter === undefined ? pcBase + BigInt(offset) : markerOf(visit))]);
}
