import { SHADOW_BASE, SHADOW_SHIFT } from "../../../src/abi/sanitizer";

/**
 * Which parts of the shadow were changed, so that it can be put back into the state that it had once. The page in front of
 * the shadow has a byte for every 8 KiB of it, and what was saved comes after it:
 *
 *     0              SHADOW_BASE            end
 *     ┌─────────────┬──────────────────────┬──────────────┬──────────────┬───
 *     │ 0 1 0 0 1 … │ the shadow           │ number, part │ number, part │ …
 *     └─────────────┴──────────────────────┴──────────────┴──────────────┴───
 *
 * Redzones of the stack are not noted: they come and go with every call.
 */
const PART_SHIFT = 13;
const PART_BYTES: usize = 1 << PART_SHIFT;
/** A number and a part; a multiple of 8. */
const SAVED_BYTES: usize = 8 + PART_BYTES;

/** Where what was saved begins and ends; 0: nothing was. */
let savedStart: usize = 0;
let savedEnd: usize = 0;

/** Notes changes of `count` bytes of the shadow, of 1 at least. */
export function changedAll(at: usize, count: usize): void {
  for (let part = at >> PART_SHIFT; part <= (at + count - 1) >> PART_SHIFT; part++) store<u8>(part, 1);
}

/** Keeps what the shadow is now. */
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

/** Puts back what was kept. The program's stack lies between two addresses. */
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
