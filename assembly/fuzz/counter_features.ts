import { bucketOf } from "./bucket";

/** Bytes that are tested at once. Regions are whole pages, so there is memory up to the next multiple, all zero. */
const CHUNK: usize = 64;

/**
 * Finds features that no earlier execution had. A feature is a counter with the bucket of its count:
 *
 *       feature − base   8·k + bucket, where k is the counter's index
 *       seen[k]          bit `bucket`: some execution had the feature
 *       hits[8·k + …]    how many of the calls with `hits` had it; u32
 *
 * Most counters of an execution are zero, and the cost is that of reading them.
 *
 * @param counters address of the first counter, a multiple of 64
 * @param length number of counters
 * @param seen address of as many bytes; new features are set here
 * @param hits address of 8 · length u32 that count features; 0: do not count
 * @param base the number of the first feature
 * @param out address to which new features are written, u32 each
 * @param capacity room at `out`, in features; those beyond it stay new
 * @param clears whether counters are zeroed along the way if nothing is new: then nobody reads them any more
 * @returns the number of new features
 */
export function collectFeatures(
  counters: usize,
  length: usize,
  seen: usize,
  hits: usize,
  base: u32,
  out: usize,
  capacity: u32,
  clears: bool,
): u32 {
  let found: u32 = 0;
  for (let chunk: usize = 0; chunk < length; chunk += CHUNK) {
    if (isZero(counters + chunk)) continue;
    const end = chunk + CHUNK;
    for (let k = chunk; k < end; k += 8) {
      let word = load<u64>(counters + k);
      while (word) {
        const lane = <usize>ctz(word) >> 3;
        const shift = (<u64>lane) << 3;
        const bucket = bucketOf(<u32>((word >> shift) & 0xff));
        word &= ~((<u64>0xff) << shift);
        const index = k + lane;
        if (hits) {
          const hit = hits + (((index << 3) + bucket) << 2);
          store<u32>(hit, load<u32>(hit) + 1);
        }
        const before = <u32>load<u8>(seen + index);
        if (before & (1 << bucket) || found == capacity) continue;
        store<u8>(seen + index, before | (1 << bucket));
        store<u32>(out + ((<usize>found) << 2), base + ((<u32>index) << 3) + bucket);
        found++;
      }
    }
  }
  if (clears && !found) clearCounters(counters, length);
  return found;
}

/**
 * Lists all features of an execution.
 *
 * @returns the number of features written to `out`, at most `capacity`
 */
export function listFeatures(counters: usize, length: usize, base: u32, out: usize, capacity: u32): u32 {
  let found: u32 = 0;
  for (let chunk: usize = 0; chunk < length; chunk += CHUNK) {
    if (isZero(counters + chunk)) continue;
    for (let k = chunk; k < chunk + CHUNK; k++) {
      const count = <u32>load<u8>(counters + k);
      if (!count) continue;
      if (found == capacity) return found;
      store<u32>(out + ((<usize>found) << 2), base + ((<u32>k) << 3) + bucketOf(count));
      found++;
    }
  }
  return found;
}

/** Zeroes counters. Memory that is zero already is only read, so that its cache lines stay clean. */
export function clearCounters(counters: usize, length: usize): void {
  const zero = i64x2.splat(0);
  for (let chunk: usize = 0; chunk < length; chunk += CHUNK) {
    const address = counters + chunk;
    if (isZero(address)) continue;
    v128.store(address, zero, 0);
    v128.store(address, zero, 16);
    v128.store(address, zero, 32);
    v128.store(address, zero, 48);
  }
}

function isZero(address: usize): bool {
  const low = v128.or(v128.load(address, 0), v128.load(address, 16));
  const high = v128.or(v128.load(address, 32), v128.load(address, 48));
  return !v128.any_true(v128.or(low, high));
}
