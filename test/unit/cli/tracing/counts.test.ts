/** What the threads of a traced program counted. */

import { expect, test } from "vitest";
import { CountTally, decodeProgramCounts, encodeProgramCounts } from "../../../../src/cli/tracing/counts.ts";

const live = (id: bigint, ...counters: bigint[]) => {
  const words = BigUint64Array.from(counters);
  return { id, length: words.length, words, read: () => words };
};

test("threads that run and threads that have ended are added up", () => {
  const tally = new CountTally();
  const [main, ended, other] = [live(7n, 1n, 0n, 2n), live(7n, 10n, 20n, 30n), live(1n << 63n, 5n)];
  tally.add(1, main);
  tally.add(3, ended);
  tally.add(3, other);
  tally.add(2, live(7n, 0n, 0n, 0n));
  tally.endTask(3);
  ended.words.fill(99n);
  const before = tally.counts();
  main.words[1] = 1n << 33n;
  expect(before).toEqual({
    tasks: [
      { task: 1, count: 3 },
      { task: 3, count: 65 },
    ],
    modules: [
      { id: 7n, counters: BigUint64Array.of(11n, 20n, 32n) },
      { id: 1n << 63n, counters: BigUint64Array.of(5n) },
    ],
  });
  expect(tally.counts().tasks[0]?.count).toBe(2 ** 33 + 3);
  expect(tally.counts().modules[0]?.counters).toEqual(BigUint64Array.of(11n, (1n << 33n) + 20n, 32n));
});

test("a program that counted nothing has its main thread", () => {
  expect(new CountTally().counts()).toEqual({ tasks: [{ task: 1, count: 0 }], modules: [] });
});

test("what is written is read", () => {
  const counts = {
    tasks: [
      { task: 1, count: 0 },
      { task: 4, count: 2 ** 40 },
    ],
    modules: [
      { id: (1n << 64n) - 1n, counters: BigUint64Array.of(1n, 2n) },
      { id: 3n, counters: new BigUint64Array(0) },
    ],
  };
  const words = BigUint64Array.from(encodeProgramCounts(counts).flatMap((piece) => [...piece]));
  expect(decodeProgramCounts(words)).toEqual(counts);
});
