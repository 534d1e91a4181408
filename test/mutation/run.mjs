// Applies the mutations one by one to a copy of the tree and runs the tests of their part there: each must fail one.
//
//     npm run test:mutation            all of them
//     npm run test:mutation -- move    those whose name matches /move/

import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { FUZZ_MUTATIONS } from "./fuzz_mutations.mjs";
import { hasPlace, MUTATIONS } from "./mutations.mjs";
import { PASS_MUTATIONS } from "./pass_mutations.mjs";

/** Sequences of the property test for each mutation; a fixed seed, so that the table is the same each time. */
const PROPERTY = {
  KCOV_PROPERTY_RUNS: "600",
  KCOV_PROPERTY_SEED: "1",
  KCOV_PROPERTY_SHRINK: "0",
  WASM_KCOV_RANDOM_MODULES: "10",
};
/** The tests that catch most, on the sources. */
const FIRST = ["test/conformance/golden", "test/property/device"];
/** What is left; some of these start threads, which run the built library. */
const SECOND = [
  "test/conformance/consumers",
  "test/conformance/freebsd",
  "test/conformance/gvisor",
  "test/conformance/kernel",
  "test/threads",
  "test/unit/hostile",
  "test/unit/kcov",
  "test/unit/memory",
  "test/unit/runtime/remote_section",
  "test/unit/runtime/trace",
];
/** The parts, and of each the tests that catch most and what is left. */
const PARTS = [
  { mutations: MUTATIONS, first: FIRST, second: SECOND },
  {
    mutations: PASS_MUTATIONS,
    first: ["test/property/expected_records", "test/unit/instrument/names", "test/unit/instrument/special_case_list"],
    second: ["test/unit/instrument/cursor", "test/unit/instrument/held_counters", "test/property/cursor"],
  },
  {
    mutations: FUZZ_MUTATIONS,
    first: ["test/unit/fuzz/builtin/schedule", "test/unit/fuzz/builtin/parts", "test/unit/fuzz/crash"],
    second: [],
  },
];
const COPIED = [
  "src",
  "assembly",
  "scripts",
  // What the pass is built on: npm run build makes it.
  "dist/binaryen",
  "test",
  ...readdirSync(".").filter((name) => /^asconfig.*\.json$/.test(name)),
  "package.json",
  "tsconfig.json",
  "tsconfig.build.json",
];
// In threads, not in processes: a test that hangs in Atomics.wait goes when the run is killed.
const CONFIG = 'export default { test: { include: ["test/**/*.test.ts"], testTimeout: 20_000, pool: "threads" } };\n';

const wanted = new RegExp(process.argv[2] ?? "");
const chosen = PARTS.map((part) => ({
  ...part,
  mutations: part.mutations.filter(([name]) => wanted.test(name)),
})).filter(({ mutations }) => mutations.length > 0);
const total = chosen.reduce((sum, { mutations }) => sum + mutations.length, 0);
const root = mkdtempSync(join(tmpdir(), "kcov-mutation-"));
let survivors = 0;
try {
  for (const path of COPIED) cpSync(path, join(root, path), { recursive: true });
  symlinkSync(join(process.cwd(), "node_modules"), join(root, "node_modules"));
  writeFileSync(join(root, "vitest.config.mjs"), CONFIG);
  buildHooks();
  for (const part of chosen) {
    const unmutated = [...failingFiles(part.first), ...failingSecond(part.second)];
    if (unmutated.length > 0) throw new Error(`these fail without any mutation: ${unmutated.join(", ")}`);
    for (const mutation of part.mutations) survivors += run(mutation, part);
  }
} finally {
  rmSync(root, { recursive: true, force: true });
}
process.stdout.write(`\n${total - survivors} of ${total} mutations were caught\n`);
process.exitCode = survivors === 0 ? 0 : 1;

/** @returns 1 if nothing caught it */
function run([name, path, text, replacement], part) {
  const file = join(root, path);
  const source = readFileSync(file, "utf8");
  if (!hasPlace(source, text)) throw new Error(`"${name}": its text does not occur once in ${path}`);
  const rebuild = () => path.startsWith("assembly/") && buildHooks();
  writeFileSync(
    file,
    source.replace(text, () => replacement),
  );
  rebuild();
  const first = failingFiles(part.first);
  const files = first.length > 0 ? first : failingSecond(part.second);
  writeFileSync(file, source);
  rebuild();
  process.stdout.write(`${name.padEnd(48)} ${files.join(", ") || "NOT CAUGHT"}\n`);
  return files.length === 0 ? 1 : 0;
}

/** A mutation of the hooks must compile: it would not be tried otherwise. */
function buildHooks() {
  if (node("assembly/build.mjs").status !== 0) throw new Error("the hooks do not compile");
}

function failingSecond(tests) {
  if (tests.length === 0) return [];
  // Types may be wrong now; the code is emitted all the same.
  node("node_modules/typescript/bin/tsc", "-p", "tsconfig.build.json");
  return failingFiles(tests);
}

/** The test files that fail. A run that hangs is killed: also caught. */
function failingFiles(tests) {
  const out = join(root, "results.json");
  rmSync(out, { force: true });
  const { signal } = node("node_modules/vitest/vitest.mjs", "run", "--reporter=json", `--outputFile=${out}`, ...tests);
  if (signal !== null) return ["(hangs)"];
  try {
    const { testResults } = JSON.parse(readFileSync(out, "utf8"));
    const failed = testResults.filter(({ status }) => status === "failed");
    return failed.map(({ name }) => relative(join(root, "test"), name).replace(".test.ts", ""));
  } catch {
    return ["(does not run)"];
  }
}

function node(...args) {
  const env = { ...process.env, ...PROPERTY };
  return spawnSync(process.execPath, args, { cwd: root, env, stdio: "ignore", timeout: 90_000 });
}
