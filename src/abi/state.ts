/**
 * How the state of an instance is put back: what instrumented modules export and import for it. Integer literals and
 * names only; the hooks use it too.
 *
 * A *dirty map* has a byte for every page of a linear memory; code sets it after every store. What is marked is the
 * page of the first byte, so that a store across a border dirties DIRTY_SPILL_BYTES − 1 bytes of the next page besides.
 */

/** log2 of a dirty page's bytes. */
export const DIRTY_PAGE_SHIFT = 12;
/** Bytes after a dirty page that may have changed with it: the longest store has one less than in the page. */
export const DIRTY_SPILL_BYTES = 15;
