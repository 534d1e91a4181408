/** `trace` takes modules from the cache on disk, and says of them what it said when they were instrumented. */

import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { wat } from "../support/wat.ts";

const MAIN = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
const MODULE = `(module
  (func (export "run") (param i32) (result i32)
    (if (result i32) (i32.lt_s (local.get 0) (i32.const 3)) (then (i32.const 1)) (else (i32.const 2)))))`;
const PROGRAM = `import { readFileSync } from "node:fs";
for (const name of ["a.wasm", "b.wasm"]) {
  const { instance } = await WebAssembly.instantiate(readFileSync(new URL(name, import.meta.url)));
  instance.exports.run(5);
}
`;

let directory = "";

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "wasm-kcov-trace-cache-"));
  writeFileSync(join(directory, "a.wasm"), wat(MODULE));
  writeFileSync(join(directory, "b.wasm"), wat(MODULE.replace("const 2", "const 4")));
  writeFileSync(join(directory, "program.mjs"), PROGRAM);
});

afterEach(() => rmSync(directory, { recursive: true }));

/** @returns everything that it prints */
function trace(...args: string[]): string {
  const env = { ...process.env, WASM_KCOV_CACHE: join(directory, "cache") };
  const { stdout, stderr, status } = spawnSync(process.execPath, [MAIN, "trace", ...args], {
    encoding: "utf8",
    cwd: directory,
    env,
  });
  expect(status, stderr).toBe(0);
  return stdout + stderr;
}

const entries = (): string[] => {
  try {
    return readdirSync(join(directory, "cache", "modules")).map((name) => join(directory, "cache", "modules", name));
  } catch {
    return [];
  }
};

test.each(["--pcs", "--calls", "--mode=cmp", "--exclude=nosuch"])("a second run with %s is as the first", (option) => {
  const first = trace(option, "program.mjs");
  const kept = entries();
  expect(kept).toHaveLength(2);
  expect(trace(option, "program.mjs")).toBe(first);
  expect(entries()).toEqual(kept);
  if (option.startsWith("--exclude")) expect(first).toContain("no function matches nosuch");
});

test("each way of recording has a module of its own, and so has each place among the modules", () => {
  trace("program.mjs");
  trace("--pcs", "program.mjs");
  expect(entries()).toHaveLength(4);
  trace("--pcs", "b.wasm", "--invoke", "run", "1");
  expect(entries()).toHaveLength(5);
});

test("a damaged entry is made anew, and --no-cache takes and keeps nothing", () => {
  const first = trace("program.mjs");
  for (const path of entries()) writeFileSync(path, "something else");
  expect(trace("program.mjs")).toBe(first);
  rmSync(join(directory, "cache"), { recursive: true });
  expect(trace("--no-cache", "program.mjs")).toBe(first);
  expect(entries()).toEqual([]);
});
