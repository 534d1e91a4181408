// What both sides of the stress test share.

export const HANDLES = [1n, 2n, 3n].map((instance) => (1n << 56n) | instance);
export const REMOTE_AREA_WORDS = 256;

/** A PC of a section says whose it is: worker (16 bits), section (16), records of the section (16), index (16). */
export const sectionPc = (worker, section, length, index) =>
  (BigInt(worker) << 48n) | (BigInt(section & 0xffff) << 32n) | (BigInt(length) << 16n) | BigInt(index);

export function expectEqual(actual, expected, what) {
  if (actual !== expected) throw new Error(`${what}: ${actual}, expected ${expected}`);
}

/** Random numbers below a bound, the same for the same seed: xorshift32. */
export function generator(seed) {
  let state = seed | 1;
  return (bound) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % bound;
  };
}
