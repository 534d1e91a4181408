import { OPERATION_FREE, OPERATION_REALLOC, SHADOW_HEAP_HEADER } from "../../../src/abi/sanitizer";
import { enterAllocator, leaveAllocator } from "./busy";
import { freeForeign, isForeign, resizeForeign } from "./foreign";
import { keepStack, stacks } from "./host";
import {
  aligned,
  nextOf,
  REDZONE,
  setNext,
  setSize,
  sizeOf,
  startOf,
  totalOf,
  writeFooter,
  writeHeader,
} from "./layout";
import { allocate, release } from "./original";
import { fail } from "./report";
import { allocated, fill, freed, headerAt } from "./shadow";

/** More is refused: sums with what is around a block fit into 32 bits. */
const MAX_SIZE: u32 = 0x7fff_0000;

const MAX_REDZONE: u32 = 256;

/**
 * The quarantine takes up to a quarter of the memory that there is, where that is more than so many bytes. The block that
 * was freed last is in it even if it is more, or no use of a large block that was freed would be found.
 */
const PART_SHIFT = 2;
const LEAST_WITHHELD: u32 = 256 << 10;

/** The quarantine: blocks that were freed, the first of which is given back when they are too many bytes. */
let first: u32 = 0;
let last: u32 = 0;
let withheldBytes: u32 = 0;
let withheldLimit: u32 = 0;

export function setWithheldLimit(bytes: u32): void {
  withheldLimit = bytes;
}

/** @param alignment a power of 2 */
export function newBlock(size: u32, alignment: u32): u32 {
  if (size > MAX_SIZE || alignment > MAX_SIZE) return 0;
  const slack = alignment > REDZONE ? alignment : 0;
  const total = REDZONE + slack + aligned(size) + redzoneBehind(size);
  enterAllocator();
  const start = allocate(total);
  leaveAllocator();
  if (start == 0) return 0;
  const mask = (slack ? slack : 8) - 1;
  const address = (start + REDZONE + mask) & ~mask;
  writeHeader(address, size, stacks ? keepStack() : 0, start, total);
  allocated(start, address, size, start + total);
  return address;
}

/** The larger a block is, the farther an index may miss it. */
function redzoneBehind(size: u32): u32 {
  return min(max(REDZONE, (size >> 2) & ~15), MAX_REDZONE);
}

/** Resizes a block, which moves in any case: whoever still has its old address is found. */
export function resizedBlock(block: u32, size: u32, alignment: u32): u32 {
  if (block == 0) return newBlock(size, alignment);
  if (isForeign(block)) return resizeForeign(block, size);
  if (!isBlock(block, OPERATION_REALLOC)) return 0;
  const resized = newBlock(size, alignment);
  if (resized == 0) return 0;
  memory.copy(resized, block, min(size, sizeOf(block)));
  freeBlock(block);
  return resized;
}

/** Puts a block into the quarantine. */
export function freeBlock(block: u32): void {
  if (isForeign(block)) {
    freeForeign(block);
    return;
  }
  if (block == 0 || !isBlock(block, OPERATION_FREE)) return;
  const size = sizeOf(block);
  writeFooter(block, stacks ? keepStack() : 0);
  freed(block, size);
  if (last) setNext(last, block);
  else first = block;
  last = block;
  withheldBytes += totalOf(block);
  while (withheldBytes > limit() && first != last) giveBack();
  if (withheldBytes > withheldLimit) giveBack();
}

/** A part of the program's memory, and no more than the program's user wants. */
function limit(): u32 {
  const part = max((<u32>memory.size()) << (16 - PART_SHIFT), LEAST_WITHHELD);
  return min(withheldLimit, part);
}

/** Gives the block that was freed first back to the allocator. */
function giveBack(): void {
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

/** Whether a block begins here that has not been freed; reports it if not. */
export function isBlock(address: u32, operation: u32): bool {
  if (headerAt(address) == SHADOW_HEAP_HEADER) return true;
  fail(operation, address, 0, 0, 0, address);
  return false;
}

/** The first `bytes` bytes of a block are all of it from now on. */
export function shortenBlock(block: u32, bytes: u32): void {
  if (headerAt(block) != SHADOW_HEAP_HEADER) return;
  const start = startOf(block);
  setSize(block, bytes);
  allocated(start, block, bytes, start + totalOf(block));
}
