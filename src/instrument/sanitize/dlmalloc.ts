/** Doug Lea's allocator in modules without names: most C libraries for WebAssembly have it, and Rust has its own copy. */

import { type Func, isImported, raw } from "../ir/binaryen.ts";
import { functionsByName } from "./allocator_family.ts";
import type { AllocatorFunction, FoundFunctions } from "./allocator_functions.ts";
import { shapeOfFunction, shiftsOf, signatureOf } from "./allocator_shape.ts";
import { CallGraph } from "./call_graph.ts";

/**
 * malloc and free of the original, by the constants in their code: the largest small request with blocks aligned to 8 or
 * 16 bytes, the largest request of all, bits of the map of trees.
 */
export function findDlmalloc(functions: readonly Func[]): FoundFunctions | undefined {
  const defined = functions.filter((func) => !isImported(func) && signatureOf(func)?.params === 1);
  const mallocs = defined.filter(looksLikeDlmalloc);
  return pairOf(functions, mallocs, defined.filter(looksLikeDlfree), "dlmalloc");
}

/**
 * Those of Rust's copy, as optimizers leave it: what `__rust_alloc` and `__rust_dealloc` call, whose first parameter was the
 * address of the allocator's data. Both access most of that. However it was optimized, malloc has some constants of its
 * own; free has none.
 */
export function findRustDlmalloc(functions: readonly Func[]): FoundFunctions | undefined {
  const byName = functionsByName(functions.filter((func) => !isImported(func)));
  const defined = [...byName.values()].filter((func) => signatureOf(func)?.params === 1);
  const [malloc, ...others] = defined.filter(looksLikeRustMalloc);
  if (malloc === undefined || others.length > 0) return undefined;
  const calls = new CallGraph(functions);
  const shifts = shiftsOf(byName);
  const state = calls.addressesOf([raw.FunctionGetName(malloc)]);
  const frees = defined.filter((func) => {
    if (signatureOf(func)?.result || !shapeOfFunction(func, shifts).looksBefore.has(0)) return false;
    const addresses = [...calls.addressesOf([raw.FunctionGetName(func)])];
    return addresses.filter((address) => state.has(address)).length >= COMMON_ADDRESSES;
  });
  return pairOf(functions, [malloc], frees, "Rust's dlmalloc");
}

/** Of the allocator's data: maps of bins and trees, the last remainder, the top, and the sizes of these two. */
const COMMON_ADDRESSES = 6;

function pairOf(
  functions: readonly Func[],
  mallocs: readonly Func[],
  frees: readonly Func[],
  name: string,
): FoundFunctions | undefined {
  const [malloc, free] = [mallocs[0], frees[0]];
  if (!malloc || !free || mallocs.length !== 1 || frees.length !== 1) return undefined;
  const list = [malloc, free].map((func) => `func[${functions.indexOf(func)}]`);
  const found: AllocatorFunction[] = [
    { role: "malloc", func: malloc },
    { role: "free", func: free },
  ];
  return { ok: true, functions: found, what: `${list.join(", ")}, by their code: ${name}` };
}

/** Whether malloc is Doug Lea's, and whether it is Rust's copy. */
export function dlmallocOf(mallocs: readonly Func[]): { isDlmalloc: boolean; isRust: boolean } {
  const isOriginal = mallocs.some(looksLikeDlmalloc);
  const isRust = !isOriginal && mallocs.some(looksLikeRustMalloc);
  return { isDlmalloc: isOriginal || isRust, isRust };
}

/** Whether a function is malloc of the original. */
function looksLikeDlmalloc(func: Func): boolean {
  const { constants } = shapeOfFunction(func);
  const isMalloc = constants.has(MAX_REQUEST) && MAX_SMALL_REQUESTS.some((constant) => constants.has(constant));
  return isMalloc && signatureOf(func)?.result === true && DLMALLOC.every((constant) => constants.has(constant));
}

/** Whether a function may be malloc of Rust's copy. */
function looksLikeRustMalloc(func: Func): boolean {
  const { constants } = shapeOfFunction(func);
  return signatureOf(func)?.result === true && RUST.every((constant) => constants.has(constant));
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
/** In Rust's malloc: trees, the least request and the least size that they are for, the top from which on it is trimmed. */
const RUST = [31, 245, 256, 2 << 20] as const;
