/** Cells: the fixed-size blocks that all structures of the device are made of. The kernel's slab, with one size. */

import { CELL_BYTES, HEADER_FREE_CELL_COUNT, PAGE_BYTES } from "../abi/layout.ts";
import type { Arena } from "./arena.ts";
import { freeCell, takeCell } from "./cells.ts";
import { allocateFreshPage } from "./page_allocator.ts";

export { freeCell } from "./cells.ts";

/** Cells kept back for the page allocator, which needs one or two to allocate a run, also for the next slab. */
const RESERVE = 4;

/** @returns address of a zeroed cell; 0 if memory is exhausted */
export function allocateCell(arena: Arena): number {
  return reserveCells(arena) ? takeCell(arena) : 0;
}

/**
 * Makes sure that the page allocator has the cells for one run: to be called before one is allocated that no cell of its
 * own goes with.
 *
 * @returns false if memory is exhausted
 */
export function reserveCells(arena: Arena): boolean {
  return arena.load(HEADER_FREE_CELL_COUNT) > RESERVE || addSlab(arena);
}

/** Slabs are never given back: a page of cells never becomes part of an area that a stale view could write to. */
function addSlab(arena: Arena): boolean {
  const page = allocateFreshPage(arena);
  if (page === 0) return false;
  for (let cell = page + PAGE_BYTES - CELL_BYTES; cell >= page; cell -= CELL_BYTES) freeCell(arena, cell);
  return true;
}
