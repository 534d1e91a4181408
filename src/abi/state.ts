/**
 * How the state of an instance is restored: what instrumented modules export and import for it. Integer literals and
 * names only; the hooks use it too.
 *
 * A *dirty map* has a byte for every page of a linear memory, which code sets after a store to the page. A store marks
 * only the page of its first byte; a store across the boundary changes up to DIRTY_SPILL_BYTES bytes of the next page,
 * which is not marked.
 */

/** log2 of the size of a page in a dirty map. */
export const DIRTY_PAGE_SHIFT = 12;
/** Bytes after a dirty page that may have changed too: the longest store, 16 bytes, has at least one in the page. */
export const DIRTY_SPILL_BYTES = 15;
