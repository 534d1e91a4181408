// Mutations of the fuzz engine; a line is as in mutations.mjs.

const ENGINE = "src/fuzz/builtin";

export const FUZZ_MUTATIONS = [
  [
    "schedule: slow inputs as often as quick ones",
    `${ENGINE}/schedule.ts`,
    "+ closest / (1 + entry.chosen / 16)) * pace",
    "+ closest / (1 + entry.chosen / 16))",
  ],
  ["schedule: comparisons do not count", `${ENGINE}/schedule.ts`, "closest / (1 + entry.chosen / 16)", "0 * closest"],
  [
    "schedule: weights are never computed anew",
    `${ENGINE}/schedule.ts`,
    "% Math.max(REFRESH, entries.length) === 0",
    "% Math.max(REFRESH, entries.length) === REFRESH",
  ],
  [
    "schedule: the last input is never chosen",
    `${ENGINE}/schedule.ts`,
    "let high = this.#length - 1;",
    "let high = Math.max(0, this.#length - 2);",
  ],
  [
    "schedule: the age counts from two",
    `${ENGINE}/schedule.ts`,
    "return this.#length + 1;",
    "return this.#length + 2;",
  ],
  ["schedule: choices are not counted", `${ENGINE}/schedule.ts`, "    entry.chosen++;\n", ""],
];
