import { HEAP_REDZONE_BYTES } from "../../../src/abi/sanitizer";

/**
 * A block of the heap, in the memory that the program's allocator returned for it:
 *
 *     start          address − 16                  address          + size   8-aligned                start + total
 *     ┌─────────────┬─────────────────────────────┬────────────────┬───────┬─────────────────────────┐
 *     │ (alignment) │ size stack total next       │ the program's  │       │ stack of free, start    │
 *     └─────────────┴─────────────────────────────┴────────────────┴───────┴─────────────────────────┘
 *       fa            fa fb                         00 …        0n           fa fa
 *
 * `next` is the block that was freed after this one. The fields after the block are not touched for most blocks, since
 * they lie in another cache line.
 */
const HEADER_SIZE = 0;
const HEADER_STACK = 4;
/** A multiple of 8, with bits that say which fields there are after the block. */
const HEADER_TOTAL = 8;
const HEADER_NEXT = 12;
const FOOTER_STACK = 0;
const FOOTER_START = 4;
/** There is a `start`; otherwise it is 16 bytes in front of the block. */
const HAS_START: u32 = 1;
const HAS_STACK: u32 = 2;

/** Size of the redzone in front of a block, and the minimum after it. */
export const REDZONE: u32 = HEAP_REDZONE_BYTES;

/** Describes a new block. @param stack number of its allocation's stack; 0: not kept */
export function writeHeader(block: u32, size: u32, stack: u32, start: u32, total: u32): void {
  const isUsual = start == block - REDZONE;
  const header = block - REDZONE;
  store<u32>(header, size, HEADER_SIZE);
  store<u32>(header, stack, HEADER_STACK);
  store<u32>(header, isUsual ? total : total | HAS_START, HEADER_TOTAL);
  if (!isUsual) store<u32>(footerOf(block), start, FOOTER_START);
}

/** Records where a block was freed. */
export function setStackOfFree(block: u32, stack: u32): void {
  store<u32>(footerOf(block), stack, FOOTER_STACK);
  store<u32>(block - REDZONE, load<u32>(block - REDZONE, HEADER_TOTAL) | HAS_STACK, HEADER_TOTAL);
}

export function setNext(block: u32, next: u32): void {
  store<u32>(block - REDZONE, next, HEADER_NEXT);
}

export function nextOf(block: u32): u32 {
  return load<u32>(block - REDZONE, HEADER_NEXT);
}

export function sizeOf(block: u32): u32 {
  return load<u32>(block - REDZONE, HEADER_SIZE);
}

export function stackOf(block: u32): u32 {
  return load<u32>(block - REDZONE, HEADER_STACK);
}

export function stackOfFree(block: u32): u32 {
  return has(block, HAS_STACK) ? load<u32>(footerOf(block), FOOTER_STACK) : 0;
}

export function startOf(block: u32): u32 {
  return has(block, HAS_START) ? load<u32>(footerOf(block), FOOTER_START) : block - REDZONE;
}

export function totalOf(block: u32): u32 {
  return load<u32>(block - REDZONE, HEADER_TOTAL) & ~7;
}

function has(block: u32, what: u32): bool {
  return (load<u32>(block - REDZONE, HEADER_TOTAL) & what) != 0;
}

function footerOf(block: u32): u32 {
  return block + aligned(sizeOf(block));
}

/** Rounded up to a multiple of 8. */
export function aligned(size: u32): u32 {
  return (size + 7) & ~7;
}
