/** `wasm-kcov coverage --selects`: branches that a compiler made without a jump. */

import { readFileSync } from "node:fs";
import type { CoverageMapData, FileCoverageData } from "istanbul-lib-coverage";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Project } from "../support/coverage_project.ts";
import { wat } from "../support/wat.ts";

const LARGER = `(module
  (func (export "larger") (param $a i32) (param $b i32) (result i32)
    (select (local.get $a) (local.get $b) (i32.gt_s (local.get $a) (local.get $b)))))`;

let project: Project;
beforeAll(() => {
  project = new Project();
  project.write("larger.wasm", wat(LARGER));
  project.write(
    "run.mjs",
    `import { readFileSync } from "node:fs";
    const { larger } = new WebAssembly.Instance(new WebAssembly.Module(readFileSync("larger.wasm"))).exports;
    larger(1, 2); larger(3, 2); larger(4, 2);`,
  );
});
afterAll(() => project.remove());

test.each([
  [[], []],
  [["--selects"], [[2, 1]]],
  [["--selects", "--hits"], [[1, 1]]],
])("with %j the branches are %j", (options, branches) => {
  const { exit, stderr, calls } = project.cover([...options, "node", "run.mjs"]);
  expect({ exit, stderr }).toEqual({ exit: 0, stderr: "" });
  expect(calls.larger).toBeGreaterThan(0);
  const map = JSON.parse(readFileSync(project.path("coverage/coverage-final.json"), "utf8")) as CoverageMapData;
  const files = Object.values(map) as FileCoverageData[];
  expect(files.flatMap(({ b }) => Object.values(b))).toEqual(branches);
});
