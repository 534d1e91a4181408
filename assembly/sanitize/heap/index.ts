import { OPERATION_SIZE, OPERATION_STACK, SHADOW_NULL_PAGE } from "../../../src/abi/sanitizer";
import { freeBlock, isBlock, newBlock, resizedBlock, shortenBlock } from "./block";
import { foreignSizeOf, isForeign, setForeignFrom } from "./foreign";
import { sizeOf } from "./layout";
import { setWithheldLimit } from "./quarantine";
import { fail, setReportFlags } from "./report";
import { fill } from "./shadow";

export { access } from "./report";

// Replacements for the functions of an allocator, named after those of C and Rust. They run in the program's memory.

/** Alignment that suits any type. */
const ANY = 16;
/** ENOMEM and EINVAL of WASI and Emscripten. */
const NO_MEMORY = 48;
const INVALID = 28;

export function malloc(bytes: u32): u32 {
  return newBlock(bytes, ANY);
}

export function calloc(count: u32, bytes: u32): u32 {
  return cleared(product(count, bytes), ANY);
}

export function realloc(block: u32, bytes: u32): u32 {
  return resizedBlock(block, 0, ANY, bytes);
}

export function reallocarray(block: u32, count: u32, bytes: u32): u32 {
  return resizedBlock(block, 0, ANY, product(count, bytes));
}

export function free(block: u32): void {
  freeBlock(block);
}

/** `operator delete` of C++ with a size or an alignment; `free_with_both` takes both. */
export function free_with(block: u32, _: u32): void {
  freeBlock(block);
}

export function free_with_both(block: u32, _: u32, __: u32): void {
  freeBlock(block);
}

/** `operator new` with an alignment, if it does not call `malloc`. */
export function new_aligned(bytes: u32, alignment: u32): u32 {
  return newBlock(bytes, alignment);
}

export function aligned_alloc(alignment: u32, bytes: u32): u32 {
  return isPowerOf2(alignment) ? newBlock(bytes, alignment) : 0;
}

export function posix_memalign(result: u32, alignment: u32, bytes: u32): u32 {
  if (!isPowerOf2(alignment)) return INVALID;
  const block = newBlock(bytes, alignment);
  if (block == 0) return NO_MEMORY;
  store<u32>(result, block);
  return 0;
}

export function malloc_usable_size(block: u32): u32 {
  if (isForeign(block)) return foreignSizeOf(block);
  return block != 0 && isBlock(block, OPERATION_SIZE) ? sizeOf(block) : 0;
}

export function rust_alloc(bytes: u32, alignment: u32): u32 {
  return newBlock(bytes, alignment);
}

export function rust_alloc_zeroed(bytes: u32, alignment: u32): u32 {
  return cleared(bytes, alignment);
}

export function rust_dealloc(block: u32, _: u32, __: u32): void {
  freeBlock(block);
}

export function rust_realloc(block: u32, old: u32, alignment: u32, bytes: u32): u32 {
  return resizedBlock(block, old, alignment, bytes);
}

/** Called before any code of the program. @param foreignFrom see foreign.ts @param flags GOES_ON, or 0 */
export function begin(nullPageBytes: u32, withheldLimit: u32, foreignFrom: u32, flags: u32): void {
  fill(0, nullPageBytes, SHADOW_NULL_PAGE);
  setWithheldLimit(withheldLimit);
  setForeignFrom(foreignFrom);
  setReportFlags(flags);
}

/** An exception or a longjmp moved the stack pointer up: removes the redzones of the frames in between. */
export function unwound(from: u32, to: u32): void {
  fill(from, to - from, 0);
}

/** The stack pointer is to be `pointer`, which is not in the stack. */
export function exhausted(pointer: u32, pc: u32): void {
  fail(OPERATION_STACK, pointer, 0, 1, pc, pointer);
}

/** An input of `bytes` bytes was put at the beginning of a block. */
export function input(block: u32, bytes: u32): void {
  shortenBlock(block, bytes);
}

function cleared(bytes: u32, alignment: u32): u32 {
  const block = newBlock(bytes, alignment);
  if (block != 0) memory.fill(block, 0, bytes);
  return block;
}

/** The product, or a number that is too large for a block if the product does not fit. */
function product(count: u32, bytes: u32): u32 {
  const total = <u64>count * bytes;
  return total > u32.MAX_VALUE ? u32.MAX_VALUE : <u32>total;
}

function isPowerOf2(value: u32): bool {
  return value != 0 && (value & (value - 1)) == 0;
}
