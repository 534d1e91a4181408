/** Modules of other languages than C: what their compilers say of lines and names is read, and what they leave out is dealt with. */

import { copyFileSync, readFileSync, rmSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import libCoverage, { type FileCoverage } from "istanbul-lib-coverage";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { Project } from "../support/coverage_project.ts";
import { compileRust, hasRust, NEEDS_RUST } from "../support/rust.ts";

let project: Project;
beforeAll(() => {
  project = new Project();
});
afterAll(() => project.remove());
beforeEach(() => rmSync(project.path("coverage"), { recursive: true, force: true }));

const RUN = `import { readFileSync } from "node:fs";
const { instance } = await WebAssembly.instantiate(readFileSync("shapes.wasm"));
if (instance.exports.run(7) !== 99n) throw new Error("another sum");`;

describe.skipIf(!hasRust)(`Rust (${NEEDS_RUST})`, () => {
  beforeAll(() => {
    copyFileSync("test/coverage/sources/shapes.rs", project.path("shapes.rs"));
    project.write("run.mjs", RUN);
  });

  test.each([
    ["legacy names", []],
    ["v0 names", ["-Csymbol-mangling-version=v0"]],
  ])("lines and functions are those of llvm-cov, with %s", (_, flags) => {
    compileRust(project.directory, "shapes.rs", "shapes.wasm", ["-g", ...flags]);
    const { exit, calls } = project.cover(["node", "run.mjs"]);
    expect(exit).toBe(0);
    expect(calls).toEqual({
      "shapes::Shape::name<shapes::Circle>": 0,
      "<shapes::Square as shapes::Shape>::area": 1,
      "<shapes::Square as shapes::Shape>::name": 0,
      "<shapes::Circle as shapes::Shape>::area": 1,
      "<shapes::Token as core::fmt::Display>::fmt": 5,
      "shapes::tokens": 2,
      "shapes::tokens::{closure#0}": 8,
      "shapes::largest": 2,
      "shapes::sum": 1,
      "shapes::run": 1,
      "shapes::run::{closure#0}": 2,
      "shapes::never": 0,
    });
    // As `rustc -C instrument-coverage` and llvm-cov have them, of the lines that have code.
    expect(uncoveredLines(project, "shapes.rs")).toEqual([7, 9, 21, 23, 29, 49, 73, 100, 123, 124, 125]);
  });

  test("without debug information of its own the text is shown, under names that are read", () => {
    compileRust(project.directory, "shapes.rs", "shapes.wasm", ["-O"]);
    const { exit, stderr, calls } = project.cover(["node", "run.mjs"]);
    expect(exit).toBe(0);
    // The standard library brings debug information, of files that are not here.
    expect(stderr).toMatch(/DWARF says nothing of \d+ of its \d+ functions, and of the others no source is here/);
    expect(calls).toMatchObject({ run: 1, never: 0, "shapes::tokens": 2 });
  });
});

test("Zig: DWARF of a package from npm", () => {
  project.write("markdown.mjs", programWith("md4w/js/index.js", MARKDOWN));
  const { exit, calls } = project.cover([...MODULE, "--all-sources", "node", "markdown.mjs"]);
  expect(exit).toBe(0);
  expect(calls).toMatchObject({ md_parse: 1, md_collect_marks: 1, realloc: 2 });
  expect(uncoveredLines(project, "md4c.c").length).toBeGreaterThan(100);
});

test("TinyGo: names of a package from npm", () => {
  project.write("format.mjs", programWith("@wasm-fmt/gofmt/gofmt_node.js", GO));
  const { exit, calls } = project.cover([...MODULE, "node", "format.mjs"]);
  expect(exit).toBe(0);
  expect(calls).toMatchObject({ "go/parser.ParseFile": 1, "(*bytes.Buffer).Bytes": 1 });
});

const MODULE = ["--module", "**/*.wasm"];
const MARKDOWN = `const { init, mdToHtml } = await import(FOUND);
await init("fast");
if (!mdToHtml("# *Hi*").includes("<em>Hi</em>")) throw new Error("other HTML");`;
const GO = `const { format } = await import(FOUND);
if (format("package  main") !== "package main\\n") throw new Error("another text");`;

/** A program that imports `FOUND`, a file of this repository's packages. */
function programWith(file: string, program: string): string {
  return `const FOUND = ${JSON.stringify(pathToFileURL(resolve("node_modules", file)))};\n${program}`;
}

/** By the last part of the path. */
function fileOf(project: Project, name: string): FileCoverage {
  const map = libCoverage.createCoverageMap(
    JSON.parse(readFileSync(project.path("coverage/coverage-final.json"), "utf8")),
  );
  const file = map.files().find((each) => each.endsWith(`/${name}`));
  if (file === undefined) throw new Error(`${name} is not among ${map.files()}`);
  return map.fileCoverageFor(file);
}

function uncoveredLines(project: Project, name: string): number[] {
  return fileOf(project, name).getUncoveredLines().map(Number);
}
