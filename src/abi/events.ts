/**
 * Records that are not comparisons. They are stored like comparisons, in mode TRACE_CMP, with a type above 7, the
 * largest that kcov itself uses. Integer literals only, since AssemblyScript compiles this file too.
 *
 *     bits 8…10   event: 0 comparison, 1 indirect call, 2 load, 3 store, 4 stack depth
 *     bits 1…3    log2 of the bytes accessed (loads and stores; 4 stands for 16 bytes, which comparisons never have)
 *     bit 0       0
 *
 * A consumer that knows only comparisons must skip every record whose type exceeds {@link KCOV_CMP_TYPE_MAX}. There are
 * none unless the module was instrumented for them.
 */

/** The largest type of a comparison: `KCOV_CMP_SIZE(3) | KCOV_CMP_CONST`. */
export const KCOV_CMP_TYPE_MAX = 7;
/** arg1: index of the called function, 2^64 − 1 if it belongs to another module or the host; pc: that of the call. */
export const KCOV_EVENT_INDIRECT_CALL = 256;
/** arg1: byte address read. */
export const KCOV_EVENT_LOAD = 512;
/** arg1: byte address written. */
export const KCOV_EVENT_STORE = 768;
/** arg1: the stack pointer, after a function has allocated its frame. */
export const KCOV_EVENT_STACK_DEPTH = 1024;
/** Bits of a type that hold log2 of the bytes accessed, shifted left by one. */
export const KCOV_ACCESS_MASK = 14;
/** Sizes of loads and stores. */
export const KCOV_ACCESS_SIZE1 = 0;
export const KCOV_ACCESS_SIZE2 = 2;
export const KCOV_ACCESS_SIZE4 = 4;
export const KCOV_ACCESS_SIZE8 = 6;
export const KCOV_ACCESS_SIZE16 = 8;
