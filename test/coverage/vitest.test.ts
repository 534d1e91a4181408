/** `wasm-kcov/vitest` in a project that has vitest, with the repository's version of it. */

import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { VitestProject } from "../support/vitest_project.ts";

let project: VitestProject;
beforeAll(() => {
  project = new VitestProject();
});
afterAll(() => project.remove());
beforeEach(() => rmSync(project.path("coverage"), { recursive: true, force: true }));

test.each(["forks", "threads", "vmThreads", "vmForks"])("pool %s: one report of JavaScript and WebAssembly", (pool) => {
  const { exit, output } = project.vitest({}, `--pool=${pool}`);
  expect(exit, output).toBe(0);
  expect(project.calls()).toEqual({ used: 3, unused: 0, work: 3 });
});

test("HTML shows the text of a module without debug information", () => {
  project.vitest({});
  const [page] = readdirSync(project.path("coverage"), { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith("work.wasm.wat.html"),
  );
  expect(readFileSync(project.path(`coverage/${page}`), "utf8")).toContain("local.get");
});

test("istanbul is wrapped, or nothing; thresholds hold for all of it", () => {
  const without = project.vitest({ javascript: false, thresholds: { functions: 60 } });
  expect(project.calls()).toEqual({ work: 3, unused: 0 });
  expect(without.exit).toBe(1);
  expect(without.output).toContain("Coverage for functions (50%) does not meet global threshold (60%)");
  expect(project.vitest({ javascript: false, thresholds: { functions: 50 } }).exit).toBe(0);
  const missing = project.vitest({ javascript: "istanbul" });
  if (existsSync("node_modules/@vitest/coverage-istanbul")) return;
  expect(missing.exit).toBe(1);
  expect(missing.output).toContain('coverage.javascript is "istanbul", but @vitest/coverage-istanbul is not installed');
});

test("modules are chosen, and hits are enough", () => {
  expect(project.vitest({ hits: true }).exit).toBe(0);
  expect(project.calls()).toMatchObject({ work: 1 });
  project.vitest({ excludeModules: ["work.wasm"] });
  expect(project.calls()).toEqual({ used: 3, unused: 0 });
});

test("perTest: which test reached which functions", () => {
  project.vitest({ perTest: true });
  const { tests } = JSON.parse(readFileSync(project.path("coverage/per-test.json"), "utf8"));
  const work = [{ module: "work.wasm", name: "work" }];
  expect(tests).toEqual([
    { file: "one.test.js", name: "suite > calls", functions: work, lines: {} },
    { file: "one.test.js", name: "suite > does not", functions: [], lines: {} },
    { file: "two.test.js", name: "suite > calls", functions: work, lines: {} },
    { file: "two.test.js", name: "suite > does not", functions: [], lines: {} },
  ]);
});

test("shards are merged by vitest", () => {
  for (const shard of ["1/2", "2/2"]) project.vitest({}, "--reporter=blob", `--shard=${shard}`);
  expect(project.vitest({}, "--merge-reports").exit).toBe(0);
  expect(project.calls()).toEqual({ used: 3, unused: 0, work: 3 });
});
