// Runs of equal bytes in the shadow. Most are short, and engines call a host function for `memory.fill`, which takes
// longer than a few stores.

/** Longer runs are left to the engine. */
const MAX_SHORT: usize = 256;

/** Sets `count` bytes from `at` on to a value. */
export function setBytes(at: usize, count: usize, value: u8): void {
  if (count < 8) setFew(at, count, value);
  else if (count > MAX_SHORT) memory.fill(at, value, count);
  else {
    const eight = <u64>value * 0x0101_0101_0101_0101;
    const last = at + count - 8;
    for (let each = at; each < last; each += 8) store<u64>(each, eight);
    // The last eight, of which some may have been written.
    store<u64>(last, eight);
  }
}

/** Sets less than 8 bytes, by two stores that may overlap. */
function setFew(at: usize, count: usize, value: u8): void {
  const four = <u32>value * 0x0101_0101;
  if (count >= 4) {
    store<u32>(at, four);
    store<u32>(at + count - 4, four);
  } else if (count >= 2) {
    store<u16>(at, <u16>four);
    store<u16>(at + count - 2, <u16>four);
  } else if (count == 1) {
    store<u8>(at, value);
  }
}
