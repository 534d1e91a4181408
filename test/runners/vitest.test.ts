/** `wasm-kcov/vitest` with the versions of vitest and the providers that it is for, as install.mjs brought them. */

import { existsSync, readFileSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { VitestProject } from "../support/vitest_project.ts";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Vitest 5 runs on Node.js 22.12 and newer. */
const isNew = Number(process.versions.node.split(".")[0]) >= 22;
const VERSIONS = [
  { version: 4, modules: here("node_modules"), runs: true },
  { version: 5, modules: here("vitest5/node_modules"), runs: isNew },
];

describe.each(VERSIONS)("vitest $version", ({ version, modules, runs }) => {
  const isThere = runs && existsSync(`${modules}/@vitest/coverage-istanbul`);
  let project: VitestProject;
  beforeAll(() => {
    if (isThere) project = new VitestProject(modules);
  });
  afterAll(() => project?.remove());
  beforeEach(() => {
    if (isThere) rmSync(project.path("coverage"), { recursive: true, force: true });
  });

  test.skipIf(!isThere)("it is that version", () => {
    const { version: found } = JSON.parse(readFileSync(`${modules}/vitest/package.json`, "utf8"));
    expect(found).toMatch(new RegExp(`^${version}\\.`));
  });

  test.skipIf(!isThere).each([
    ["v8", "forks"],
    ["v8", "threads"],
    ["v8", "vmThreads"],
    ["v8", "vmForks"],
    ["istanbul", "forks"],
    ["istanbul", "threads"],
    ["istanbul", "vmThreads"],
    ["istanbul", "vmForks"],
  ])("%s, pool %s: one report of JavaScript and WebAssembly", (javascript, pool) => {
    const { exit, output } = project.vitest({ javascript }, `--pool=${pool}`);
    expect(exit, output).toBe(0);
    const { used, ...others } = project.calls();
    expect(others).toEqual({ unused: 0, work: 3 });
    // In its vm pools vitest 4 adds what istanbul counts more than once, also without this library.
    if (version === 4 && javascript === "istanbul") expect(used).toBeGreaterThanOrEqual(3);
    else expect(used).toBe(3);
  });

  test.skipIf(!isThere)("WebAssembly alone, and thresholds", () => {
    const missed = project.vitest({ javascript: false, thresholds: { functions: 60 } });
    expect(project.calls(), missed.output).toEqual({ work: 3, unused: 0 });
    expect(missed.exit).toBe(1);
    expect(missed.output).toContain("Coverage for functions (50%) does not meet global threshold (60%)");
    expect(project.vitest({ javascript: false, thresholds: { functions: 50 } }).exit).toBe(0);
  });

  test.skipIf(!isThere)("perTest, and shards that are merged", () => {
    project.vitest({ perTest: true });
    const { tests } = JSON.parse(readFileSync(project.path("coverage/per-test.json"), "utf8"));
    const work = [{ module: "work.wasm", name: "work" }];
    expect(tests.map(({ name, functions }: { name: string; functions: object }) => [name, functions])).toEqual([
      ["suite > calls", work],
      ["suite > does not", []],
      ["suite > calls", work],
      ["suite > does not", []],
    ]);
    for (const shard of ["1/2", "2/2"]) project.vitest({}, "--reporter=blob", `--shard=${shard}`);
    const { exit, output } = project.vitest({}, "--merge-reports");
    expect(exit, output).toBe(0);
    expect(project.calls()).toEqual({ used: 3, unused: 0, work: 3 });
  });
});
