/**
 * Runs of pages, in which areas lie. The counterpart of the kernel's vmalloc.
 *
 *     HEAP                                                        BREAK
 *     ┌──────────┬───────────────┬──────┬──────────────┬─────────┐
 *     │ used     │ free          │ slab │ used, mapped │ free    │ ──▶ grows into the rest of the memory
 *     └──────────┴───────────────┴──────┴──────────────┴─────────┘
 *
 * Runs tile the heap and are listed in order of address; two free runs never touch. Allocation is first fit: areas are
 * few and large, so a short list beats an index. A run's descriptor lies outside of the run: user code that scribbles
 * anywhere in its area cannot damage the allocator.
 */

import {
  HEADER_BREAK,
  HEADER_HIGH_WATER,
  HEADER_MAX_BYTES,
  HEADER_RUNS,
  LIST_NEXT,
  LIST_PREV,
  PAGE_BYTES,
  RUN_ADDRESS,
  RUN_PAGES,
  RUN_PINS,
} from "../abi/layout.ts";
import type { Arena } from "./arena.ts";
import { freeCell, takeCell } from "./cells.ts";
import { listAdd, listAddTail, listDel, listEntries } from "./list.ts";

/**
 * Allocates `bytes`, rounded up to pages, with one pin. The content is left over from the last use.
 *
 * @returns the run (a cell); 0 if memory is exhausted
 */
export function allocateRun(arena: Arena, bytes: number): number {
  const pages = Math.ceil(bytes / PAGE_BYTES);
  const run = firstFit(arena, pages) || extend(arena, pages);
  if (run === 0 || !split(arena, run, pages)) return 0;
  arena.store(run + RUN_PINS, 1);
  arena.raise(HEADER_HIGH_WATER, arena.load(HEADER_BREAK));
  return run;
}

/** {@link allocateRun} with all of its `bytes` 0. Memory that was never in a run is 0 already and is left untouched. */
export function allocateClearedRun(arena: Arena, bytes: number): number {
  const writtenEnd = arena.load(HEADER_HIGH_WATER);
  const run = allocateRun(arena, bytes);
  if (run === 0) return 0;
  const address = arena.load(run + RUN_ADDRESS);
  const end = Math.min(address + bytes, writtenEnd);
  if (end > address) arena.bytes(address, end - address).fill(0);
  return run;
}

/** Whether a run of `bytes` can be allocated, without allocating or growing anything. */
export function fitsRun(arena: Arena, bytes: number): boolean {
  const pages = Math.ceil(bytes / PAGE_BYTES);
  if (firstFit(arena, pages) !== 0) return true;
  const last = arena.load(HEADER_RUNS + LIST_PREV);
  const spare = last !== HEADER_RUNS && arena.load(last + RUN_PINS) === 0 ? arena.load(last + RUN_PAGES) : 0;
  return arena.load(HEADER_BREAK) + (pages - spare) * PAGE_BYTES <= arena.load(HEADER_MAX_BYTES);
}

/** Pins a run for one more holder. */
export function pinRun(arena: Arena, run: number): void {
  arena.add(run + RUN_PINS, 1);
}

/** Drops one holder; the last one frees the run. */
export function unpinRun(arena: Arena, run: number): void {
  if (arena.add(run + RUN_PINS, -1) !== 0) return;
  mergeWithNext(arena, run);
  const prev = arena.load(run + LIST_PREV);
  if (prev !== HEADER_RUNS && arena.load(prev + RUN_PINS) === 0) mergeWithNext(arena, prev);
}

/** @returns address of a page for cells, from memory that was never in an area if possible; 0 if exhausted */
export function allocateFreshPage(arena: Arena): number {
  const run = extend(arena, 1, false) || firstFit(arena, 1);
  if (run === 0 || !split(arena, run, 1)) return 0;
  arena.store(run + RUN_PINS, 1);
  arena.raise(HEADER_HIGH_WATER, arena.load(HEADER_BREAK));
  return arena.load(run + RUN_ADDRESS);
}

function firstFit(arena: Arena, pages: number): number {
  for (const run of listEntries(arena, HEADER_RUNS)) {
    if (arena.load(run + RUN_PINS) === 0 && arena.load(run + RUN_PAGES) >= pages) return run;
  }
  return 0;
}

/** Moves the break so that a free run of `pages` ends at it. @returns that run, or 0 */
function extend(arena: Arena, pages: number, useLast = true): number {
  const last = arena.load(HEADER_RUNS + LIST_PREV);
  const lastIsFree = useLast && last !== HEADER_RUNS && arena.load(last + RUN_PINS) === 0;
  const added = lastIsFree ? pages - arena.load(last + RUN_PAGES) : pages;
  const oldBreak = arena.load(HEADER_BREAK);
  const newBreak = oldBreak + added * PAGE_BYTES;
  if (newBreak > arena.load(HEADER_MAX_BYTES) || !arena.reserve(newBreak)) return 0;
  const run = lastIsFree ? last : takeCell(arena);
  if (run === 0) return 0;
  if (lastIsFree) {
    arena.store(run + RUN_PAGES, pages);
  } else {
    arena.store(run + RUN_ADDRESS, oldBreak);
    arena.store(run + RUN_PAGES, pages);
    listAddTail(arena, HEADER_RUNS, run);
  }
  arena.store(HEADER_BREAK, newBreak);
  return run;
}

/** Splits off the part of a run beyond `pages` as a free run. @returns false if there is no cell for it */
function split(arena: Arena, run: number, pages: number): boolean {
  const rest = arena.load(run + RUN_PAGES) - pages;
  if (rest === 0) return true;
  const tail = takeCell(arena);
  if (tail === 0) return false;
  arena.store(tail + RUN_ADDRESS, arena.load(run + RUN_ADDRESS) + pages * PAGE_BYTES);
  arena.store(tail + RUN_PAGES, rest);
  arena.store(run + RUN_PAGES, pages);
  listAdd(arena, run, tail);
  return true;
}

function mergeWithNext(arena: Arena, run: number): void {
  const next = arena.load(run + LIST_NEXT);
  if (next === HEADER_RUNS || arena.load(next + RUN_PINS) !== 0) return;
  arena.add(run + RUN_PAGES, arena.load(next + RUN_PAGES));
  listDel(arena, next);
  freeCell(arena, next);
}
