/** `wasm-kcov/vitest` in a project that has vitest, with the repository's version of it. */

import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { Project } from "../support/coverage_project.ts";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const MODULES = here("../../node_modules");

let project: Project;
beforeAll(() => {
  project = new Project();
  // As npm would install it: what is in node_modules vitest leaves as it is.
  mkdirSync(project.path("node_modules"));
  for (const name of readdirSync(MODULES)) symlinkSync(`${MODULES}/${name}`, project.path(`node_modules/${name}`));
  cpSync(here("../../dist"), project.path("node_modules/wasm-kcov/dist"), { recursive: true });
  cpSync(here("../../package.json"), project.path("node_modules/wasm-kcov/package.json"));
  project.write("side.js", "export function used() { return 1; }\nexport function unused() { return 2; }\n");
  for (const [name, calls] of [
    ["one", 1],
    ["two", 2],
  ] as const) {
    project.write(
      `${name}.test.js`,
      `import { readFileSync } from "node:fs";
      import { describe, expect, test } from "vitest";
      import { used } from "./side.js";
      const module = new WebAssembly.Module(readFileSync("work.wasm"));
      const { work, unused } = new WebAssembly.Instance(module).exports;
      describe("suite", () => {
        test("calls", () => { for (let i = 0; i < ${calls}; i++) expect(work(10)).toBe(54 + used()); });
        test("does not", () => {});
      });`,
    );
  }
});
afterAll(() => project.remove());
beforeEach(() => rmSync(project.path("coverage"), { recursive: true, force: true }));

function run(coverage: object, ...args: string[]): { exit: number | null; output: string } {
  const options = { enabled: true, provider: "custom", customProviderModule: "wasm-kcov/vitest", ...coverage };
  const test = { testTimeout: 60_000, coverage: { reporter: ["json", "html"], ...options } };
  project.write("vitest.config.js", `export default ${JSON.stringify({ test })};`);
  const command = [project.path("node_modules/vitest/vitest.mjs"), "run", ...args];
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("VITEST")));
  const { status, stdout, stderr } = spawnSync(process.execPath, command, {
    cwd: project.directory,
    env: { ...env, NODE_OPTIONS: "", NODE_ENV: "" },
    encoding: "utf8",
    timeout: 150_000,
  });
  return { exit: status, output: stdout + stderr };
}

test.each(["forks", "threads", "vmThreads", "vmForks"])("pool %s: one report of JavaScript and WebAssembly", (pool) => {
  const { exit, output } = run({}, `--pool=${pool}`);
  expect(exit, output).toBe(0);
  expect(project.calls()).toEqual({ used: 3, unused: 0, work: 3 });
});

test("HTML shows the text of a module without debug information", () => {
  run({});
  const [page] = readdirSync(project.path("coverage"), { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith("work.wasm.wat.html"),
  );
  expect(readFileSync(project.path(`coverage/${page}`), "utf8")).toContain("local.get");
});

test("istanbul is wrapped, or nothing; thresholds hold for all of it", () => {
  const without = run({ javascript: false, thresholds: { functions: 60 } });
  expect(project.calls()).toEqual({ work: 3, unused: 0 });
  expect(without.exit).toBe(1);
  expect(without.output).toContain("Coverage for functions (50%) does not meet global threshold (60%)");
  expect(run({ javascript: false, thresholds: { functions: 50 } }).exit).toBe(0);
  const missing = run({ javascript: "istanbul" });
  if (existsSync(`${MODULES}/@vitest/coverage-istanbul`)) return;
  expect(missing.exit).toBe(1);
  expect(missing.output).toContain('coverage.javascript is "istanbul", but @vitest/coverage-istanbul is not installed');
});

test("modules are chosen, and hits are enough", () => {
  expect(run({ hits: true }).exit).toBe(0);
  expect(project.calls()).toMatchObject({ work: 1 });
  run({ excludeModules: ["work.wasm"] });
  expect(project.calls()).toEqual({ used: 3, unused: 0 });
});

test("perTest: which test reached which functions", () => {
  run({ perTest: true });
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
  for (const shard of ["1/2", "2/2"]) run({}, "--reporter=blob", `--shard=${shard}`);
  expect(run({}, "--merge-reports").exit).toBe(0);
  expect(project.calls()).toEqual({ used: 3, unused: 0, work: 3 });
});
