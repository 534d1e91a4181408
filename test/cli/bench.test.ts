/** `wasm-kcov bench` and `npm run bench`, one short round each: what they say that does not depend on time. */

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { hasMultiMemory } from "../../src/instrument/index.ts";
import { wat } from "../support/wat.ts";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const QUICKLY = ["--rounds", "1", "--round-time", "1", "--warm-up", "0"];
const FUSED = hasMultiMemory() ? ["fused-off", "idle", "fused", "calls-return"] : [];
/** Counters of coverage runs are in a memory of their own. */
const COVERAGE = hasMultiMemory() ? ["counts", "hits"] : [];
const HAS_ENGINES_OWN = spawnSync(process.execPath, ["--wasm-code-coverage", "--eval", ""]).status === 0;
let directory = "";

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "wasm-kcov-bench-"));
  const shapes = readFileSync(here("../fixtures/modules/shapes.wat"), "utf8");
  writeFileSync(join(directory, "shapes.wasm"), wat(shapes, true));
  const hello = readFileSync(here("../fixtures/modules/hello.wat"), "utf8");
  writeFileSync(join(directory, "hello.wasm"), wat(hello, true));
  writeFileSync(join(directory, "sums.wasm"), wat(SUMS, true));
  writeFileSync(join(directory, "input"), Uint8Array.of(1, 2, 3, 4));
  writeFileSync(join(directory, "run.mjs"), RUN);
  writeFileSync(join(directory, "whole.mjs"), WHOLE);
});

afterAll(() => rmSync(directory, { recursive: true }));

/** Adds up the bytes of an input. */
const SUMS = `(module (memory (export "memory") 1)
  (func (export "malloc") (param i32) (result i32) (i32.const 64))
  (func (export "LLVMFuzzerTestOneInput") (param $at i32) (param $rest i32) (result i32) (local $sum i32)
    (loop $next
      (local.set $sum (i32.add (local.get $sum) (i32.load8_u (local.get $at))))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (br_if $next (local.tee $rest (i32.sub (local.get $rest) (i32.const 1)))))
    (local.get $sum)))`;
const RUN = `import { readFileSync } from "node:fs";
const { instance } = await WebAssembly.instantiate(readFileSync("shapes.wasm"));
export const run = async () => instance.exports.sum(BigInt(process.argv[2]));
`;
const WHOLE = `import { readFileSync } from "node:fs";
const { instance } = await WebAssembly.instantiate(readFileSync("shapes.wasm"));
console.log(instance.exports.sum(100n));
`;

interface Row {
  mode: string;
  events: number;
  size: number;
  bytes: number;
  slowdown: { median: number };
}

interface Comparison {
  program: string;
  rows: Row[];
  missing: { mode: string; reason: string }[];
  doubts: string[];
}

function bench(...args: string[]): { comparisons: Comparison[]; events: Record<string, number> } {
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [here("../../dist/cli/main.js"), "bench", ...QUICKLY, "--json", ...args],
    { cwd: directory, encoding: "utf8" },
  );
  expect(stderr).toBe("");
  expect(status).toBe(0);
  const { comparisons } = JSON.parse(stdout) as { comparisons: Comparison[] };
  const events = Object.fromEntries(comparisons[0]?.rows.map((row) => [row.mode, row.events]) ?? []);
  return { comparisons, events };
}

test("an export, in every mode that the engine has", () => {
  const { comparisons, events } = bench("shapes.wasm", "--invoke", "sum", "100");
  const [comparison] = comparisons;
  const own = HAS_ENGINES_OWN ? ["v8"] : [];
  const modes = [
    "original",
    "import",
    ...FUSED,
    "counters",
    ...COVERAGE,
    "standalone",
    ...own,
    "cmp",
    "sanitize",
    "fuzz",
  ];
  expect(comparison?.rows.map(({ mode }) => mode)).toEqual(modes);
  const missing = FUSED.length > 0 ? [] : ["fused-off", "idle", "fused", "calls-return", "counts", "hits"];
  expect(comparison?.missing.map(({ mode }) => mode)).toEqual([...missing, ...(HAS_ENGINES_OWN ? [] : ["v8"])]);
  expect(comparison?.doubts).toEqual([]);
  expect(events).toMatchObject({ original: 0, counters: 0 });
  expect(events.import).toBeGreaterThan(100);
  expect(events.cmp).toBeGreaterThan(0);
  if (FUSED.length > 0) expect(events).toMatchObject({ "fused-off": 0, idle: 0, fused: events.import });
  if (FUSED.length > 0) expect(events["calls-return"]).toBeLessThanOrEqual(events.import ?? 0);
  for (const { mode, size } of comparison?.rows ?? []) {
    if (mode === "original" || mode === "v8") expect(size).toBe(1);
    else expect(size).toBeGreaterThan(1);
  }
});

test("a file's contents as the input", () => {
  const { events } = bench("sums.wasm", "--input", "input", "--modes", "import");
  expect(events).toEqual({ original: 0, import: 5 });
});

test("a WASI program, a new instance each time", () => {
  const { events } = bench("hello.wasm", "--modes", "import");
  expect(events.import).toBeGreaterThan(0);
});

test("a function that a script exports, with the script's arguments", () => {
  const once = bench("--modes", "import", "run.mjs", "1").events.import ?? 0;
  expect(bench("--modes", "import", "run.mjs", "11").events.import).toBeGreaterThan(once);
});

test("a script that runs as a whole", () => {
  const { comparisons, events } = bench("--modes", "import", "whole.mjs");
  expect(events.import).toBeGreaterThan(100);
  expect(comparisons[0]?.rows[1]?.size).toBeGreaterThan(1);
});

test("several Node.js binaries, and the chart", () => {
  const chart = join(directory, "chart.svg");
  const args = ["--modes", "import", "--node", process.execPath, "--node", process.execPath];
  const { stdout, status } = spawnSync(
    process.execPath,
    [
      here("../../dist/cli/main.js"),
      "bench",
      ...QUICKLY,
      ...args,
      "--chart",
      chart,
      "shapes.wasm",
      "--invoke",
      "abs",
      "-5",
    ],
    { cwd: directory, encoding: "utf8" },
  );
  expect(status).toBe(0);
  expect(stdout.match(/^shapes\.wasm, Node\.js v/gm)).toHaveLength(2);
  expect(stdout.match(/^import .*×/gm)).toHaveLength(2);
  expect(readFileSync(chart, "utf8").match(/<rect x="110"[^>]* height="14"/g)).toHaveLength(2);
});

// The benchmarks of the repository are TypeScript, which Node.js 20 does not run.
test.runIf(FUSED.length > 0)("the claims, one short round", () => {
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [here("../../bench/main.ts"), ...QUICKLY, "--no-native", "--only", "pc,cmp", "--json"],
    { encoding: "utf8" },
  );
  expect(status, stderr).toBe(0);
  const { claims } = JSON.parse(stdout) as { claims: { what: string; verdict: string; note: string }[] };
  expect(claims.map(({ verdict }) => verdict)).toEqual(["not measured", "not measured"]);
  expect(claims[0]?.note).toMatch(/^fused -?[\d.]+ ns, import -?[\d.]+ ns$/);
});
