/** How often the watcher looks. */

import { expect, test } from "vitest";
import { pollMilliseconds } from "../../../../../src/fuzz/builtin/node/watch.ts";

const never = Number.POSITIVE_INFINITY;

test.each([
  ["a fifth of the timeout", { timeout: 0.1, total: 0 }, 20],
  ["a fifth of the whole time if that is shorter", { timeout: 2, total: 1 }, 200],
  ["at most a hundred times a second", { timeout: 0.001, total: 0 }, 10],
  ["at least twice a second", { timeout: 1200, total: 0 }, 500],
  ["at least twice a second without limits", { timeout: never, total: 0 }, 500],
])("%s", (_what, limits, milliseconds) => {
  expect(pollMilliseconds(limits)).toBeCloseTo(milliseconds);
});
