/** Parts of the collector that need no other process. */

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ModuleFilter, nameOf, placeOf } from "../../../src/coverage/node/module_filter.ts";
import { moduleExpressions } from "../../../src/coverage/node/module_globs.ts";
import { describeWait } from "../../../src/coverage/node/module_maker.ts";
import { withPreload } from "../../../src/coverage/node/node_options.ts";
import { environmentFor, settingsFromEnvironment } from "../../../src/coverage/node/settings.ts";
import { Tally } from "../../../src/coverage/node/tally.ts";
import { CounterSums } from "../../../src/coverage/profile/counts.ts";

let directory = "";
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "wasm-kcov parts-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

test.each([
  ["plain", "preload.cjs"],
  ["with a blank", "pre load.cjs"],
  ["with a quote and a backslash", 'pre"lo\\ad.cjs'],
])("Node.js finds a preload whose path is %s, beside what is there", (_, name) => {
  const preload = join(directory, name);
  const other = join(directory, "other one.cjs");
  writeFileSync(preload, 'globalThis.order = ["ours"];');
  writeFileSync(other, 'globalThis.order?.push("theirs");');
  const NODE_OPTIONS = withPreload(`--no-warnings --require "${other}"`, preload);
  expect(withPreload(NODE_OPTIONS, preload), "once").toBe(NODE_OPTIONS);
  const { stdout, stderr } = spawnSync(process.execPath, ["-p", "JSON.stringify(order)"], {
    env: { ...process.env, NODE_OPTIONS },
    encoding: "utf8",
  });
  expect(stdout, stderr).toBe('["ours","theirs"]\n');
});

test("a large module that was waited for longer than a test may take is worth a line, a small one is not", () => {
  expect(describeWait("vips.wasm", 5_000_000, 12.3)).toBe(
    "vips.wasm: the program waited 12 s until it was instrumented; should a test have run out of time, `wasm-kcov cache --add` does that before",
  );
  expect(describeWait("vips.wasm", 5_000_000, 4)).toBeUndefined();
  expect(describeWait("small.wasm", 100_000, 12)).toBeUndefined();
});

test("settings travel by the environment", () => {
  const settings = { directory: "/some where", hits: true, modules: ["a"], excluded: ["b"] };
  expect(settingsFromEnvironment(environmentFor(settings))).toEqual(settings);
  expect(settingsFromEnvironment({})).toBeUndefined();
  expect(settingsFromEnvironment({ WASM_KCOV_COVERAGE: "d", WASM_KCOV_COVERAGE_OPTIONS: "{" })).toEqual({
    directory: "d",
    hits: false,
    modules: [],
    excluded: [],
  });
});

test("modules are chosen by path, name, package and URL", () => {
  const filter = (modules: string[], excluded: string[] = []) =>
    new ModuleFilter({ modules: moduleExpressions(modules, "/p"), excluded: moduleExpressions(excluded, "/p") });
  const own = { path: "/p/build/own.wasm" };
  const foreign = { path: "/p/node_modules/sql.js/dist/sql-wasm.wasm" };
  const scoped = { path: "/p/node_modules/@a/b/x.wasm" };
  const made = { script: "file:///p/node_modules/a%20b/lexer.js" };
  const rows: [ModuleFilter, boolean[]][] = [
    [filter([]), [true, false, false, false]],
    [filter(["own.wasm"]), [true, false, false, false]],
    [filter(["build/*.wasm"]), [true, false, false, false]],
    [filter(["./build/*.wasm"]), [true, false, false, false]],
    [filter(["sql.js"]), [false, true, false, false]],
    [filter(["@a/b"]), [false, false, true, false]],
    [filter(["a b"]), [false, false, false, true]],
    [filter(["**/*.wasm"]), [true, true, true, false]],
    [filter(["**"], ["sql-*.wasm"]), [true, false, true, true]],
    [filter([], ["build/**"]), [false, false, false, false]],
  ];
  for (const [each, expected] of rows) {
    expect([own, foreign, scoped, made].map((origin) => each.includes(origin))).toEqual(expected);
  }
  expect(filter(["https://example.org/*.wasm"]).includes({ url: "https://example.org/a.wasm" })).toBe(true);
});

test("what a module is called", () => {
  expect(nameOf({ path: "/p/a.wasm", script: "/p/b.js" })).toBe("a.wasm");
  expect(nameOf({ url: "https://example.org/x/a.wasm?v=1#top" })).toBe("a.wasm");
  expect(nameOf({ script: "file:///p/b%20c.js" })).toBe("b c.js");
  expect(nameOf({})).toBe("module");
  expect(placeOf({ path: "C:\\p\\a.wasm" })).toBe("C:/p/a.wasm");
  expect(placeOf({ script: "file:///C:/p/a.js" })).toBe("C:/p/a.js");
});

const MODULE = { sha256: "aa", bytes: 8, kind: "counts", pcTable: "tt" } as const;

function live(...counts: bigint[]) {
  const words = BigUint64Array.from(counts);
  return { length: words.length, words, read: () => words, clear: () => void words.fill(0n) };
}

function countsOf(tally: Tally): bigint[] {
  const [module] = tally.modules();
  const sums = new CounterSums(module?.counters ?? 0);
  sums.addEncoded(module?.counts ?? new Uint8Array());
  return [...sums.words];
}

test("a tally adds up threads that run, threads that have ended, and counts that were sent", () => {
  const tally = new Tally();
  tally.add(MODULE, { path: "/p/a.wasm", script: "/p/a.js" });
  expect(tally.modules()).toMatchObject([{ counters: 0, counts: new Uint8Array(), locations: ["/p/a.wasm"] }]);
  const worker = live(1n, 2n, 0n);
  tally.count(MODULE, "0", live(10n, 0n, 0n));
  tally.count(MODULE, "0.1", worker);
  expect(countsOf(tally)).toEqual([11n, 2n, 0n]);
  tally.endThread("0.1");
  worker.words.fill(99n);
  tally.addCounts(MODULE, 3, Uint8Array.of(5, 0, 2));
  expect(countsOf(tally)).toEqual([16n, 2n, 0n]);
  tally.clear();
  expect(countsOf(tally)).toEqual([0n, 0n, 0n]);
});
