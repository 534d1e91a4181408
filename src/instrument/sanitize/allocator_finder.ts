/** Finding a module's allocator by the names of its functions, or by what the user says. */

import { type Func, isImported } from "../ir/binaryen.ts";
import type { ModuleInfo } from "../wasm/module_info.ts";
import { shapeOfFunction, signatureOf } from "./allocator_shape.ts";
import { ALLOCATOR_ROLES, type AllocatorFamily, type AllocatorRole, FAMILIES } from "./allocators.ts";
import { whyNoAllocator } from "./missing_allocator.ts";

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
  return findDlmalloc(functions) ?? { ok: false, why: whyNoAllocator(info) };
}

/**
 * malloc and free of Doug Lea's allocator, which most C libraries for WebAssembly have, by the constants in their code: the
 * largest small request with blocks aligned to 8 or 16 bytes, the largest request of all, bits of the map of trees.
 */
function findDlmalloc(functions: readonly Func[]): FoundAllocator | undefined {
  const mallocs: Func[] = [];
  const frees: Func[] = [];
  functions.forEach((func) => {
    const signature = isImported(func) ? undefined : signatureOf(func);
    if (signature?.params !== 1) return;
    const { constants, looksBefore } = shapeOfFunction(func);
    if (!DLMALLOC.every((constant) => constants.has(constant))) return;
    const isMalloc = constants.has(MAX_REQUEST) && MAX_SMALL_REQUESTS.some((constant) => constants.has(constant));
    if (signature.result && isMalloc) mallocs.push(func);
    else if (!signature.result && looksBefore.has(0)) frees.push(func);
  });
  const [malloc, free] = [mallocs[0], frees[0]];
  if (!malloc || !free || mallocs.length !== 1 || frees.length !== 1) return undefined;
  const list = [malloc, free].map((func) => `func[${functions.indexOf(func)}]`);
  const found: AllocatorFunction[] = [
    { role: "malloc", func: malloc },
    { role: "free", func: free },
  ];
  return { ok: true, functions: found, what: `${list.join(", ")}, by their code: dlmalloc` };
}

/** In both of them: trees, bits of a size, alignment, small bins. */
const DLMALLOC = [31, 0xff_ffff, -8, 255] as const;
const MAX_REQUEST = -65;
const MAX_SMALL_REQUESTS = [236, 244] as const;

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
