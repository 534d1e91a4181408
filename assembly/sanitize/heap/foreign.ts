import { enterAllocator, leaveAllocator } from "./busy";
import { sizeOf as blockSizeOf } from "./layout";
import { release, resize, sizeOf } from "./original";
import { blockBelow, valueAt } from "./shadow";

// Blocks that were created by a function of the allocator which is not replaced; they are left to the allocator.
// Modules that have the names of all functions of their allocator have no such blocks.

/** The lowest address that they can have; 0: there are none. */
let foreignFrom: u32 = 0;

export function setForeignFrom(address: u32): void {
  foreignFrom = address;
}

/** Whether a block is not the sanitizer's: it may be accessed, and does not lie in a known block. */
export function isForeign(block: u32): bool {
  if (foreignFrom == 0 || block < foreignFrom || valueAt(block) != 0) return false;
  const below = blockBelow(block);
  return below == 0 || block - below >= blockSizeOf(below);
}

export function freeForeign(block: u32): void {
  enterAllocator();
  release(block, 0);
  leaveAllocator();
}

export function resizeForeign(block: u32, old: u32, alignment: u32, bytes: u32): u32 {
  enterAllocator();
  const resized = resize(block, old, alignment, bytes);
  leaveAllocator();
  return resized;
}

export function foreignSizeOf(block: u32): u32 {
  enterAllocator();
  const bytes = sizeOf(block);
  leaveAllocator();
  return bytes;
}
