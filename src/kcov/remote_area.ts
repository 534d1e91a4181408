/**
 * Private areas of remote sections. Freed areas are kept for ever on one list for all descriptors, last freed first; a
 * section takes the first one that has exactly its size.
 */

import {
  HEADER_FREE_AREAS,
  HEADER_REMOTE_AREAS,
  REMOTE_AREA_RUN,
  REMOTE_AREA_SIZE,
  RUN_ADDRESS,
} from "../abi/layout.ts";
import type { Arena } from "../memory/arena.ts";
import { listAdd, listDel, listEntries } from "../memory/list.ts";
import { allocateCell, freeCell } from "../memory/slab.ts";

/** kcov_remote_area_get. @returns the area (a cell), off the list; 0 if none has `size` words */
export function takeFreeArea(arena: Arena, size: number): number {
  for (const area of listEntries(arena, HEADER_FREE_AREAS)) {
    if (arena.load(area + REMOTE_AREA_SIZE) !== size) continue;
    listDel(arena, area);
    return area;
  }
  return 0;
}

/** kcov_remote_area_put. */
export function putFreeArea(arena: Arena, area: number): void {
  listAdd(arena, HEADER_FREE_AREAS, area);
}

/**
 * Creates an area of `size` words in the run that `allocate` returns.
 *
 * @returns the area (a cell); 0 if memory is exhausted
 */
export function createRemoteArea(arena: Arena, size: number, allocate: () => number): number {
  const area = allocateCell(arena);
  if (area === 0) return 0;
  const run = allocate();
  if (run === 0) {
    freeCell(arena, area);
    return 0;
  }
  arena.store(area + REMOTE_AREA_RUN, run);
  arena.store(area + REMOTE_AREA_SIZE, size);
  arena.add(HEADER_REMOTE_AREAS, 1);
  return area;
}

/** Byte address of the area's word 0. */
export function remoteAreaAddress(arena: Arena, area: number): number {
  return arena.load(arena.load(area + REMOTE_AREA_RUN) + RUN_ADDRESS);
}
