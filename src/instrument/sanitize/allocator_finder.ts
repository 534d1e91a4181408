/** Finding a module's allocator by the names of its functions, or by what the user says. */

import { type Func, isImported } from "../ir/binaryen.ts";
import type { ModuleInfo } from "../wasm/module_info.ts";
import type { FoundFunctions } from "./allocator_functions.ts";
import { signatureOf } from "./allocator_shape.ts";
import { ALLOCATOR_ROLES, type AllocatorFamily, type AllocatorRole, FAMILIES } from "./allocators.ts";
import { findDlmalloc } from "./dlmalloc.ts";
import { whyNoAllocator } from "./missing_allocator.ts";

export type FoundAllocator = FoundFunctions | { readonly ok: false; readonly why: string };

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
  return findDlmalloc(functions) ?? { ok: false, why: whyNoAllocator(info) };
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

/** Names of functions: those of the name section, and those that they are exported as. */
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
  const signature = signatureOf(func);
  return signature?.params === params?.split(",").length && signature?.result === (result !== undefined);
}
