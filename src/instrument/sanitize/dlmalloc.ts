/**
 * Doug Lea's allocator in modules without names: most C libraries for WebAssembly have it. Rust's own copy of it is not looked
 * for: its functions are inlined into those of programs, so that blocks change hands that nobody sees.
 */

import { type Func, isImported } from "../ir/binaryen.ts";
import type { AllocatorFunction, FoundFunctions } from "./allocator_functions.ts";
import { shapeOfFunction, signatureOf } from "./allocator_shape.ts";

/**
 * malloc and free of the original, by the constants in their code: the largest small request with blocks aligned to 8 or
 * 16 bytes, the largest request of all, bits of the map of trees.
 */
export function findDlmalloc(functions: readonly Func[]): FoundFunctions | undefined {
  const defined = functions.filter((func) => !isImported(func) && signatureOf(func)?.params === 1);
  const mallocs = defined.filter(looksLikeDlmalloc);
  return pairOf(functions, mallocs, defined.filter(looksLikeDlfree));
}

function pairOf(
  functions: readonly Func[],
  mallocs: readonly Func[],
  frees: readonly Func[],
): FoundFunctions | undefined {
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
  return mallocs.some(looksLikeDlmalloc);
}

/** Whether a function is malloc of the original. */
function looksLikeDlmalloc(func: Func): boolean {
  const { constants } = shapeOfFunction(func);
  const isMalloc = constants.has(MAX_REQUEST) && MAX_SMALL_REQUESTS.some((constant) => constants.has(constant));
  return isMalloc && signatureOf(func)?.result === true && DLMALLOC.every((constant) => constants.has(constant));
}

function looksLikeDlfree(func: Func): boolean {
  const { constants, looksBefore } = shapeOfFunction(func);
  const isFree = signatureOf(func)?.result === false && looksBefore.has(0);
  return isFree && DLMALLOC.every((constant) => constants.has(constant));
}

/** In both of them: trees, bits of a size, alignment, small bins. */
const DLMALLOC = [31, 0xff_ffff, -8, 255] as const;
const MAX_REQUEST = -65;
const MAX_SMALL_REQUESTS = [236, 244] as const;
