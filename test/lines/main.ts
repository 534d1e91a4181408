/**
 * How far lines, functions and branches agree with the compiler's own coverage (llvm-cov), program by program:
 *
 *     npm run test:lines [-- --verbose --selects] [PROGRAM…]
 *
 * Each program is built as WebAssembly with debug information, instrumented and run, and natively with
 * -fprofile-instr-generate -fcoverage-mapping; both read the same input. What only one of the two knows does not count:
 * llvm-cov counts comments and braces, DWARF lines with code.
 */

import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { ToolFailure } from "../../bench/programs/tools.ts";
import { makeCoverageMap } from "../../src/coverage/map/make_coverage_map.ts";
import { nodeSourceAccess } from "../../src/coverage/node/source_access.ts";
import { writeReports } from "../../src/coverage/reports/reports.ts";
import { buildModule, LEVELS, type Level, LINES_BUILD, missingTools, nativeCoverage } from "./build.ts";
import { type Agreement, type Comparison, compare, type Lcov, parseLcov } from "./compare.ts";
import { type LineProgram, PROGRAMS } from "./programs.ts";
import { profileOf } from "./run_module.ts";

/** What is promised, in percent, by language and level. */
const BARS: Readonly<Record<LineProgram["language"], Readonly<Record<Level, number>>>> = {
  C: { "-O0": 99.5, "-O2": 97 },
  "C++": { "-O0": 99, "-O2": 95.5 },
};
/** Of functions and arms at -O0: the optimiser leaves nothing of some, and merges others. */
const FUNCTION_BAR = 99.5;
const BRANCH_BAR = 95;

const { values, positionals } = parseArgs({
  options: { verbose: { type: "boolean", default: false }, selects: { type: "boolean", default: false } },
  allowPositionals: true,
});
process.exitCode = await main();

async function main(): Promise<number> {
  const missing = missingTools();
  if (missing.length > 0) {
    process.stdout.write(`skipped: install ${missing.join(" ")}\n`);
    return 0;
  }
  process.stdout.write(row(["program", "level", "lines", "bar", "functions", "branch arms"]));
  let failures = 0;
  for (const program of PROGRAMS) {
    if (positionals.length > 0 && !positionals.includes(program.name)) continue;
    try {
      failures += await check(program);
    } catch (error) {
      if (!(error instanceof ToolFailure)) throw error;
      process.stdout.write(`${program.name} skipped: ${error.message}\n`);
    }
  }
  return failures > 0 ? 1 : 0;
}

/** @returns how many levels miss a bar */
async function check(program: LineProgram): Promise<number> {
  const reference = parseLcov(nativeCoverage(program));
  const own = new Set(program.files.map((path) => basename(path)));
  let failures = 0;
  for (const level of LEVELS) {
    const path = buildModule(program, level);
    const result = compare(await lcovOf(path, program), reference, (file) => own.has(file));
    const bar = BARS[program.language][level];
    process.stdout.write(
      row([program.name, level, shown(result.lines), `${bar} %`, shown(result.functions), shown(result.branches)]),
    );
    if (values.verbose) for (const line of differences(result)) process.stdout.write(`    ${line}\n`);
    const misses = [percent(result.lines) < bar];
    if (level === "-O0") misses.push(percent(result.functions) < FUNCTION_BAR, percent(result.branches) < BRANCH_BAR);
    if (misses.includes(true)) failures++;
  }
  return failures;
}

async function lcovOf(path: string, program: LineProgram): Promise<Lcov> {
  const profile = { modules: [await profileOf(path, program.input, values.selects)] };
  const map = await makeCoverageMap(profile, nodeSourceAccess(LINES_BUILD));
  const directory = mkdtempSync(join(tmpdir(), "lines-"));
  try {
    writeReports(map, { reporters: ["lcovonly"], reportsDir: directory });
    const file = join(directory, "lcov.info");
    return parseLcov(existsSync(file) ? readFileSync(file, "utf8") : "");
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function differences({ lines, functions, branches }: Comparison): string[] {
  return [lines, functions, branches].flatMap((each) => each.differences);
}

function percent({ same, all }: Agreement): number {
  return all === 0 ? 0 : (100 * same) / all;
}

function shown(agreement: Agreement): string {
  return `${percent(agreement).toFixed(2)} % of ${agreement.all}`;
}

function row(cells: readonly string[]): string {
  const widths = [12, 6, 19, 8, 19, 19];
  return `${cells
    .map((cell, k) => cell.padEnd(widths[k] ?? 0))
    .join(" ")
    .trimEnd()}\n`;
}
