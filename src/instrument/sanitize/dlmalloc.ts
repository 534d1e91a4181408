/**
 * Doug Lea's allocator in modules without names: most C libraries for WebAssembly have it. Rust's own copy of it is not looked
 * for: its functions are inlined into those of programs, so that blocks change hands that nobody sees.
 */

import { type Func, isImported } from "../ir/binaryen.ts";
import type { AllocatorFunction, FoundFunctions } from "./allocator_functions.ts";
import { shapeOfFunction, signatureOf } from "./allocator_shape.ts";
import type { AllocatorRole } from "./allocators.ts";

/**
 * malloc and free of the original, by the constants in their code: the largest small request with blocks aligned to 8 or
 * 16 bytes, the largest request of all, bits of the map of trees.
 */
export function findDlmalloc(functions: readonly Func[]): FoundFunctions | undefined {
  const roles = functions.map(dlmallocRole);
  const of = (role: AllocatorRole): Func[] => functions.filter((_, k) => roles[k] === role);
  const [mallocs, frees] = [of("malloc"), of("free")];
  const [malloc, free] = [mallocs[0], frees[0]];
  if (!malloc || !free || mallocs.length !== 1 || frees.length !== 1) return undefined;
  const list = [malloc, free].map((func) => `func[${functions.indexOf(func)}]`);
  const found: AllocatorFunction[] = [
    { role: "malloc", func: malloc },
    { role: "free", func: free },
  ];
  return { ok: true, functions: found, what: `${list.join(", ")}, by their code: dlmalloc` };
}

/** Whether malloc is Doug Lea's. */
export function isDlmalloc(mallocs: readonly Func[]): boolean {
  return mallocs.some((func) => dlmallocRole(func) === "malloc");
}

/** Whether a function is malloc or free of the original. */
function dlmallocRole(func: Func): "malloc" | "free" | undefined {
  const signature = isImported(func) ? undefined : signatureOf(func);
  if (signature?.params !== 1) return undefined;
  const { constants, looksBefore } = shapeOfFunction(func);
  if (!DLMALLOC.every((constant) => constants.has(constant))) return undefined;
  if (!signature.result) return looksBefore.has(0) ? "free" : undefined;
  const isMalloc = constants.has(MAX_REQUEST) && MAX_SMALL_REQUESTS.some((constant) => constants.has(constant));
  return isMalloc ? "malloc" : undefined;
}

/** In both of them: trees, bits of a size, alignment, small bins. */
const DLMALLOC = [31, 0xff_ffff, -8, 255] as const;
const MAX_REQUEST = -65;
const MAX_SMALL_REQUESTS = [236, 244] as const;
