import { DIRTY_PAGE_SHIFT } from "../src/abi/state";

/**
 * Marks the page in which a store begins. Called after the store: one that traps has written nothing, and its address
 * would lie outside of the map.
 *
 *       map        + 1        + 2              address >> 12
 *     ┌──────────┬──────────┬──────────┬─────┬───────────────┬─────┐
 *     │ 0 clean  │ 1 dirty  │ 0        │  …  │ 1             │     │   a byte for every 4096 of the module's memory
 *     └──────────┴──────────┴──────────┴─────┴───────────────┴─────┘
 */
export function __kcov_dirty_page(map: usize, address: usize): void {
  store<u8>(map + (address >> DIRTY_PAGE_SHIFT), 1);
}

/** Marks the pages of a range, for memory.fill, memory.copy and memory.init. An empty range may mark its page. */
export function __kcov_dirty_range(map: usize, address: usize, bytes: usize): void {
  const end = <u64>address + bytes + ((1 << DIRTY_PAGE_SHIFT) - 1);
  const behind = map + <usize>(end >> DIRTY_PAGE_SHIFT);
  for (let page = map + (address >> DIRTY_PAGE_SHIFT); page < behind; page++) store<u8>(page, 1);
}
