/** What needs no Binaryen does not load it, which takes a tenth of a second and a hundred megabytes: the command line, installed without it. */

import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { wat } from "../support/wat.ts";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
let directory = "";

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "wasm-kcov-bare-"));
  cpSync(here("../../dist"), join(directory, "dist"), { recursive: true });
  // The copy of the package that Node.js loads when it is there.
  rmSync(join(directory, "dist/binaryen/binaryen.wasm"));
  cpSync(here("../../package.json"), join(directory, "package.json"));
  mkdirSync(join(directory, "node_modules"));
  for (const name of ["commander", "@noble", "gecko-profiler-demangle"]) link(name);
  const module = wat(readFileSync(here("../fixtures/fuzz/magic_bytes.wat"), "utf8"));
  writeFileSync(join(directory, "target.wasm"), module);
});

afterAll(() => rmSync(directory, { recursive: true }));

function link(name: string): string {
  const path = join(directory, "node_modules", name);
  symlinkSync(here(`../../node_modules/${name}`), path, "junction");
  return path;
}

function run(...args: string[]): { exit: number | null; stderr: string } {
  const env = { ...process.env, XDG_CACHE_HOME: join(directory, "cache") };
  const main = join(directory, "dist/cli/main.js");
  const { status, stderr } = spawnSync(process.execPath, [main, ...args], { cwd: directory, env, encoding: "utf8" });
  return { exit: status, stderr };
}

const MISSING = "wasm-kcov: cannot read missing: there is no such file or directory\n";

test.each([
  [["--help"], 0, ""],
  [["trace", "--help"], 0, ""],
  [["instrument", "--help"], 0, ""],
  [["fuzz", "target.wasm", "-help=1"], 0, ""],
  [["trace", "missing.wasm"], 1, MISSING.replace("missing", "missing.wasm")],
  [["trace", "missing.mjs"], 1, MISSING.replace("missing", "missing.mjs")],
  [["bench", "missing.wasm"], 1, MISSING.replace("missing", "missing.wasm")],
  [["sites", "missing"], 1, MISSING],
  [["instrument", "missing", "-o", "out.wasm"], 1, MISSING],
  [["fuzz", "missing"], 1, MISSING],
  [["trace", "--allowlist", "missing", "target.wasm"], 1, MISSING],
  [["sites", "--allowlist", "missing", "target.wasm"], 1, MISSING],
  [["instrument", "--ignorelist", "missing", "target.wasm", "-o", "out.wasm"], 1, MISSING],
  [["trace", "--size", "0", "target.wasm"], 2, "wasm-kcov: --size 0 is not a number of words from 2 to 268435455\n"],
])("%j", (args, exit, stderr) => {
  expect(run(...args)).toEqual({ exit, stderr });
});

test("a target in the cache is fuzzed", () => {
  const args = ["fuzz", "target.wasm", "-runs=300", "-seed=1", "-ignore_crashes=1", "-artifact_prefix=out/"];
  // What places a crash in the sources.
  link("wasmparser");
  link("@jridgewell");
  expect(run(...args).stderr, "without it and with nothing in the cache").toContain("binaryen");
  const binaryen = link("binaryen");
  expect(run(...args).exit).toBe(0);
  unlinkSync(binaryen);
  const { exit, stderr } = run(...args);
  expect(exit, stderr).toBe(0);
  expect(stderr).toContain("Done 300 runs");
});
