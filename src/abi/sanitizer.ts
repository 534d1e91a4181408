/**
 * The memory sanitizer: layout of shadows, and the parts of a report. Integer literals and names only.
 *
 * Each instance has a *shadow*, a memory of its own. The byte at SHADOW_BASE + (address >> 3) describes 8 bytes of the
 * program's memory. 0: all may be accessed; 1 to 7: that many of the last ones may not (AddressSanitizer stores how
 * many of the first ones may); from SHADOW_LEAST_POISON on: none may, and the value says why.
 */

/** Where the shadow begins in its memory. Code puts it into the constant offset of a load, where it costs nothing. */
export const SHADOW_BASE = 65536;
/** log2 of the number of bytes that a byte of the shadow describes. */
export const SHADOW_SHIFT = 3;

/** Values from here on mean that none of the 8 bytes may be accessed. */
export const SHADOW_LEAST_POISON = 0x80;
/** Below the first data or stack address. */
export const SHADOW_NULL_PAGE = 0xf0;
/** Between the frames of two functions on the stack. */
export const SHADOW_STACK = 0xf2;
/** Around a block of the heap. */
export const SHADOW_HEAP = 0xfa;
/** The 8 bytes in front of a block of the heap. */
export const SHADOW_HEAP_HEADER = 0xfb;
/** The 8 bytes in front of a block that was freed and waits in the quarantine. */
export const SHADOW_FREED_HEADER = 0xfc;
/** A freed block. */
export const SHADOW_FREED = 0xfd;

/** Number of bytes between two frames: four bytes of the shadow. */
export const STACK_REDZONE_BYTES = 32;
/** Bytes in front of each block of the heap, which describe the block; and the minimum after it. */
export const HEAP_REDZONE_BYTES = 16;

/** The operation that failed: an access. */
export const OPERATION_ACCESS = 0;
/** Something was freed that is not, or no longer, a block. */
export const OPERATION_FREE = 1;
/** Something was resized that is not a block. */
export const OPERATION_REALLOC = 2;
/** The size was requested of something that is not a block. */
export const OPERATION_SIZE = 3;
/** The stack pointer was moved into the data below the stack, or below address 0. */
export const OPERATION_STACK = 4;

/** A bit added to the operation: the program can go on, unless somebody stops it. */
export const GOES_ON = 8;
