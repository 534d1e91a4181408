/** Reports of a module without debug information, as their readers take them. */

import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CoverageMapData } from "istanbul-lib-coverage";
import { afterAll, beforeAll, expect, it } from "vitest";
import { makeCoverageMap } from "../../../../src/coverage/map/make_coverage_map.ts";
import { ReportError, writeReports } from "../../../../src/coverage/reports/reports.ts";
import { countRun } from "../../../support/counted.ts";
import { wat } from "../../../support/wat.ts";

const directory = mkdtempSync(join(tmpdir(), "reports-"));
afterAll(() => rmSync(directory, { recursive: true }));

const MODULE = `(module
  (func $helper (param i32) (result i32) (i32.mul (local.get 0) (i32.const 3)))
  (func (export "run <1>") (param i32) (result i32)
    (if (result i32) (local.get 0) (then (call $helper (local.get 0))) (else (i32.const 7)))))`;

let map: CoverageMapData;
beforeAll(async () => {
  const run = ({ "run <1>": f }: Record<string, (n: number) => number>): unknown => [f?.(0), f?.(0)];
  const profile = countRun(wat(MODULE), run, { locations: [join(directory, "small.wasm")] });
  map = await makeCoverageMap({ modules: [profile] });
  const reporters = ["html", "lcov", "json", "json-summary", "cobertura", "clover"];
  writeReports(map, { reporters, reportsDir: directory, projectRoot: directory });
});

it("shows the disassembly with counts", () => {
  const html = readFileSync(join(directory, "small.wasm.html"), "utf8");
  expect(html).toContain("i32.mul");
  expect(html).toContain("run &lt;1&gt;");
  expect(html).toContain("func[0] called by run &lt;1&gt;");
  expect(html).toContain('<span class="cline-any cline-yes">2x</span>');
  expect(html).toContain("cstat-no");
});

it("names functions for lcov, and lcov reads it", () => {
  const lcov = readFileSync(join(directory, "lcov.info"), "utf8");
  expect(lcov).toContain("SF:small.wasm\n");
  expect(lcov).toMatch(/FNDA:2,run <1>\n/);
  expect(lcov).toMatch(/FNDA:0,func\[0\] called by run <1>\n/);
  if (!existsSync("/usr/bin/lcov")) return;
  const summary = execFileSync("lcov", ["--summary", "lcov.info", "--rc", "lcov_branch_coverage=1"], {
    cwd: directory,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });
  expect(summary).toMatch(/functions\.*: 50\.0%/);
});

it("is well-formed XML", () => {
  if (!existsSync("/usr/bin/xmllint")) return;
  for (const file of ["cobertura-coverage.xml", "clover.xml"]) {
    execFileSync("xmllint", ["--noout", "--nonet", file], { cwd: directory, stdio: "pipe" });
  }
});

it("says which reporters there are", () => {
  expect(() => writeReports(map, { reporters: ["pdf"] })).toThrow(
    new ReportError(
      "there is no reporter pdf: there are text, text-summary, text-lcov, html, html-spa, lcov, lcovonly, cobertura, clover, json, json-summary, teamcity, none",
    ),
  );
});

it("says where it cannot write", () => {
  expect(() => writeReports(map, { reporters: ["json"], reportsDir: "/dev/null/x" })).toThrow(
    /report json cannot be written to \/dev\/null\/x/,
  );
});
