/** `wasm-kcov coverage --sanitize`: what a test suite does to memory that it must not. */

import { rmSync } from "node:fs";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { Project } from "../support/coverage_project.ts";
import { hasWasmCompiler, NEEDS_LLVM, runTool } from "../support/llvm.ts";
import { wat } from "../support/wat.ts";

const STORES = `(module
  (memory (export "memory") 1)
  (func $store (export "store") (param $to i32) (i32.store (local.get $to) (i32.const 1)))
  (func $outer (export "outer") (param $to i32) (call $store (local.get $to))))`;

const LOAD = `import { readFileSync } from "node:fs";
const { exports } = new WebAssembly.Instance(new WebAssembly.Module(readFileSync("stores.wasm")));
`;
const SANITIZE = ["--sanitize", "--null-page", "64"];
const FOUND =
  "wasm-kcov: ERROR: AddressSanitizer: SEGV on unknown address 0x00000008 at pc 0x0000003e in store < outer";

let project: Project;
beforeAll(() => {
  project = new Project();
  project.write("stores.wasm", wat(STORES, true));
  project.write("null.mjs", `${LOAD}exports.store(64); try { exports.outer(8); } catch {} exports.store(68);`);
});
afterAll(() => project.remove());
beforeEach(() => rmSync(project.path("coverage"), { recursive: true, force: true }));

function errorsIn(stderr: string): string[] {
  return stderr.split("\n").filter((line) => line.includes("AddressSanitizer"));
}

test("an error that the program handles is reported, and the run fails", () => {
  const { exit, stderr, calls } = project.cover([...SANITIZE, "node", "null.mjs"]);
  expect(errorsIn(stderr)).toEqual([FOUND]);
  expect(exit).toBe(1);
  // Whatever ran was counted, before the error and after it.
  expect(calls).toEqual({ store: 3, outer: 1 });
});

test("the command keeps its exit code, and what does not fail passes", () => {
  project.write("exits.mjs", `${LOAD}try { exports.outer(8); } catch {} process.exit(7);`);
  expect(project.cover([...SANITIZE, "node", "exits.mjs"]).exit).toBe(7);
  project.write("fits.mjs", `${LOAD}exports.store(64);`);
  const { exit, stderr } = project.cover([...SANITIZE, "node", "fits.mjs"]);
  expect({ exit, errors: errorsIn(stderr) }).toEqual({ exit: 0, errors: [] });
});

test("an uncaught error is the program's, with its stack", () => {
  project.write("uncaught.mjs", `${LOAD}exports.outer(8);`);
  const { exit, stderr } = project.cover([...SANITIZE, "node", "uncaught.mjs"]);
  expect(stderr).toMatch(/MemoryError: SEGV on unknown address 0x00000008[\s\S]*at outer/);
  expect(errorsIn(stderr)).toEqual([FOUND]);
  expect(exit).toBe(1);
});

test("errors of workers are reported, also in a later report", () => {
  project.write("worker.mjs", `import { Worker } from "node:worker_threads"; new Worker("./null.mjs");`);
  expect(errorsIn(project.cover([...SANITIZE, "node", "worker.mjs"]).stderr)).toEqual([FOUND]);
  const { exit, stderr } = project.run(["report", "-r", "none"]);
  expect({ exit, errors: errorsIn(stderr) }).toEqual({ exit: 1, errors: [FOUND] });
});

test("what is not looked at is said, and options of the sanitizer go with it", () => {
  expect(project.cover([...SANITIZE, "node", "null.mjs"]).stderr).toMatch(
    /stores\.wasm: the sanitizer does not look at the heap: allocator not found/,
  );
  const { exit, stderr } = project.run(["coverage", "--null-page", "64", "node", "null.mjs"]);
  expect({ exit, stderr }).toEqual({ exit: 2, stderr: expect.stringMatching(/--null-page.* go with --sanitize/) });
});

test("the same module without --sanitize is another one in the cache", () => {
  expect(project.cover(["node", "null.mjs"])).toMatchObject({ exit: 0, stderr: "", calls: { store: 3, outer: 1 } });
});

const C = `#include <stdlib.h>
__attribute__((export_name("run"))) int run(int n) {
  volatile char *block = malloc(15);
  int last = block[n];
  free((void *)block);
  return last;
}
`;

test.skipIf(!hasWasmCompiler)(`the heap of C, with file and line (${NEEDS_LLVM})`, () => {
  project.write("heap.c", C);
  const flags = ["--target=wasm32-wasi", "--sysroot=/usr", "-mexec-model=reactor", "-g", "-O1"];
  runTool(["clang-19", ...flags, "heap.c", "-o", "heap.wasm"], project.directory);
  project.write("heap.mjs", `${LOAD.replace("stores", "heap")}exports.run(14); try { exports.run(15); } catch {}`);
  const { exit, stderr } = project.cover(["--sanitize", "node", "heap.mjs"]);
  expect(errorsIn(stderr)).toEqual([
    expect.stringMatching(/heap-buffer-overflow on address \S+ at pc \S+ at .*heap\.c:4 in run$/),
  ]);
  expect(exit).toBe(1);
});
