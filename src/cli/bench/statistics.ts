/** Statistics of many measurements of the same thing. */

/** Median and quartiles. */
export interface Spread {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

/** The median. @returns NaN if there are no numbers */
export function median(numbers: readonly number[]): number {
  return quantile(numbers, 0.5);
}

/**
 * The quantile for a share: the number that this share of the numbers does not exceed, interpolated linearly.
 *
 * @param share from 0 to 1
 * @returns NaN if there are no numbers
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
 * Ratios of measurements from the same rounds: what slows the machine down for a while affects both, and cancels out.
 *
 * @throws {RangeError} the numbers of rounds differ
 */
export function ratios(numbers: readonly number[], references: readonly number[]): number[] {
  if (numbers.length !== references.length) throw new RangeError("ratios of different rounds");
  return numbers.map((number, round) => number / (references[round] ?? Number.NaN));
}

/** The geometric mean, which is the right one for ratios. @returns NaN if there are no numbers */
export function geometricMean(numbers: readonly number[]): number {
  if (numbers.length === 0) return Number.NaN;
  return Math.exp(numbers.reduce((sum, number) => sum + Math.log(number), 0) / numbers.length);
}

/** How many measurements of the warm-up are compared with as many before them. */
const WINDOW = 6;
/** Code that got faster by less than this share is as fast as it will get: the rest is noise. */
const TOLERANCE = 0.02;

/**
 * Whether code has stopped getting faster: an engine recompiles hot code while it runs.
 *
 * @param times durations of single runs, in order
 */
export function hasSettled(times: readonly number[]): boolean {
  if (times.length < 2 * WINDOW) return false;
  const last = median(times.slice(-WINDOW));
  const before = median(times.slice(-2 * WINDOW, -WINDOW));
  return last > before * (1 - TOLERANCE);
}
