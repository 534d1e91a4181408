/** Cells: the fixed-size blocks in which all structures of the device lie. The kernel's slab, with a single size. */

import { CELL_BYTES, HEADER_FREE_CELL_COUNT, PAGE_BYTES } from "../abi/layout.ts";
import type { Arena } from "./arena.ts";
import { freeCell, takeCell } from "./cells.ts";
import { allocateFreshPage } from "./page_allocator.ts";

export { freeCell } from "./cells.ts";

/** Cells reserved for the page allocator, which needs one or two to allocate a run, even that of the next slab. */
const RESERVE = 4;

/** @returns address of a zeroed cell; 0 if memory is exhausted */
export function allocateCell(arena: Arena): number {
  return reserveCells(arena) ? takeCell(arena) : 0;
}

/**
 * Makes sure that the page allocator has the cells for one run. To be called before allocating a run without allocating
 * a cell along with it.
 *
 * @returns false if memory is exhausted
 */
export function reserveCells(arena: Arena): boolean {
  return arena.load(HEADER_FREE_CELL_COUNT) > RESERVE || addSlab(arena);
}

/** Slabs are never freed: a page of cells never becomes part of an area, to which a stale view could write. */
function addSlab(arena: Arena): boolean {
  const page = allocateFreshPage(arena);
  if (page === 0) return false;
  for (let cell = page + PAGE_BYTES - CELL_BYTES; cell >= page; cell -= CELL_BYTES) freeCell(arena, cell);
  return true;
}
