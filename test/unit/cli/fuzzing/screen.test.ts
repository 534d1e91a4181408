/** What a user sees while a campaign runs: on a terminal one line that changes, elsewhere libFuzzer's lines. */

import { expect, test } from "vitest";
import { openScreen, type Screen } from "../../../../src/cli/fuzzing/screen.ts";
import type { Figures, FuzzEvent } from "../../../../src/fuzz/builtin/events.ts";

const CLEAR = "\r\x1b[K";

const FIGURES: Figures = {
  ...{ runs: 1000, edges: 40, features: 50, inputs: 6, bytes: 70, limit: 64, seconds: 1, rssMb: 100 },
};
const PULSE: FuzzEvent = { event: "pulse", figures: FIGURES };
const CRASH: FuzzEvent = {
  event: "finding",
  isDuplicate: false,
  finding: {
    ...{ kind: "crash", reason: "unreachable", key: "k", frames: [], path: "crash-1", unsaved: undefined, sha1: "1" },
    ...{ input: Uint8Array.of(65), mutations: [], base: undefined, seconds: undefined },
  },
};

/** A screen on a terminal of so many columns, and what is done to it over time, in milliseconds. */
function watch(
  columns: number | undefined,
  verbosity: number,
  act: (screen: Screen, at: (ms: number) => void) => void,
) {
  const written: string[] = [];
  let now = 5000;
  const terminal = {
    ...(columns === undefined ? {} : { isTTY: true, columns }),
    write: (text: string) => written.push(text),
  };
  const screen = openScreen(false, verbosity, terminal, () => now);
  act(screen, (ms) => {
    now = 5000 + ms;
  });
  return written;
}

test("one line that changes, with the executions of the moment", () => {
  const written = watch(120, 1, (screen, at) => {
    screen.onLook(10);
    screen.onEvent(PULSE);
    at(2000);
    screen.onLook(3000);
    at(3_723_000);
    screen.onLook(7_446_000);
    screen.close();
  });
  expect(written).toEqual([
    "3,000 runs · 1,500/s · 40 edges · 50 features · 6 inputs · 0:00:02",
    CLEAR,
    "7,446,000 runs · 2,000/s · 40 edges · 50 features · 6 inputs · 1:02:03",
    CLEAR,
  ]);
});

test("it is no longer than the terminal is wide: it would not go away again", () => {
  const written = watch(30, 1, (screen, at) => {
    screen.onEvent(PULSE);
    at(2000);
    screen.onLook(3000);
  });
  expect(written).toEqual(["3,000 runs · 1,500/s · 40 edg"]);
});

test("a terminal that does not know its width has 80 columns", () => {
  const written = watch(0, 1, (screen, at) => {
    screen.onEvent(PULSE);
    at(2000);
    screen.onLook(3000);
  });
  expect(written).toEqual(["3,000 runs · 1,500/s · 40 edges · 50 features · 6 inputs · 0:00:02"]);
});

test("it changes at most ten times a second, however often one looks", () => {
  const written = watch(120, 1, (screen, at) => {
    screen.onEvent(PULSE);
    for (let ms = 1000; ms <= 2000; ms += 10) {
      at(ms);
      screen.onLook(ms);
    }
  });
  expect(written.filter((text) => text !== CLEAR)).toHaveLength(11);
});

test("results take its place, and are counted from then on", () => {
  const written = watch(120, 1, (screen, at) => {
    screen.onEvent(PULSE);
    at(1000);
    screen.onLook(1000);
    screen.onEvent(CRASH);
    screen.onLook(1000);
  });
  expect(written.slice(0, 2)).toEqual(["1,000 runs · 1,000/s · 40 edges · 50 features · 6 inputs · 0:00:01", CLEAR]);
  expect(written[2]).toContain("ERROR: libFuzzer: deadly signal\n    unreachable\n");
  expect(written[3]).toContain("6 inputs · 1 finding · 0:00:01");
  expect(written).toHaveLength(4);
});

test.each([
  ["no terminal", undefined, 1],
  ["-verbosity=2", 120, 2],
])("%s: lines", (_, columns, verbosity) => {
  const written = watch(columns, verbosity, (screen) => {
    screen.onEvent(PULSE);
    screen.onLook(3000);
    screen.close();
  });
  expect(written).toEqual(["#1000\tpulse  cov: 40 ft: 50 corp: 6/70b lim: 64 exec/s: 1000 rss: 100Mb\n"]);
});

test("-verbosity=0: nothing but results", () => {
  const written = watch(120, 0, (screen) => {
    screen.onEvent(PULSE);
    screen.onLook(3000);
    screen.onEvent(CRASH);
  });
  expect(written).toHaveLength(1);
});
