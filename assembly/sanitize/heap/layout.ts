import { HEAP_REDZONE_BYTES } from "../../../src/abi/sanitizer";

/**
 * A block of the heap, in the memory that the program's allocator gave for it:
 *
 *     start          address − 16                  address          + size   8-aligned                start + total
 *     ┌─────────────┬─────────────────────────────┬────────────────┬───────┬─────────────────────────┐
 *     │ (alignment) │ size stack start total      │ the program's  │       │ stack of free, next     │
 *     └─────────────┴─────────────────────────────┴────────────────┴───────┴─────────────────────────┘
 *       fa            fa fb                         00 …        0n           fa fa
 *
 * Only `next` changes while a block is in the quarantine: the one that was freed after it.
 */
const HEADER_SIZE = 0;
const HEADER_STACK = 4;
const HEADER_START = 8;
const HEADER_TOTAL = 12;
const FOOTER_STACK = 0;
const FOOTER_NEXT = 4;

/** In front of a block, and the least behind it. */
export const REDZONE: u32 = HEAP_REDZONE_BYTES;

/** Describes a new block. @param stack of its allocation; 0: not kept */
export function writeHeader(block: u32, size: u32, stack: u32, start: u32, total: u32): void {
  const header = block - REDZONE;
  store<u32>(header, size, HEADER_SIZE);
  store<u32>(header, stack, HEADER_STACK);
  store<u32>(header, start, HEADER_START);
  store<u32>(header, total, HEADER_TOTAL);
}

/** Describes a freed block, which is the last one that was. */
export function writeFooter(block: u32, stack: u32): void {
  const footer = footerOf(block);
  store<u32>(footer, stack, FOOTER_STACK);
  store<u32>(footer, 0, FOOTER_NEXT);
}

export function setSize(block: u32, size: u32): void {
  store<u32>(block - REDZONE, size, HEADER_SIZE);
}

export function setNext(block: u32, next: u32): void {
  store<u32>(footerOf(block), next, FOOTER_NEXT);
}

export function nextOf(block: u32): u32 {
  return load<u32>(footerOf(block), FOOTER_NEXT);
}

export function sizeOf(block: u32): u32 {
  return load<u32>(block - REDZONE, HEADER_SIZE);
}

export function stackOf(block: u32): u32 {
  return load<u32>(block - REDZONE, HEADER_STACK);
}

export function stackOfFree(block: u32): u32 {
  return load<u32>(footerOf(block), FOOTER_STACK);
}

export function startOf(block: u32): u32 {
  return load<u32>(block - REDZONE, HEADER_START);
}

export function totalOf(block: u32): u32 {
  return load<u32>(block - REDZONE, HEADER_TOTAL);
}

function footerOf(block: u32): u32 {
  return block + aligned(sizeOf(block));
}

/** Rounded up to a multiple of 8. */
export function aligned(size: u32): u32 {
  return (size + 7) & ~7;
}
