/** How instrumented code reaches the hooks. */

import { HOOKS, type HookName } from "../abi/hooks.ts";
import { type Expr, lib, raw, type Type } from "./binaryen.ts";
import type { Locals, Operand } from "./ir.ts";

/** Names of the two link modes. */
export type LinkMode = "fused" | "import";

export interface Link {
  readonly mode: LinkMode;
  /** Functions that were added to the module's imports. */
  readonly addedFunctions: number;
  /** Code that calls a hook, in a function whose temporaries are `locals`. Operands are in the hook's order. */
  call(locals: Locals, hook: HookName, operands: readonly Operand[]): Expr;
  /** Code that records a pc. `cursor`: whether the function's cursor is valid there, on every way. */
  tracePc(pc: bigint, cursor: "valid" | "stale"): Expr;
  /** Code that makes a cursor that nothing in a loop invalidates see a reset by another thread; 0 where there is none. */
  checkCursor(): Expr;
  /**
   * Completes the binary that Binaryen wrote: gives its parts, so that a large one is copied once.
   *
   * @param parameters numbers of parameters of instrumented functions, by their place among those that the module defines
   */
  complete(binary: Uint8Array<ArrayBuffer>, parameters: ReadonlyMap<number, number>): readonly Uint8Array[];
}

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
