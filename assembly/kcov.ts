import { HEADER_NO_COUNT } from "../src/abi/layout";

// The whole host-import surface of the hooks. AssemblyScript takes a declaration's import module from its file's name,
// so these are the imports "kcov" "mode", "kcov" "area", …

/** `t->kcov_mode` of the current task: hooks only compare it for equality. 0 in interrupt context. */
export declare let mode: u32;

/** `t->kcov_area`: byte address of word 0 in device memory. Meaningful only while a trace mode is on. */
export declare let area: usize;

/** `t->kcov_size`: length of the area in u64 words. */
export declare let size: u32;

/**
 * `mode`, `area` and `size` in one word, for PCs: (size - 1) << 32 | area in mode TRACE_PC, otherwise {@link NO_AREA}.
 * A cursor is loaded from it.
 */
export declare let pc_area: u64;

/**
 * The same for comparisons: ((size - 1) / 4) << 32 | area in mode TRACE_CMP, that is the capacity in records, and where
 * they go; otherwise {@link NO_AREA}. One global to load and one comparison, where three fields would take six loads.
 */
export declare let cmp_area: u64;

/** `pc_area` and `cmp_area` while nothing is traced: no room, and the address of a word that is 0. */
export const NO_AREA: u64 = HEADER_NO_COUNT;

/** Proposal: length in words of the bitmap that lies before `area` in mode UNIQUE_PC. */
export declare let bitmap: u32;

/** Proposal: the pc of the calling function's entry; 0: the host calls. */
export declare let frame: u64;

/** Load base that canonicalisation subtracts from every pc, modulo 2^64. */
export declare const slide: u64;
