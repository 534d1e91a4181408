/** Statistics of many measurements of the same thing. */

/** Median and quartiles. */
export interface Spread {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

/** @returns NaN for no numbers */
export function median(numbers: readonly number[]): number {
  return quantile(numbers, 0.5);
}

/**
 * The number that a share of the numbers is not above, between neighbours in proportion.
 *
 * @param share from 0 to 1
 * @returns NaN for no numbers
 */
export function quantile(numbers: readonly number[], share: number): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const at = share * (sorted.length - 1);
  const below = sorted[Math.floor(at)] ?? Number.NaN;
  const above = sorted[Math.ceil(at)] ?? Number.NaN;
  return below + (above - below) * (at - Math.floor(at));
}

export function spreadOf(numbers: readonly number[]): Spread {
  return { median: median(numbers), low: quantile(numbers, 0.25), high: quantile(numbers, 0.75) };
}

/**
 * Ratios of measurements that were made in the same round: what slows the machine for a while slows both, and cancels.
 *
 * @throws {RangeError} the rounds are not the same
 */
export function ratios(numbers: readonly number[], references: readonly number[]): number[] {
  if (numbers.length !== references.length) throw new RangeError("ratios of different rounds");
  return numbers.map((number, round) => number / (references[round] ?? Number.NaN));
}

/** The mean for ratios. @returns NaN for no numbers */
export function geometricMean(numbers: readonly number[]): number {
  if (numbers.length === 0) return Number.NaN;
  return Math.exp(numbers.reduce((sum, number) => sum + Math.log(number), 0) / numbers.length);
}

/** Measurements of warm-up that are compared with as many before them. */
const WINDOW = 6;
/** Code that got faster by less than this is as fast as it will get: the rest is noise. */
const TOLERANCE = 0.02;

/**
 * Whether code has stopped getting faster: an engine compiles what is hot a second time, while it runs.
 *
 * @param times of one run each, in order
 */
export function hasSettled(times: readonly number[]): boolean {
  if (times.length < 2 * WINDOW) return false;
  const last = median(times.slice(-WINDOW));
  const before = median(times.slice(-2 * WINDOW, -WINDOW));
  return last > before * (1 - TOLERANCE);
}
