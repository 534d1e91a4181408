import { enterAllocator, leaveAllocator } from "./busy";
import { nextOf, setNext, startOf, totalOf } from "./layout";
import { release } from "./original";
import { fill } from "./shadow";

// The quarantine: a queue of freed blocks. While they are too many bytes, the first one is returned to the allocator.

/** It takes up to a quarter of the memory, or this many bytes if that is more. */
const PART_SHIFT = 2;
const LEAST_WITHHELD: u32 = 256 << 10;
/**
 * The block that was freed last may exceed the limit, up to 16 times; otherwise no use of a large block after it was
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

/** The limit in bytes: a part of the program's memory, and no more than the user allows. */
function limit(): u32 {
  const part = max((<u32>memory.size()) << (16 - PART_SHIFT), LEAST_WITHHELD);
  return min(withheldLimit, part);
}

/** Returns all blocks to the allocator. @returns false if there are none */
export function emptyQuarantine(): bool {
  if (first == 0) return false;
  while (first) giveBackFirst();
  return true;
}

/** Returns the block that was freed first to the allocator. */
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
