// A piece of the program's memory that nothing of the program is in.

const PAGE_SHIFT = 16;
/** What `memory.grow` returns where it cannot. */
const FAILED = -1;

/** Where there is no room. No address of a page is this. */
export const NO_ROOM: u32 = 1;

let base: u32 = 0;
let pages: u32 = 0;

/**
 * A new piece at the end of memory, which is kept for the next time.
 *
 * @param isEnd the program has ended: where memory cannot grow, what it had at the end of memory is overwritten
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
