/**
 * Binaryen's stack in its linear memory. It is a module itself, compiled by Emscripten:
 *
 *     0        data      bottom                       top
 *     |  …  |  …  |  …   | ◀── stack grows down ────── |  heap …
 *
 * The engine's stack ends in an error, this one does not: beyond its bottom is Binaryen's data. And when the engine's ends,
 * nothing puts this one back to where it was.
 */

import { lib } from "./binaryen.ts";

/** The size of the stack that Binaryen is built with. */
const STACK_BYTES = 5 << 20;
/** Above the bottom: what must not have been touched. */
const GUARD_BYTES = 1 << 16;
/** What may be lost of it before no more work should be done on this one. */
const SPARE_BYTES = STACK_BYTES / 2;

const top = stackPointer();

/** Whether overflows of the engine's stack have left too little of this one. */
export function isInnerStackUsedUp(): boolean {
  return hasOverflowed && top - stackPointer() > SPARE_BYTES;
}

let hasOverflowed = false;

/** To be told of each overflow of the engine's stack while Binaryen worked. */
export function noteOverflow(): void {
  hasOverflowed = true;
}

/** Whether all of a stack was used once, so that Binaryen's data may be damaged. It begins as zeros. */
export function wasInnerStackExhausted(): boolean {
  const bottom = (top - STACK_BYTES + 15) & ~15;
  for (let at = bottom; at < bottom + GUARD_BYTES; at += 4) if (lib.__i32_load(at) !== 0) return true;
  return false;
}

/** Takes room for an empty string off the stack, and never gives it back. */
function stackPointer(): number {
  return lib.stringToUTF8OnStack("");
}
