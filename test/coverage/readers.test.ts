/** Reports are read by the tools that their users have: lcov and genhtml, xmllint, nyc. Those that are not there are skipped. */

import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import asc from "assemblyscript/asc";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Project } from "../support/coverage_project.ts";

const NYC = fileURLToPath(new URL("../runners/node_modules/.bin/nyc", import.meta.url));

const SOURCE = `export function grade(points: i32): i32 {
  let result = 2;
  if (points > 90) {
    result = 1;
  }
  return result;
}

export function unused(): i32 {
  return 3;
}
`;

let project: Project;
beforeAll(async () => {
  project = new Project();
  project.write("grade.ts", SOURCE);
  const { error, stderr } = await asc.main(["grade.ts", "--outFile", "grade.wasm", "--sourceMap", "--debug"], {
    readFile: (name, base = "") =>
      existsSync(project.path(name)) && base === "." ? readFileSync(project.path(name), "utf8") : null,
    writeFile: (name, contents) => void project.write(name, contents as string | Uint8Array),
  });
  if (error) throw new Error(stderr.toString());
  project.write(
    "test.mjs",
    `import { readFileSync } from "node:fs";
    const { grade } = new WebAssembly.Instance(new WebAssembly.Module(readFileSync("grade.wasm")), { env: { abort() {} } }).exports;
    for (let i = 0; i < 5; i++) grade(i);`,
  );
  const reporters = ["lcov", "cobertura", "json", "clover", "json-summary"].flatMap((name) => ["-r", name]);
  const { exit, stderr: said } = project.run(["coverage", ...reporters, "--", "node", "test.mjs"]);
  expect(exit, said).toBe(0);
}, 120_000);
afterAll(() => project.remove());

function has(command: string): boolean {
  return spawnSync(command, ["--version"]).error === undefined;
}

function read(command: string, ...args: string[]): { status: number | null; text: string } {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: project.directory, encoding: "utf8" });
  return { status, text: stdout + stderr };
}

test("lines have the counts of the source", () => {
  const lines = readFileSync(project.path("coverage/lcov.info"), "utf8").split("\n");
  expect(lines).toContain("SF:grade.ts");
  expect(lines.filter((line) => line.startsWith("DA:"))).toEqual(["DA:2,5", "DA:3,5", "DA:4,0", "DA:6,5", "DA:10,0"]);
  expect(lines.filter((line) => line.startsWith("FNDA:"))).toEqual([
    expect.stringMatching(/^FNDA:5,.*grade/),
    expect.stringMatching(/^FNDA:0,.*unused/),
  ]);
  const summary = JSON.parse(readFileSync(project.path("coverage/coverage-summary.json"), "utf8"));
  expect(summary.total.lines).toMatchObject({ total: 5, covered: 3, pct: 60 });
});

test.runIf(has("lcov"))("lcov reads the lcov file, and genhtml makes pages of it", () => {
  const { status, text } = read("lcov", "--summary", "coverage/lcov.info");
  expect(status, text).toBe(0);
  expect(text).toMatch(/lines\.*: 60\.0% \(3 of 5 lines\)/);
  expect(text).toMatch(/functions\.*: 50\.0% \(1 of 2 functions\)/);
  const pages = read("genhtml", "coverage/lcov.info", "-o", "pages");
  expect(pages.status, pages.text).toBe(0);
  expect(pages.text).toMatch(/lines\.*: 60\.0% \(3 of 5 lines\)/);
});

test.runIf(has("xmllint"))("cobertura and clover are well-formed XML", () => {
  for (const file of ["cobertura-coverage.xml", "clover.xml"]) {
    expect(read("xmllint", "--noout", "--nonet", `coverage/${file}`)).toEqual({ status: 0, text: "" });
  }
  const { text } = read(
    "xmllint",
    "--nonet",
    "--xpath",
    "string(//class/@line-rate)",
    "coverage/cobertura-coverage.xml",
  );
  expect(text.trim()).toBe("0.6");
});

test.runIf(existsSync(NYC))("nyc reports the map", () => {
  mkdirSync(project.path(".nyc_output"));
  cpSync(project.path("coverage/coverage-final.json"), project.path(".nyc_output/wasm.json"));
  const { status, text } = read(NYC, "report", "--reporter=text", "--exclude-after-remap=false");
  expect(status, text).toBe(0);
  expect(text).toMatch(/grade\.ts +\| +60 \|/);
});

test("one report with JavaScript's", () => {
  const path = project.write("side.js", "export const one = 1;\n");
  const place = { start: { line: 1, column: 0 }, end: { line: 1, column: 21 } };
  const file = { path, statementMap: { 0: place }, s: { 0: 7 }, fnMap: {}, f: {}, branchMap: {}, b: {} };
  project.write("javascript.json", JSON.stringify({ [path]: file }));
  const { exit, stdout } = project.run(["report", "--merge", "javascript.json"]);
  expect(exit).toBe(0);
  expect(stdout).toMatch(/grade\.ts +\| +60 \|/);
  expect(stdout).toMatch(/side\.js +\| +100 \|/);
});
