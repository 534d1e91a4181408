/** The list of free cells. `slab.ts` fills it; the page allocator takes cells from it directly. */

import { CELL_BYTES, HEADER_FREE_CELL, HEADER_FREE_CELL_COUNT } from "../abi/layout.ts";
import type { Arena } from "./arena.ts";

/** @returns address of a zeroed cell; 0 if the list is empty */
export function takeCell(arena: Arena): number {
  const cell = arena.load(HEADER_FREE_CELL);
  if (cell === 0) return 0;
  arena.store(HEADER_FREE_CELL, arena.load(cell));
  arena.add(HEADER_FREE_CELL_COUNT, -1);
  for (let word = cell; word < cell + CELL_BYTES; word += 4) {
    if (arena.load(word) !== 0) arena.store(word, 0);
  }
  return cell;
}

/** Frees a cell, which must not be on a list. */
export function freeCell(arena: Arena, cell: number): void {
  arena.store(cell, arena.load(HEADER_FREE_CELL));
  arena.store(HEADER_FREE_CELL, cell);
  arena.add(HEADER_FREE_CELL_COUNT, 1);
}
