import {
  SHADOW_BASE,
  SHADOW_FREED,
  SHADOW_FREED_HEADER,
  SHADOW_HEAP,
  SHADOW_HEAP_HEADER,
  SHADOW_SHIFT,
} from "../../../src/abi/sanitizer";
import { setBytes } from "./bytes";
import { changedAll } from "./changes";

export { restore, save } from "./changes";

// The shadow of one instance: all of this module's memory except its first page.
//
//     0          SHADOW_BASE                                  SHADOW_BASE + (address >> 3)
//     ┌─────────┬────────┬────────┬────────┬─────────────────┬──────┬───
//     │ nothing │ f0 f0… │ 00 00… │ fa fb  │ 00 00 00 00 00  │ 06   │ fa fa
//     └─────────┴────────┴────────┴────────┴─────────────────┴──────┴───
//                null page data…   redzone  a block of 42 bytes       redzone
//
// Addresses of the program are u32; the end of a range that includes the last one needs 33 bits.

/** How many of `bytes` bytes from `address` on may be accessed, before the first that may not. */
export function accessible(address: u32, bytes: u32): u32 {
  let at: u64 = address;
  const end = at + bytes;
  while (at < end) {
    const value = load<u8>(shadowOf(at), SHADOW_BASE);
    if (value != 0) {
      const open = (at | 7) + 1 - value;
      if (value >= 8 || open <= at) return <u32>(at - address);
      return open < end ? <u32>(open - address) : bytes;
    }
    at = (at | 7) + 1;
    while (at + 64 <= end && load<u64>(shadowOf(at), SHADOW_BASE) == 0) at += 64;
  }
  return bytes;
}

/** Why a byte must not be accessed. If only its group's first bytes may be, the next byte of the shadow says why. */
export function valueAt(address: u32): u32 {
  const value = load<u8>(shadowOf(address), SHADOW_BASE);
  return value != 0 && value < 8 ? load<u8>(shadowOf(address), SHADOW_BASE + 1) : value;
}

/** Sets the shadow of the bytes from `address`, a multiple of 8, on to one value, in whole groups of eight. */
export function fill(address: u32, bytes: u32, value: u32): void {
  const count = (bytes + 7) >> SHADOW_SHIFT;
  if (count == 0) return;
  setBytes(shadowOf(address) + SHADOW_BASE, count, <u8>value);
  changedAll(shadowOf(address), count);
}

/**
 * A new block: `size` bytes at `address` are accessible, and what surrounds them is not.
 *
 * @param start beginning of the memory in which it lies; `end` is the end of that memory
 */
export function allocated(start: u32, address: u32, size: u32, end: u32): void {
  const first = shadowOf(<u64>start + 7);
  const block = shadowOf(address);
  const whole = <usize>(size >> SHADOW_SHIFT);
  const behind = block + <usize>((size + 7) >> SHADOW_SHIFT);
  const last = shadowOf(end);
  setBytes(SHADOW_BASE + first, block - first - 1, <u8>SHADOW_HEAP);
  store<u8>(block, <u8>SHADOW_HEAP_HEADER, SHADOW_BASE - 1);
  setBytes(SHADOW_BASE + block, whole, 0);
  if (size & 7) store<u8>(block + whole, <u8>(-size & 7), SHADOW_BASE);
  if (last > behind) setBytes(SHADOW_BASE + behind, last - behind, <u8>SHADOW_HEAP);
  const gapBelow = closeGap(first - 1, -1);
  const gapAbove = closeGap(shadowOf(<u64>end + 7), 1);
  const from = first - gapBelow;
  changedAll(from, max(last, behind) + gapAbove - from + 1);
}

/**
 * Closes the gap between two blocks, in which the allocator may keep its own data: some 8 bytes that nobody else uses.
 *
 * @returns the number of shadow bytes that were changed
 */
function closeGap(at: usize, step: isize): usize {
  for (let k = 1; k <= MAX_GAP; k++) {
    if (load<u8>(at + k * step, SHADOW_BASE) == SHADOW_HEAP) {
      for (let i = 0; i < k; i++) store<u8>(at + i * step, SHADOW_HEAP, SHADOW_BASE);
      return k;
    }
  }
  return 0;
}

/** Size of the largest gap that is closed, in bytes of the shadow. */
const MAX_GAP = 2;

/** A block of `size` bytes was freed. */
export function freed(address: u32, size: u32): void {
  const header = shadowOf(address) - 1;
  const count = <usize>((size + 7) >> SHADOW_SHIFT);
  store<u8>(header, <u8>SHADOW_FREED_HEADER, SHADOW_BASE);
  setBytes(SHADOW_BASE + header + 1, count, <u8>SHADOW_FREED);
  changedAll(header, count + 1);
}

/** The shadow's value in front of an address: SHADOW_HEAP_HEADER if a block begins at the address. */
export function headerAt(address: u32): u32 {
  return address & 7 || address < 8 ? 0 : load<u8>(shadowOf(address), SHADOW_BASE - 1);
}

/** The block that begins nearest to an address, at or below it; 0 if there is none. */
export function blockBelow(address: u32): u32 {
  for (let at = shadowOf(address); at > 0; at--) {
    if (isHeader(load<u8>(at, SHADOW_BASE - 1))) return (<u32>at) << SHADOW_SHIFT;
  }
  return 0;
}

/** The block that begins right after the redzone in which an address lies; 0 if there is none. */
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
