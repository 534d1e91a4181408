// A part of the program's memory that the program does not use.

const PAGE_SHIFT = 16;
/** What `memory.grow` returns on failure. */
const FAILED = -1;

/** The result if there is no room. No page has this address. */
export const NO_ROOM: u32 = 1;

let base: u32 = 0;
let pages: u32 = 0;

/**
 * Allocates at the end of memory, and keeps the allocation for the next call.
 *
 * @param isEnd whether the program has ended: if memory cannot grow then, the program's data at its end is overwritten
 * @returns its address, or NO_ROOM
 */
export function roomFor(bytes: u32, isEnd: u32): u32 {
  const wanted = (bytes + 0xffff) >>> PAGE_SHIFT;
  if (wanted <= pages) return base;
  const before = memory.grow(wanted);
  if (before != FAILED) {
    base = (<u32>before) << PAGE_SHIFT;
    pages = wanted;
    return base;
  }
  const size = <u32>memory.size();
  return isEnd != 0 && size >= wanted ? (size - wanted) << PAGE_SHIFT : NO_ROOM;
}
