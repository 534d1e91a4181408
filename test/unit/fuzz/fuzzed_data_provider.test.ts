/** Values out of bytes: numbers from the end, the rest from the beginning, and zeros when all is used. */

import fc from "fast-check";
import { expect, test } from "vitest";
import { FuzzedDataProvider } from "../../../src/fuzz/index.ts";

const of = (...bytes: number[]): FuzzedDataProvider => new FuzzedDataProvider(Uint8Array.from(bytes));

test("numbers come from the end, bytes and text from the beginning", () => {
  const data = of(0x61, 0x62, 0x63, 1, 2);
  expect(data.consumeIntegral(1)).toBe(2);
  expect(data.consumeString(2)).toBe("ab");
  expect(data.consumeBoolean()).toBe(true);
  expect([...data.consumeRemainingAsBytes()]).toEqual([0x63]);
  expect(data.remainingBytes).toBe(0);
});

test("as libFuzzer's: the last byte is the most significant", () => {
  expect(of(0x11, 0x22).consumeIntegralInRange(0, 0xffff)).toBe(0x2211);
  expect(of(0x00, 0xff).consumeIntegralInRange(10, 19)).toBe(10 + (0xff % 10));
  expect(of(0xff).consumeIntegral(1, true)).toBe(127);
  expect(of(0x00).consumeIntegral(1, true)).toBe(-128);
});

test("a string of its own length ends at a backslash", () => {
  const data = of(0x61, 0x5c, 0x5c, 0x62, 0x5c, 0x20, 0x63);
  expect(data.consumeRandomLengthString()).toBe("a\\b");
  expect(data.consumeRemainingAsString()).toBe("c");
});

test("nothing fails for want of data", () => {
  const data = of();
  expect(data.consumeBoolean()).toBe(false);
  expect(data.consumeIntegralInRange(-5, 5)).toBe(-5);
  expect(data.consumeBigIntegral(8)).toBe(0n);
  expect(data.consumeProbability()).toBe(0);
  expect(data.consumeDouble()).toBe(0);
  expect(data.consumeBytes(9)).toHaveLength(0);
  expect(data.consumeRandomLengthString()).toBe("");
  expect(data.pickValue(["x", "y"])).toBe("x");
  expect(data.consumeBooleans(5)).toEqual([]);
});

test("whatever the data is, values are in their range", () => {
  fc.assert(
    fc.property(fc.uint8Array(), fc.maxSafeInteger(), fc.maxSafeInteger(), (bytes, a, b) => {
      const [min, max] = [Math.min(a, b), Math.max(a, b)];
      const value = new FuzzedDataProvider(bytes).consumeIntegralInRange(min, max);
      return Number.isSafeInteger(value) && value >= min && value <= max;
    }),
  );
  fc.assert(
    fc.property(
      fc.uint8Array(),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      (bytes, a, b) => {
        const [min, max] = [Math.min(a, b), Math.max(a, b)];
        const value = new FuzzedDataProvider(bytes).consumeNumberInRange(min, max);
        return value >= min && value <= max;
      },
    ),
  );
});

test("what cannot be asked for", () => {
  const data = of(1, 2, 3);
  expect(() => data.consumeIntegralInRange(2, 1)).toThrow(RangeError);
  expect(() => data.consumeIntegral(7)).toThrow(RangeError);
  expect(() => data.pickValue([])).toThrow(RangeError);
  expect(() => data.pickValues([1], 2)).toThrow(RangeError);
  expect(data.pickValues([1, 2, 3], 3).sort()).toEqual([1, 2, 3]);
});
