/** The engine finds a bug of each kind, within executions that are counted, not timed. One module a kind: test/fixtures/fuzz. */

import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { openWat } from "../../../support/fuzz_target.ts";
import { fuzz } from "../../../support/fuzzing.ts";

/** Executions, about three times what the slowest of eight seeds took. */
const BUDGETS: Readonly<Record<string, number>> = {
  checksum: 100_000,
  decimal: 2_000,
  float_range: 600_000,
  hit_counts: 30_000,
  joined: 20_000,
  length_field: 15_000,
  long_value: 2_000_000,
  magic_32: 6_000,
  magic_64: 6_000,
  magic_bytes: 15_000,
  narrow_16: 40_000,
  nesting: 15_000,
  overflow_guard: 3_000,
  recursion: 15_000,
  sealed: 3_000,
  state_machine: 20_000,
  string_compare: 20_000,
  switch_tag: 3_000,
  words_in_lines: 6_000,
};

const DIRECTORY = new URL("../../../fixtures/fuzz/", import.meta.url);

const read = (name: string): string => readFileSync(new URL(`${name}.wat`, DIRECTORY), "utf8");

test("each module has a budget", () => {
  const names = readdirSync(DIRECTORY).map((file) => file.replace(".wat", ""));
  expect(names.sort()).toEqual(Object.keys(BUDGETS).sort());
});

describe.each(Object.entries(BUDGETS))("%s", (name, maxRuns) => {
  test.each([1, 2, 3])("seed %i", async (seed) => {
    using target = await openWat(read(name));
    const { crashes, fuzzer } = await fuzz(target, { seed, maxRuns });

    expect(crashes, `after ${fuzzer.runs} executions`).toHaveLength(1);
    const [found] = crashes;
    expect(found?.crash.reason).toBe(name === "recursion" ? "stack overflow" : "unreachable");
    expect((await target.runOne(found?.input ?? new Uint8Array())).kind, "it crashes again").toBe("crash");
  });
});

test("a word is found also where memcmp is left out", async () => {
  using target = await openWat(read("string_compare"), { functions: { exclude: ["memcmp"] } });
  const { crashes } = await fuzz(target, { maxRuns: 20_000 });
  expect(crashes).toHaveLength(1);
});

test("no input of plain random bytes finds the magic number", async () => {
  using target = await openWat(read("magic_32"));
  const { crashes } = await fuzz(target, { maxRuns: 50_000, comparisons: false });
  expect(crashes).toEqual([]);
});
