import { OPERATION_FREE, OPERATION_REALLOC, SHADOW_HEAP_HEADER } from "../../../src/abi/sanitizer";
import { enterAllocator, leaveAllocator } from "./busy";
import { freeForeign, isForeign, resizeForeign } from "./foreign";
import { keepStack, stacks } from "./host";
import { aligned, REDZONE, setStackOfFree, sizeOf, stackOf, startOf, totalOf, writeHeader } from "./layout";
import { allocate } from "./original";
import { emptyQuarantine, withhold } from "./quarantine";
import { fail } from "./report";
import { allocated, freed, headerAt } from "./shadow";

/** Larger blocks are refused, so that sums with what surrounds a block fit into 32 bits. */
const MAX_SIZE: u32 = 0x7fff_0000;

const MAX_REDZONE: u32 = 256;

/** @param alignment a power of 2 */
export function newBlock(size: u32, alignment: u32): u32 {
  if (size > MAX_SIZE || alignment > MAX_SIZE) return 0;
  const slack = alignment > REDZONE ? alignment : 0;
  const total = REDZONE + slack + aligned(size) + redzoneBehind(size);
  const start = allocateAnyway(total);
  if (start == 0) return 0;
  const mask = (slack ? slack : 8) - 1;
  const address = (start + REDZONE + mask) & ~mask;
  writeHeader(address, size, stacks ? keepStack() : 0, start, total);
  allocated(start, address, size, start + total);
  return address;
}

/** Allocates; if that fails, tries again after releasing what the quarantine withholds. */
function allocateAnyway(total: u32): u32 {
  enterAllocator();
  const start = allocate(total);
  leaveAllocator();
  if (start != 0 || !emptyQuarantine()) return start;
  enterAllocator();
  const again = allocate(total);
  leaveAllocator();
  return again;
}

/** Size of the redzone after a block: the larger the block, the farther an index may miss it. */
function redzoneBehind(size: u32): u32 {
  return min(max(REDZONE, (size >> 2) & ~15), MAX_REDZONE);
}

/**
 * Resizes a block, which always moves, so that uses of the old address are found.
 *
 * @param old its size, if its owner says so, or else 0
 */
export function resizedBlock(block: u32, old: u32, alignment: u32, size: u32): u32 {
  if (block == 0) return newBlock(size, alignment);
  if (isForeign(block)) return resizeForeign(block, old, alignment, size);
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
  if (stacks) setStackOfFree(block, keepStack());
  freed(block, sizeOf(block));
  withhold(block);
}

/** Whether a block begins here that has not been freed; reports it if not. */
export function isBlock(address: u32, operation: u32): bool {
  if (headerAt(address) == SHADOW_HEAP_HEADER) return true;
  fail(operation, address, 0, 0, 0, address);
  return false;
}

/** Reduces a block to its first `bytes` bytes. */
export function shortenBlock(block: u32, bytes: u32): void {
  if (headerAt(block) != SHADOW_HEAP_HEADER) return;
  const start = startOf(block);
  const total = totalOf(block);
  writeHeader(block, bytes, stackOf(block), start, total);
  allocated(start, block, bytes, start + total);
}
