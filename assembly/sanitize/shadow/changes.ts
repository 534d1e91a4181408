import { SHADOW_BASE, SHADOW_SHIFT } from "../../../src/abi/sanitizer";

/**
 * Tracks which parts of the shadow have changed, so that an earlier state can be restored. The page in front of the
 * shadow has a byte for every 8 KiB of it, and what was saved comes after the shadow:
 *
 *     0              SHADOW_BASE            end
 *     ┌─────────────┬──────────────────────┬──────────────┬──────────────┬───
 *     │ 0 1 0 0 1 … │ the shadow           │ number, part │ number, part │ …
 *     └─────────────┴──────────────────────┴──────────────┴──────────────┴───
 *
 * Redzones of the stack are not tracked: they come and go with every call.
 */
const PART_SHIFT = 13;
const PART_BYTES: usize = 1 << PART_SHIFT;
/** Size of a number and a part; a multiple of 8. */
const SAVED_BYTES: usize = 8 + PART_BYTES;

/** Where the saved parts begin and end; 0: nothing was saved. */
let savedStart: usize = 0;
let savedEnd: usize = 0;

/** Records that `count` bytes of the shadow changed, at least 1. */
export function changedAll(at: usize, count: usize): void {
  for (let part = at >> PART_SHIFT; part <= (at + count - 1) >> PART_SHIFT; part++) store<u8>(part, 1);
}

/** Saves the current state of the shadow. */
export function save(): void {
  if (savedStart == 0) savedStart = (<usize>memory.size()) << 16;
  savedEnd = savedStart;
  for (let part: usize = 0; part < <usize>SHADOW_BASE; part++) {
    if (load<u8>(part) == 0) continue;
    const needed = savedEnd + SAVED_BYTES;
    const size = (<usize>memory.size()) << 16;
    if (needed > size && memory.grow(<i32>((needed - size + 0xffff) >> 16)) < 0) return;
    store<u32>(savedEnd, <u32>part);
    memory.copy(savedEnd + 8, addressOf(part), PART_BYTES);
    savedEnd += SAVED_BYTES;
    store<u8>(part, 0);
  }
}

/** Restores the saved state. The program's stack lies between the two addresses. */
export function restore(stackStart: u32, stackEnd: u32): void {
  for (let saved = savedStart; saved < savedEnd; saved += SAVED_BYTES) {
    const part = <usize>load<u32>(saved);
    if (load<u8>(part) == 0) continue;
    memory.copy(addressOf(part), saved + 8, PART_BYTES);
    store<u8>(part, 0);
  }
  for (let parts: usize = 0; parts < <usize>SHADOW_BASE; parts += 8) {
    if (load<u64>(parts) == 0) continue;
    for (let part = parts; part < parts + 8; part++) {
      if (load<u8>(part) == 0) continue;
      memory.fill(addressOf(part), 0, PART_BYTES);
      store<u8>(part, 0);
    }
  }
  const start = stackStart >> SHADOW_SHIFT;
  memory.fill(SHADOW_BASE + start, 0, (stackEnd >> SHADOW_SHIFT) - start);
}

function addressOf(part: usize): usize {
  return SHADOW_BASE + (part << PART_SHIFT);
}
