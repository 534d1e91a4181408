/** Attributing a trace to functions. */

import { expect, test } from "vitest";
import { CounterSiteCounts, coverModule, PcSiteCounts } from "../../../../src/coverage/trace/function_coverage.ts";
import { instrument } from "../../../../src/instrument/index.ts";
import { wat } from "../../../support/wat.ts";

const MODULE = wat(`(module
  (func $never)
  (func $loop (param i32)
    (loop $next (br_if $next (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))))`);

test("sites without a hook count as executed iff one that implies them was", () => {
  const { pcTable } = instrument(MODULE, { pcBase: 3n << 32n });
  const hooked = pcTable.sites.filter(({ impliedBy }) => impliedBy === undefined);
  expect(hooked.length).toBeLessThan(pcTable.sites.length);
  const counts = new PcSiteCounts([{ number: 3, bytes: MODULE.length, content: "" }]);
  const ran = hooked.filter((site) => site.function === 1).map(({ pc }) => pc);
  counts.add(BigUint64Array.from([...ran, ...ran]));
  const coverage = coverModule(3, pcTable, counts, (index) => `f${index}`);
  const [never, loop] = coverage.functions;
  expect(never).toMatchObject({ name: "f0", calls: 0, hit: 0, events: 0 });
  const sites = pcTable.sites.filter((site) => site.function === 1).length;
  expect(loop).toMatchObject({ name: "f1", calls: 2, hit: sites, sites, events: 2 * ran.length });
  expect(coverage).toMatchObject({ hit: sites, sites: pcTable.sites.length, events: 2 * ran.length });
});

test("a module that was loaded twice is counted as one, and foreign PCs apart", () => {
  const counts = new PcSiteCounts([
    { number: 0, bytes: 100, content: "same" },
    { number: 5, bytes: 100, content: "same" },
    { number: 6, bytes: 10, content: "other" },
  ]);
  counts.add(BigUint64Array.of(7n, (5n << 32n) | 7n, (6n << 32n) | 7n, (6n << 32n) | 11n, 9n << 32n));
  expect([counts.get(0, 7), counts.get(5, 7), counts.get(6, 7), counts.get(6, 8)]).toEqual([2, 2, 1, 0]);
  expect(counts.unknown).toBe(2);
});

test("counters are counts of the sites with hooks; those of another table are not taken", () => {
  const { pcTable } = instrument(MODULE, {
    trace: ["counters"],
    counters: "64bit",
    prune: "implied",
    pcBase: 1n << 32n,
  });
  const hooked = pcTable.sites.filter(({ impliedBy }) => impliedBy === undefined);
  const counts = new CounterSiteCounts();
  const counters = BigUint64Array.from(hooked, (site) => (site.function === 1 ? 3n : 0n));
  expect(counts.add(1, pcTable, counters)).toBe(true);
  expect(counts.add(1, pcTable, counters)).toBe(true);
  expect(counts.add(1, pcTable, counters.subarray(1))).toBe(false);
  counts.addUnknown(BigUint64Array.of(4n, 5n));
  const [never, loop] = coverModule(1, pcTable, counts, (index) => `f${index}`).functions;
  const events = 6 * hooked.filter((site) => site.function === 1).length;
  expect([never?.events, loop?.calls, loop?.events, counts.unknown]).toEqual([0, 6, events, 9]);
});
