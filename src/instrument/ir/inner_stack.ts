/**
 * Binaryen's stack in its linear memory: Binaryen is a WebAssembly module itself, compiled by Emscripten.
 *
 *     0        data      bottom                       top
 *     |  …  |  …  |  …   | ◀── stack grows down ────── |  heap …
 *
 * Overflow of the engine's stack throws an error, overflow of this one does not: beyond its bottom is Binaryen's data.
 * And when the engine's stack overflows, nothing resets the pointer of this one.
 */

import { lib } from "./binaryen.ts";

/** The size of the stack with which Binaryen is built. */
const STACK_BYTES = 5 << 20;
/** Size of the area above the bottom that must be untouched. */
const GUARD_BYTES = 1 << 16;
/** How much of it may be lost before this instance should not be used any more. */
const SPARE_BYTES = STACK_BYTES / 2;

const top = stackPointer();

/** Whether overflows of the engine's stack have used up too much of this one. */
export function isInnerStackUsedUp(): boolean {
  return hasOverflowed && top - stackPointer() > SPARE_BYTES;
}

let hasOverflowed = false;

/** To be called after each overflow of the engine's stack while Binaryen worked. */
export function noteOverflow(): void {
  hasOverflowed = true;
}

/** Whether all of the stack, initially zero, was ever used, so that Binaryen's data may be damaged. */
export function wasInnerStackExhausted(): boolean {
  const bottom = (top - STACK_BYTES + 15) & ~15;
  for (let at = bottom; at < bottom + GUARD_BYTES; at += 4) if (lib.__i32_load(at) !== 0) return true;
  return false;
}

/** The stack pointer. Reading it allocates an empty string on the stack, which is never freed. */
function stackPointer(): number {
  return lib.stringToUTF8OnStack("");
}
