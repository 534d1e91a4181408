/** `wasm-kcov corpus coverage --reporter`: what a corpus reaches, in the reports of test runs. */

import { existsSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Project } from "../support/coverage_project.ts";
import { wat } from "../support/wat.ts";

/** Crashes on nothing; `second` runs for inputs that begin with "a". */
const TARGET = `(module
  (memory (export "memory") 1)
  (func $malloc (export "malloc") (param i32) (result i32) (i32.const 1024))
  (func $second (result i32) (i32.const 0))
  (func $LLVMFuzzerTestOneInput (export "LLVMFuzzerTestOneInput") (param $at i32) (param $size i32) (result i32)
    (if (i32.eqz (local.get $size)) (then (return (i32.const 0))))
    (if (i32.eq (i32.load8_u (local.get $at)) (i32.const 97)) (then (drop (call $second))))
    (i32.const 0)))`;

let project: Project;
beforeAll(() => {
  project = new Project();
  project.write("target.wasm", wat(TARGET, true));
  project.write("one/b", "b");
  project.write("both/b", "b");
  project.write("both/a", "a");
});
afterAll(() => project.remove());

test("functions and lines that the inputs reach", () => {
  for (const [directory, second] of [
    ["one", 0],
    ["both", 1],
  ] as const) {
    const args = ["corpus", "coverage", "-r", "json", "-r", "html", "target.wasm", directory];
    expect(project.run(args)).toMatchObject({ exit: 0, stdout: "", stderr: "wasm-kcov: pages: coverage/index.html\n" });
    expect(project.calls()).toMatchObject({ LLVMFuzzerTestOneInput: 1, second });
  }
  expect(existsSync(project.path("coverage/index.html"))).toBe(true);
  expect(readFileSync(project.path("coverage/target.wasm.html"), "utf8")).toContain("i32.load8_u");
});

test("an unknown reporter is named before anything runs", () => {
  expect(project.run(["corpus", "coverage", "-r", "pdf", "target.wasm", "one"])).toMatchObject({ exit: 2 });
});
