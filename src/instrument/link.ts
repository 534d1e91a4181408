/** How instrumented code reaches the hooks. */

import { HOOKS, type HookName } from "../abi/hooks.ts";
import { type Expr, lib, type Name, raw, type Type } from "./binaryen.ts";
import type { Spool } from "./bytes.ts";
import type { Counters } from "./counters.ts";
import type { Ir, Operand } from "./ir.ts";
import type { FunctionPlan, ModuleGlobals } from "./site_expansion.ts";

/** Names of the two link modes. */
export type LinkMode = "fused" | "import";

/** Control comes to a site. */
export interface Visit {
  /** Offset of the site in the original file, and that of its function. */
  readonly offset: number;
  readonly start: number;
  /** Whether the function's cursor is valid there, on every way. */
  readonly hasCursor: boolean;
  /** Index of its counter, and that of the function's first one; undefined where none are asked for. */
  readonly counter: number | undefined;
  readonly firstCounter: number | undefined;
}

export interface Link {
  readonly mode: LinkMode;
  /** Functions that were added to the module's imports. */
  readonly addedFunctions: number;
  /** Code that records that control came to a site, in every way that is asked for. */
  visit(visit: Visit): Expr;
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
   * @throws {UnmatchedFunction} one was written in a way that was not planned for
   */
  complete(
    binary: Uint8Array<ArrayBuffer>,
    plans: ReadonlyMap<number, FunctionPlan>,
    globals: ModuleGlobals,
  ): readonly (Uint8Array | Spool)[];
}

/**
 * Records a site by a call of trace_pc, if there is one, and a step of its counter. Where it has a counter the call has
 * the site's marker (site_code.ts) for the pc, and stands for both.
 */
export function visitByCall(
  ir: Ir,
  tracePc: Name | undefined,
  counters: Counters | undefined,
  pcBase: bigint,
  visit: Visit,
): Expr {
  const { offset, counter } = visit;
  if (tracePc === undefined) return counter === undefined || !counters ? raw.Nop(ir.module) : counters.step(counter);
  return ir.call(tracePc, [ir.i64(counter === undefined ? pcBase + BigInt(offset) : markerOf(visit))]);
}

/** What stands for a site: 28 bits are its offset in the function and whether the cursor is valid, the others its counter. */
export function markerOf({ offset, start, hasCursor, counter = 0, firstCounter = 0 }: Visit): bigint {
  return BigInt((counter - firstCounter) * MARKER_SCALE + 2 * (offset - start) + (hasCursor ? 1 : 0));
}

/** What a marker stands for. */
export function readMarker(marker: number): { place: number; hasCursor: boolean; counter: number } {
  const low = marker % MARKER_SCALE;
  return { place: low >> 1, hasCursor: (low & 1) !== 0, counter: Math.floor(marker / MARKER_SCALE) };
}

/** Engines take functions of up to 2^23 bytes. */
const MARKER_SCALE = 2 ** 28;

/** A hook's parameters as one of Binaryen's types. */
export function paramsOf(hook: HookName): Type {
  return tupleOf(HOOKS[hook].map((type) => lib[type]));
}

/** Several types as one of Binaryen's. */
export function tupleOf(types: readonly Type[]): Type {
  const list = lib._malloc(4 * types.length);
  types.forEach((type, i) => {
    lib.__i32_store(list + 4 * i, type);
  });
  const tuple = raw.TypeCreate(list, types.length);
  lib._free(list);
  return tuple;
}
