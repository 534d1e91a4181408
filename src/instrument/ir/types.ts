/** Types of several values. */

import { HOOKS, type HookName } from "../../abi/hooks.ts";
import { lib, raw, type Type } from "./binaryen.ts";

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
