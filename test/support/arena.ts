/** An arena without a device on it, and a check of its heap. */

import {
  HEADER_BREAK,
  HEADER_RUNS,
  HEAP_ADDRESS,
  PAGE_BYTES,
  RUN_ADDRESS,
  RUN_PAGES,
  RUN_PINS,
} from "../../src/abi/layout.ts";
import { Arena } from "../../src/memory/arena.ts";
import { listEntries } from "../../src/memory/list.ts";

export interface Run {
  address: number;
  pages: number;
  used: boolean;
}

/** @param maxBytes what its memory may grow to */
export function createArena(maxBytes: number = 1 << 28): Arena {
  const arena = Arena.create({ maxBytes, areaLimitBytes: 2 ** 30, flags: 0, abi: 0, irqAreaWords: 16, slide: 0n });
  arena.owner = 1;
  return arena;
}

/** The runs of the heap. Throws if they do not tile it, or if two free ones touch. */
export function heap(arena: Arena): Run[] {
  const runs = Array.from(listEntries(arena, HEADER_RUNS), (run) => ({
    address: arena.load(run + RUN_ADDRESS),
    pages: arena.load(run + RUN_PAGES),
    used: arena.load(run + RUN_PINS) !== 0,
  }));
  let end = HEAP_ADDRESS;
  let freeBefore = false;
  for (const { address, pages, used } of runs) {
    if (address !== end || pages === 0) throw new Error(`the run at ${address} does not begin at ${end}`);
    if (!used && freeBefore) throw new Error(`two free runs touch at ${address}`);
    end = address + pages * PAGE_BYTES;
    freeBefore = !used;
  }
  if (end !== arena.load(HEADER_BREAK)) throw new Error(`the runs end at ${end}, not at the break`);
  return runs;
}
