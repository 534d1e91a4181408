import {
  SHADOW_BASE,
  SHADOW_FREED,
  SHADOW_FREED_HEADER,
  SHADOW_HEAP,
  SHADOW_HEAP_HEADER,
  SHADOW_SHIFT,
} from "../../../src/abi/sanitizer";
import { changed, changedAll } from "./changes";

export { restore, save } from "./changes";

// The shadow of one instance: all of this module's memory but its first page.
//
//     0          SHADOW_BASE                                  SHADOW_BASE + (address >> 3)
//     ┌─────────┬────────┬────────┬────────┬─────────────────┬──────┬───
//     │ nothing │ f0 f0… │ 00 00… │ fa fb  │ 00 00 00 00 00  │ 02   │ fa fa
//     └─────────┴────────┴────────┴────────┴─────────────────┴──────┴───
//                null page data…   redzone  a block of 42 bytes       redzone
//
// Addresses of the program are u32; what ends behind the last one needs 33 bits.

/** How many of `bytes` bytes from `address` on may be accessed, before the first that may not. */
export function accessible(address: u32, bytes: u32): u32 {
  let at: u64 = address;
  const end = at + bytes;
  while (at < end) {
    const value = load<u8>(shadowOf(at), SHADOW_BASE);
    if (value != 0) {
      const open = (at & ~7) + value;
      if (value >= 8 || open <= at) return <u32>(at - address);
      return open < end ? <u32>(open - address) : bytes;
    }
    at = (at | 7) + 1;
    while (at + 64 <= end && load<u64>(shadowOf(at), SHADOW_BASE) == 0) at += 64;
  }
  return bytes;
}

/** Why a byte may not be accessed that lies behind the first of its eight: what comes after them says so. */
export function valueAt(address: u32): u32 {
  const value = load<u8>(shadowOf(address), SHADOW_BASE);
  return value != 0 && value < 8 ? load<u8>(shadowOf(address), SHADOW_BASE + 1) : value;
}

/** Gives bytes from `address`, a multiple of 8, on one value, in whole eights. */
export function fill(address: u32, bytes: u32, value: u32): void {
  const count = (bytes + 7) >> SHADOW_SHIFT;
  if (count == 0) return;
  memory.fill(shadowOf(address) + SHADOW_BASE, <u8>value, count);
  changedAll(shadowOf(address), count);
}

/** Makes the first `bytes` bytes from `address`, a multiple of 8, on accessible. */
export function open(address: u32, bytes: u32): void {
  const whole = bytes >> SHADOW_SHIFT;
  memory.fill(shadowOf(address) + SHADOW_BASE, 0, whole);
  changedAll(shadowOf(address), whole + 1);
  if (bytes & 7) store<u8>(shadowOf(address) + whole, <u8>(bytes & 7), SHADOW_BASE);
}

/**
 * A new block: `size` bytes at `address` are accessible, what is around them is not.
 *
 * @param start of the memory that it lies in, `end` of that memory
 */
export function allocated(start: u32, address: u32, size: u32, end: u32): void {
  const first = (start + 7) & ~7;
  const behind = address + ((size + 7) & ~7);
  fill(first, address - first, SHADOW_HEAP);
  setHeader(address, <u8>SHADOW_HEAP_HEADER);
  open(address, size);
  if (end > behind) fill(behind, (end - behind) & ~7, SHADOW_HEAP);
  closeGap(first - 8, -1);
  closeGap((end + 7) & ~7, 1);
}

/** Between two blocks there may be what the allocator notes: some 8 bytes that nobody else has anything to do with. */
function closeGap(address: u32, step: i32): void {
  const at = shadowOf(address);
  for (let k = 1; k <= MAX_GAP; k++) {
    if (load<u8>(at + k * step, SHADOW_BASE) == SHADOW_HEAP) {
      for (let i = 0; i < k; i++) store<u8>(at + i * step, SHADOW_HEAP, SHADOW_BASE);
      changedAll(step < 0 ? at - k + 1 : at, k);
      return;
    }
  }
}

/** In bytes of the shadow. */
const MAX_GAP = 2;

/** A block of `size` bytes was freed. */
export function freed(address: u32, size: u32): void {
  setHeader(address, <u8>SHADOW_FREED_HEADER);
  fill(address, size, SHADOW_FREED);
}

function setHeader(address: u32, value: u8): void {
  const at = shadowOf(address) - 1;
  store<u8>(at, value, SHADOW_BASE);
  changed(at);
}

/** What is in front of an address: SHADOW_HEAP_HEADER for one at which a block begins. */
export function headerAt(address: u32): u32 {
  return address & 7 || address < 8 ? 0 : load<u8>(shadowOf(address), SHADOW_BASE - 1);
}

/** The block that begins nearest to an address, at it or below; 0 for none. */
export function blockBelow(address: u32): u32 {
  for (let at = shadowOf(address); at > 0; at--) {
    if (isHeader(load<u8>(at, SHADOW_BASE - 1))) return (<u32>at) << SHADOW_SHIFT;
  }
  return 0;
}

/** The block that begins straight behind the redzone that an address lies in; 0 for none. */
export function blockAbove(address: u32): u32 {
  let at = shadowOf(address);
  while (load<u8>(at, SHADOW_BASE) == SHADOW_HEAP) at++;
  return isHeader(load<u8>(at, SHADOW_BASE)) ? (<u32>(at + 1)) << SHADOW_SHIFT : 0;
}

function isHeader(value: u8): bool {
  return value == SHADOW_HEAP_HEADER || value == SHADOW_FREED_HEADER;
}

function shadowOf(address: u64): usize {
  return <usize>(address >> SHADOW_SHIFT);
}
