import { enterAllocator, leaveAllocator } from "./busy";
import { nextOf, setNext, startOf, totalOf } from "./layout";
import { release } from "./original";
import { fill } from "./shadow";

// The quarantine: blocks that were freed, the first of which is given back when they are too many bytes.

/** It takes up to a quarter of the memory that there is, where that is more than so many bytes. */
const PART_SHIFT = 2;
const LEAST_WITHHELD: u32 = 256 << 10;
/**
 * The block that was freed last is in it even if it is more, up to 16 times as much, or no use of a large block that was
 * freed would be found.
 */
const LAST_SHIFT = 4;

let first: u32 = 0;
let last: u32 = 0;
let withheldBytes: u32 = 0;
let withheldLimit: u32 = 0;

export function setWithheldLimit(bytes: u32): void {
  withheldLimit = bytes;
}

/** Adds a block. */
export function withhold(block: u32): void {
  setNext(block, 0);
  if (last) setNext(last, block);
  else first = block;
  last = block;
  withheldBytes += totalOf(block);
  const most = limit();
  while (withheldBytes > most && first != last) giveBackFirst();
  if (withheldBytes >> LAST_SHIFT > withheldLimit || withheldLimit == 0) giveBackFirst();
}

/** A part of the program's memory, and no more than the program's user wants. */
function limit(): u32 {
  const part = max((<u32>memory.size()) << (16 - PART_SHIFT), LEAST_WITHHELD);
  return min(withheldLimit, part);
}

/** Gives all back to the allocator. @returns false where there is nothing */
export function emptyQuarantine(): bool {
  if (first == 0) return false;
  while (first) giveBackFirst();
  return true;
}

/** Gives the block that was freed first back to the allocator. */
function giveBackFirst(): void {
  const block = first;
  const total = totalOf(block);
  const start = startOf(block);
  first = nextOf(block);
  if (first == 0) last = 0;
  withheldBytes -= total;
  const open = (start + 7) & ~7;
  fill(open, (start + total - open) & ~7, 0);
  enterAllocator();
  release(start, total);
  leaveAllocator();
}
