import fc from "fast-check";
import { expect, test } from "vitest";
import { geometricMean, hasSettled, median, quantile, ratios, spreadOf } from "../../../../src/cli/bench/statistics.ts";

test("medians and quartiles, of any order", () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 3, 2])).toBe(2.5);
  expect(quantile([50, 10, 40, 20, 30], 0.25)).toBe(20);
  expect(spreadOf([5, 1, 4, 2, 3])).toEqual({ median: 3, low: 2, high: 4 });
  expect(median([7])).toBe(7);
  expect(median([])).toBeNaN();
});

test("quantiles lie between the least and the most, and rise", () => {
  const numbers = fc.array(fc.double({ noNaN: true, min: -1e9, max: 1e9 }), { minLength: 1 });
  fc.assert(
    fc.property(numbers, (given) => {
      const { low, median: middle, high } = spreadOf(given);
      expect(low).toBeGreaterThanOrEqual(Math.min(...given));
      expect(middle).toBeGreaterThanOrEqual(low);
      expect(high).toBeGreaterThanOrEqual(middle);
      expect(high).toBeLessThanOrEqual(Math.max(...given));
    }),
  );
});

test("a median does not change the numbers that it is of", () => {
  const numbers = [3, 1, 2];
  median(numbers);
  expect(numbers).toEqual([3, 1, 2]);
});

test("ratios are of the same round", () => {
  expect(ratios([2, 9, 8], [1, 3, 2])).toEqual([2, 3, 4]);
  expect(() => ratios([1, 2], [1])).toThrow(RangeError);
});

test("a geometric mean of ratios and of their inverses", () => {
  expect(geometricMean([1, 4])).toBeCloseTo(2);
  expect(geometricMean([2, 0.5])).toBeCloseTo(1);
  expect(geometricMean([])).toBeNaN();
});

test("code has settled when it gets no faster any more", () => {
  const falling = Array.from({ length: 12 }, (_, index) => 100 - 4 * index);
  expect(hasSettled(falling)).toBe(false);
  expect(hasSettled([...falling, ...Array.from({ length: 12 }, () => 52)])).toBe(true);
  expect(hasSettled(Array.from({ length: 11 }, () => 52))).toBe(false);
});

test("one slow measurement is no reason to go on", () => {
  const times = Array.from({ length: 12 }, () => 50);
  times[3] = 500;
  expect(hasSettled(times)).toBe(true);
});
