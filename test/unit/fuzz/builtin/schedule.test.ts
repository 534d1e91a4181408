/** Which input is mutated next: each as often as its weight says. */

import { describe, expect, it } from "vitest";
import type { Corpus, CorpusEntry } from "../../../../src/fuzz/builtin/corpus.ts";
import { type Features, isValueProfile } from "../../../../src/fuzz/builtin/features.ts";
import { Random } from "../../../../src/fuzz/builtin/random.ts";
import { Schedule } from "../../../../src/fuzz/builtin/schedule.ts";

/** A feature of a comparison: the numbers above those of all counters. */
const VALUE_PROFILE = 0xffffffff;
/** Choices between two computations of the weights. */
const REFRESH = 512;

/** An input that reaches one feature, which `rarities` has the rarity of. */
function entry(rarity: number, { work = 10, comparisons = 0 } = {}): CorpusEntry {
  return {
    bytes: new Uint8Array(1),
    sha1: "",
    isSeed: false,
    features: Uint32Array.of(1000 * rarity),
    unique: new Uint32Array(comparisons).fill(VALUE_PROFILE),
    work,
    chosen: 0,
    gained: 0,
    isTrimmed: true,
    isFocused: false,
    solveAt: 1,
    isGuarded: false,
  };
}

/** Rarities as the features' numbers say them. */
const FEATURES = {
  rarity: (features: Uint32Array) => features.reduce((sum, feature) => sum + feature / 1000, 0),
} as unknown as Features;

function scheduleOf(entries: CorpusEntry[], entropic = true): Schedule {
  return new Schedule({ entries } as unknown as Corpus, FEATURES, entropic);
}

/** How often each entry is chosen, as a share. Choices of one period, so that what was chosen before does not count. */
function shares(entries: CorpusEntry[], entropic = true): number[] {
  const chosen: CorpusEntry[] = [];
  const random = new Random(1);
  for (let round = 0; round < 40; round++) {
    for (const each of entries) each.chosen = 0;
    const schedule = scheduleOf(entries, entropic);
    for (let k = 0; k < REFRESH; k++) chosen.push(schedule.choose(random));
  }
  return entries.map((each) => chosen.filter((one) => one === each).length / chosen.length);
}

function expectShares(actual: readonly number[], ...weights: number[]): void {
  const sum = weights.reduce((a, b) => a + b);
  expect(actual).toHaveLength(weights.length);
  for (const [k, weight] of weights.entries()) expect(actual[k], `entry ${k}`).toBeCloseTo(weight / sum, 1.7);
}

describe("inputs are chosen", () => {
  it("in proportion to how rare what they reach is", () => {
    expectShares(shares([entry(1), entry(3), entry(2)]), 1, 3, 2);
    expectShares(shares([entry(3), entry(0.5), entry(0.5)]), 3, 0.5, 0.5);
  });

  it("more often for every comparison that they came closest in", () => {
    expect(isValueProfile(VALUE_PROFILE)).toBe(true);
    expectShares(shares([entry(1), entry(1, { comparisons: 3 })]), 1, 4);
  });

  it("more often if they are quick, up to four times", () => {
    // The average work is 10.
    expectShares(shares([entry(1, { work: 5 }), entry(1, { work: 15 })]), 2, 2 / 3);
    expectShares(shares([entry(1, { work: 1 }), entry(1, { work: 19 })]), 4, 10 / 19);
    expectShares(shares([entry(1, { work: 0 }), entry(1, { work: 20 })]), 4, 0.5);
  });

  it("less often if they are slow, down to a 64th", () => {
    const quick = Array.from({ length: 199 }, () => entry(1, { work: 1 }));
    const slow = entry(200, { work: 100_000 });
    // Of the quick ones each has 4; of the slow one an average of some 500 would make 200 × 500 / 100,000 = 1.
    expect(shares([...quick, slow])[199]).toBeCloseTo(200 / 64 / (4 * 199 + 200 / 64), 2.5);
  });

  it("in order of their age, without entropic schedules", () => {
    expectShares(shares([entry(9), entry(0), entry(5)], false), 1, 2, 3);
  });

  it("even if all that they reach is common", () => {
    expectShares(shares([entry(0), entry(0)]), 1, 1);
  });

  it("if there are many of them", () => {
    const entries = Array.from({ length: 200 }, (_, k) => entry(k % 50 === 49 ? 1 : 0));
    const chosen = shares(entries).flatMap((share, k) => (share > 0.01 ? [k] : []));
    expect(chosen).toEqual([49, 99, 149, 199]);
  });
});

describe("what changes is noticed", () => {
  it("at once, when an input is added", () => {
    const entries = [entry(1)];
    const schedule = scheduleOf(entries);
    const random = new Random(2);
    schedule.choose(random);
    const added = entry(1e6);
    entries.push(added);
    expect(schedule.choose(random)).toBe(added);
  });

  it("after some choices, when what was rare has become common", () => {
    const [first, second] = [entry(1000), entry(1)];
    const schedule = scheduleOf([first, second]);
    const random = new Random(3);
    schedule.choose(random);
    first.features = Uint32Array.of(0);
    const chosen = Array.from({ length: REFRESH + 50 }, () => schedule.choose(random));
    expect(chosen.slice(0, REFRESH - 1).filter((each) => each === first).length).toBeGreaterThan(REFRESH - 20);
    expect(new Set(chosen.slice(REFRESH - 1))).toEqual(new Set([second]));
  });

  it("when comparisons have been tried often", () => {
    const [often, seldom] = [entry(0, { comparisons: 4 }), entry(0, { comparisons: 4 })];
    often.chosen = 16 * 31;
    seldom.chosen = 16;
    const schedule = scheduleOf([often, seldom]);
    const random = new Random(4);
    for (let k = 0; k < REFRESH; k++) schedule.choose(random);
    // 4 / 32 against 4 / 2.
    expect(often.chosen - 16 * 31).toBeGreaterThan(10);
    expect(often.chosen - 16 * 31).toBeLessThan(60);
  });

  it("and every choice is counted", () => {
    const entries = [entry(1), entry(1)];
    const schedule = scheduleOf(entries);
    const random = new Random(5);
    for (let k = 0; k < 300; k++) schedule.choose(random);
    expect(entries.reduce((sum, { chosen }) => sum + chosen, 0)).toBe(300);
  });
});
