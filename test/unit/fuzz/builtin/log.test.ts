/** Lines of the log. */

import { expect, test } from "vitest";
import type { FuzzEvent } from "../../../../src/fuzz/builtin/events.ts";
import { formatEvent } from "../../../../src/fuzz/builtin/log.ts";

const timeout = (limit: string, seconds: number): FuzzEvent => ({
  event: "finding",
  isDuplicate: false,
  finding: {
    kind: "timeout",
    reason: limit,
    key: "timeout",
    frames: [],
    path: undefined,
    unsaved: undefined,
    sha1: "",
    input: new Uint8Array(0),
    mutations: [],
    base: undefined,
    seconds,
  },
});

test.each([
  ["1", 1.98, "1"],
  ["1.5", 1.68, "1.6"],
  ["0.1", 0.129, "0.1"],
  ["0.05", 0.0699, "0.06"],
  ["0.000001", 0.01, "0.010000"],
])("a timeout of %s seconds after %d: as exact as the timeout is", (limit, seconds, after) => {
  expect(formatEvent(timeout(limit, seconds), 7)).toBe(
    `ALARM: working on the last Unit for ${after} seconds\n` +
      `       and the timeout value is ${limit} (use -timeout=N to change)\n` +
      `==7== ERROR: libFuzzer: timeout after ${after} seconds\n` +
      "SUMMARY: libFuzzer: timeout\n",
  );
});
