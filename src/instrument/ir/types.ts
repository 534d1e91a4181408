/** Types of several values. */

import { HOOKS, type HookName } from "../../abi/hooks.ts";
import { lib, raw, type Type } from "./binaryen.ts";

/** A hook's parameters as a Binaryen type. */
export function paramsOf(hook: HookName): Type {
  return tupleOf(HOOKS[hook].map((type) => lib[type]));
}

/** Several types as one Binaryen type. */
export function tupleOf(types: readonly Type[]): Type {
  const list = lib._malloc(4 * types.length);
  types.forEach((type, i) => {
    lib.__i32_store(list + 4 * i, type);
  });
  const tuple = raw.TypeCreate(list, types.length);
  lib._free(list);
  return tuple;
}

/** The types of which a Binaryen type consists. */
export function typesOf(type: Type): Type[] {
  const count = raw.TypeArity(type);
  const list = lib._malloc(4 * Math.max(1, count));
  raw.TypeExpand(type, list);
  const types = Array.from({ length: count }, (_, k) => lib.__i32_load(list + 4 * k));
  lib._free(list);
  return types;
}
