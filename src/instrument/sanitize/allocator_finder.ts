/** Finding a module's allocator by the names of its functions, or by what the user says. */

import { type Func, isImported, lib, raw } from "../ir/binaryen.ts";
import type { ModuleInfo } from "../wasm/module_info.ts";
import { ALLOCATOR_ROLES, type AllocatorFamily, type AllocatorRole, FAMILIES } from "./allocators.ts";

/** A function of the allocator. */
export interface AllocatorFunction {
  readonly role: AllocatorRole;
  readonly func: Func;
}

export type FoundAllocator =
  | { readonly ok: true; readonly functions: readonly AllocatorFunction[]; readonly what: string }
  | { readonly ok: false; readonly why: string };

/** @param given what the user says: a name or an index by role */
export function findAllocator(
  functions: readonly Func[],
  info: ModuleInfo,
  given: Readonly<Partial<Record<AllocatorRole, string | number>>>,
): FoundAllocator {
  const namesOf = namesByFunction(functions, info);
  for (const family of FAMILIES) {
    const found = new Map<Func, AllocatorRole>();
    for (const role of Object.keys(ALLOCATOR_ROLES) as AllocatorRole[]) {
      for (const func of candidates(functions, namesOf, family, role, given[role])) found.set(func, role);
    }
    const wrong = [...found].find(([func, role]) => !hasType(func, role));
    if (wrong)
      return {
        ok: false,
        why: `${namesOf.get(wrong[0])?.[0] ?? "?"} is not of the type of ${wrong[1]}${ALLOCATOR_ROLES[wrong[1]]}`,
      };
    const roles = new Set(found.values());
    if (!roles.has(family.allocate) || !roles.has(family.release)) continue;
    const what = [...found].map(([func]) => namesOf.get(func)?.[0]).join(", ");
    return { ok: true, functions: [...found].map(([func, role]) => ({ func, role })), what };
  }
  return { ok: false, why: "allocator not found: pass --allocator malloc=NAME --allocator free=NAME" };
}

function candidates(
  functions: readonly Func[],
  namesOf: ReadonlyMap<Func, readonly string[]>,
  family: AllocatorFamily,
  role: AllocatorRole,
  given: string | number | undefined,
): Func[] {
  const defined = functions.filter((func) => !isImported(func));
  if (given !== undefined) {
    const index = /^(?:func\[)?(\d+)\]?$/.exec(String(given))?.[1];
    const named = index === undefined ? undefined : functions[Number(index)];
    return defined.filter((func) =>
      named === undefined ? namesOf.get(func)?.includes(String(given)) : func === named,
    );
  }
  const patterns = family.names[role] ?? [];
  return defined.filter((func) => namesOf.get(func)?.some((name) => patterns.some((pattern) => pattern.test(name))));
}

/** By the name section and by what they are exported as. */
function namesByFunction(functions: readonly Func[], info: ModuleInfo): Map<Func, string[]> {
  const names = new Map<Func, string[]>();
  functions.forEach((func, index) => {
    const own = info.functionNames.get(index);
    names.set(func, [...(own === undefined ? [] : [own]), ...(info.exportNames.get(index) ?? [])]);
  });
  return names;
}

/** Whether a function takes and gives what its role says. */
function hasType(func: Func, role: AllocatorRole): boolean {
  const [params, result] = ALLOCATOR_ROLES[role].split("→");
  const count = params?.split(",").length ?? 0;
  const type = raw.FunctionGetParams(func);
  if (raw.TypeArity(type) !== count || !isAllI32(type)) return false;
  return raw.FunctionGetResults(func) === (result === undefined ? lib.none : lib.i32);
}

function isAllI32(type: number): boolean {
  const count = raw.TypeArity(type);
  const list = lib._malloc(4 * count);
  raw.TypeExpand(type, list);
  const isI32 = Array.from({ length: count }, (_, k) => lib.__i32_load(list + 4 * k)).every((each) => each === lib.i32);
  lib._free(list);
  return isI32;
}
