/**
 * The bucket of a hit count, as SanitizerCoverage's consumers know them: inputs that run a loop 3 or 4 times differ, 40 or
 * 50 times do not.
 *
 *     count    1   2   3   4–7   8–15   16–31   32–127   128–255
 *     bucket   0   1   2   3     4      5       6        7
 *
 * @param count 1 to 255
 */
export function bucketOf(count: u32): u32 {
  if (count < 4) return count - 1;
  const bits = 32 - clz<u32>(count);
  return bits - u32(bits > 6);
}
