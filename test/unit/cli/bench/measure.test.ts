import { expect, test } from "vitest";
import { doubtsOf, rowsOf } from "../../../../src/cli/bench/comparison.ts";
import { measure, type Timing } from "../../../../src/cli/bench/measure.ts";
import type { Side, SideFacts } from "../../../../src/cli/bench/side.ts";

const FACTS: SideFacts = {
  result: "1",
  events: 0,
  dropped: false,
  bytes: 100,
  instrumentMs: 0,
  compileMs: 1,
  firstNs: 1,
  unmatched: [],
  repeatable: true,
};

/** A side that takes as long as it is told, and writes down when it runs. */
function fakeSide(name: string, log: string[], ns: number, events = 0): Side {
  return {
    name,
    facts: { ...FACTS, events },
    async run(iterations) {
      log.push(name);
      return { ns: ns * iterations, events: events * iterations, result: "1" };
    },
    close() {},
  };
}

function timing(name: string, ns: number[], facts: Partial<SideFacts> = {}): Timing {
  const side = { ...fakeSide(name, [], 1), facts: { ...FACTS, ...facts } };
  return { side, ns, events: facts.events ?? 0, result: "1", settled: true };
}

test("sides take turns, in turned order", async () => {
  const log: string[] = [];
  const sides = [fakeSide("a", log, 10), fakeSide("b", log, 20), fakeSide("c", log, 30)];
  const timings = await measure(sides, { rounds: 3, roundMs: 1, warmUpMs: 0, progress: () => {} });
  expect(log.join("")).toBe("abccbaabc");
  expect(timings.map(({ ns }) => ns)).toEqual([
    [10, 10, 10],
    [20, 20, 20],
    [30, 30, 30],
  ]);
});

test("a row is against the first side, round by round", () => {
  const rows = rowsOf([
    timing("original", [100, 200, 100]),
    timing("fused", [150, 300, 200], { events: 10, bytes: 250 }),
  ]);
  expect(rows[0]).toMatchObject({ mode: "original", slowdown: { median: 1 }, nsPerEvent: undefined, size: 1 });
  expect(rows[1]).toMatchObject({ slowdown: { median: 1.5, high: 1.75 }, nsPerEvent: { median: 10 }, size: 2.5 });
});

test("no doubts where all did the same", () => {
  const timings = [timing("original", [1]), timing("import", [9], { events: 5 }), timing("fused", [2], { events: 5 })];
  expect(doubtsOf(timings, { warmUpMs: 100 })).toEqual([]);
});

test("doubts: other results, other events, a full area", () => {
  const timings = [
    timing("original", [1]),
    timing("import", [9], { events: 5 }),
    timing("fused", [2], { events: 6, result: "2", dropped: true }),
  ];
  expect(doubtsOf(timings, { warmUpMs: 100 })).toEqual([
    "fused filled its area: give a larger --size",
    "fused returned 2 where the original returned 1",
    "import recorded 5 events, fused 6: the program does not do the same each time",
  ]);
});

test("a doubt: code that gets faster, but not a machine that does", () => {
  const machine = [...Array(10).fill(9), ...Array(5).fill(8)];
  const steady = machine.map((ns) => 2 * ns);
  const faster = machine.map((ns, round) => (round < 10 ? 3 : 2) * ns);
  const timings = [timing("original", machine), timing("import", steady), timing("fused", faster)];
  const doubt = "fused was still getting faster: give it a longer --warm-up";
  expect(doubtsOf(timings, { warmUpMs: 100 })).toEqual([doubt]);
  expect(doubtsOf(timings, { warmUpMs: 0 })).toEqual([]);
});
