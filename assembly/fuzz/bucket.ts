/**
 * The bucket of a hit count, the same as that of other SanitizerCoverage consumers: inputs that run a loop 3 and 4
 * times differ, those that run it 40 and 50 times do not.
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
