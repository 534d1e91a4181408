/**
 * The memory sanitizer: layout of shadows, and what a report is made of. Integer literals and names only.
 *
 * A *shadow* is a memory of its own for each instance. Its byte at SHADOW_BASE + (address >> 3) tells about 8 bytes of the
 * program's memory, as in AddressSanitizer: 0, all may be accessed; 1 to 7, so many of them; from SHADOW_LEAST_POISON on,
 * none, and why.
 */

/** Where the shadow begins in its memory. Code has it in the constant offset of a load, where it costs nothing. */
export const SHADOW_BASE = 65536;
/** log2 of the bytes that a byte of the shadow tells about. */
export const SHADOW_SHIFT = 3;

/** Values from here on say that nothing of the 8 bytes may be accessed. */
export const SHADOW_LEAST_POISON = 0x80;
/** Below the first data or stack address. */
export const SHADOW_NULL_PAGE = 0xf0;
/** Between the frames of two functions on the stack. */
export const SHADOW_STACK = 0xf2;
/** Around a block of the heap. */
export const SHADOW_HEAP = 0xfa;
/** The 8 bytes in front of a block of the heap. */
export const SHADOW_HEAP_HEADER = 0xfb;
/** The same in front of one that was freed, and waits in the quarantine. */
export const SHADOW_FREED_HEADER = 0xfc;
/** A freed block. */
export const SHADOW_FREED = 0xfd;

/** Bytes between two frames: four bytes of the shadow. */
export const STACK_REDZONE_BYTES = 32;
/** In front of each block of the heap, with what is known of it; and the least after it. */
export const HEAP_REDZONE_BYTES = 16;

/** What was being done: an access. */
export const OPERATION_ACCESS = 0;
/** A block was freed that is no block, or no longer one. */
export const OPERATION_FREE = 1;
/** A block was resized that is none. */
export const OPERATION_REALLOC = 2;
/** The size of a block was asked for that is none. */
export const OPERATION_SIZE = 3;
/** The stack pointer came to lie in the data below the stack, or below address 0. */
export const OPERATION_STACK = 4;

/** Beside what was being done: the program can go on, where nobody stops it. */
export const GOES_ON = 8;
