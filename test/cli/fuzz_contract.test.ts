/** libFuzzer's contract, as CI and fleets lean on it: seeds, flags, custom mutators, runners. */

import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { wat } from "../support/wat.ts";

const MAIN = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
let directory = "";

const MALLOC = `(memory (export "memory") 40)
  (global $next (mut i32) (i32.const 65536))
  (func (export "malloc") (param $bytes i32) (result i32)
    (global.set $next (i32.add (global.get $next) (i32.and (i32.add (local.get $bytes) (i32.const 15)) (i32.const -16))))
    (i32.sub (global.get $next) (i32.and (i32.add (local.get $bytes) (i32.const 15)) (i32.const -16))))`;

/** AB crashes; C and D reach functions of their own. */
const BUG = `(module ${MALLOC}
  (func $crash (unreachable))
  (func $other (param $byte i32) (if (i32.eq (local.get $byte) (i32.const 68)) (then (nop))))
  (func (export "LLVMFuzzerTestOneInput") (param $data i32) (param $size i32) (result i32)
    (if (i32.lt_u (local.get $size) (i32.const 2)) (then (return (i32.const 0))))
    (if (i32.eq (i32.load8_u (local.get $data)) (i32.const 67)) (then (call $other (i32.load8_u offset=1 (local.get $data)))))
    (if (i32.eq (i32.load8_u (local.get $data)) (i32.const 65)) (then
      (if (i32.eq (i32.load8_u offset=1 (local.get $data)) (i32.const 66)) (then (call $crash)))))
    (i32.const 0)))`;

/** Inputs are right if their first byte is the sum of the others; only the custom mutator makes it so. */
const CUSTOM = `(module
  (import "env" "LLVMFuzzerMutate" (func $mutate (param i32 i32 i32) (result i32)))
  ${MALLOC}
  (func $sum (param $data i32) (param $size i32) (result i32) (local $k i32) (local $sum i32)
    (local.set $k (i32.const 1))
    (block $out (loop $again
      (br_if $out (i32.ge_u (local.get $k) (local.get $size)))
      (local.set $sum (i32.add (local.get $sum) (i32.load8_u (i32.add (local.get $data) (local.get $k)))))
      (local.set $k (i32.add (local.get $k) (i32.const 1)))
      (br $again)))
    (i32.and (i32.add (i32.mul (local.get $sum) (i32.const 7)) (i32.const 3)) (i32.const 255)))
  (func (export "LLVMFuzzerCustomMutator") (param $data i32) (param $size i32) (param $max i32) (param $seed i32) (result i32)
    (local.set $size (call $mutate (local.get $data) (local.get $size) (local.get $max)))
    (i32.store8 (local.get $data) (call $sum (local.get $data) (local.get $size)))
    (local.get $size))
  (func (export "LLVMFuzzerTestOneInput") (param $data i32) (param $size i32) (result i32)
    (if (i32.lt_u (local.get $size) (i32.const 3)) (then (return (i32.const 0))))
    (if (i32.ne (i32.load8_u (local.get $data)) (call $sum (local.get $data) (local.get $size))) (then (unreachable)))
    (i32.const 0)))`;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "wasm-kcov-contract-"));
  writeFileSync(join(directory, "bug.wasm"), wat(BUG, true));
  writeFileSync(join(directory, "custom.wasm"), wat(CUSTOM, true));
});

afterAll(() => rmSync(directory, { recursive: true }));

interface Ended {
  readonly exit: number | null;
  readonly stderr: string;
}

async function end(command: string, args: readonly string[]): Promise<Ended> {
  const child = spawn(command, args, { cwd: directory, stdio: ["ignore", "ignore", "pipe"] });
  const exit = new Promise<number | null>((resolve) => child.once("close", resolve));
  const stderr = await text(child.stderr);
  return { exit: await exit, stderr };
}

const fuzz = (...args: string[]): Promise<Ended> =>
  end(process.execPath, [MAIN, "fuzz", ...args, "-artifact_prefix=found/"]);

function corpus(name: string, ...inputs: string[]): string {
  mkdirSync(join(directory, name));
  for (const [k, input] of inputs.entries()) writeFileSync(join(directory, name, `${k}`), input);
  return name;
}

describe("-runs never limits seeds", () => {
  test("-runs=0 is the regression run: every input of the corpus, and no more", async () => {
    const { exit, stderr } = await fuzz(
      "bug.wasm",
      corpus("fine", "xx", "yyy", "CD"),
      "-runs=0",
      "-print_final_stats=1",
    );
    expect(exit, stderr).toBe(0);
    expect(stderr).toMatch(/stat::number_of_executed_units: 3\n/);
    expect(stderr).toContain("INITED");
  });

  test("-runs=0 finds the crash among them, whatever comes before it", async () => {
    const { exit } = await fuzz("bug.wasm", corpus("crashing", "xx", "yyyyy", "AB!!!!!!"), "-runs=0");
    expect(exit).toBe(77);
  });

  test("with -runs below the number of seeds", async () => {
    const { exit, stderr } = await fuzz("bug.wasm", corpus("many", "1", "2", "3", "4", "5", "AB"), "-runs=2");
    expect(exit, stderr).toBe(77);
  });

  test("an input that ends the process is not run again, and the others are", async () => {
    const kills = `const is = (b, text) => String.fromCharCode(...b) === text;
      export function fuzz(b) {
        if (is(b, "KILL")) process.kill(process.pid, "SIGKILL");
        if (is(b, "ABORT")) process.kill(process.pid, "SIGABRT");
      }`;
    writeFileSync(join(directory, "kills.mjs"), kills);
    const seeds = corpus("deadly", "KILL", "xx", "ABORT", "yyyyyyy");
    const { exit, stderr } = await fuzz("kills.mjs", seeds, "-ignore_crashes=1", "-runs=100");
    expect(exit, stderr).toBe(0);
    for (const word of ["SIGKILL", "SIGABRT", "INITED", "seed corpus: files: 2 "]) expect(stderr).toContain(word);
  });
});

test("a corpus with a pipe, a circle of links and a dead one: what is left out is said, and the rest runs", async () => {
  const name = corpus("odd", "xx");
  const at = (file: string): string => join(directory, name, file);
  execFileSync("mkfifo", [at("pipe")]);
  symlinkSync(".", at("circle"));
  symlinkSync("itself", at("itself"));
  symlinkSync("nowhere", at("dead"));
  mkdirSync(at("inner"));
  writeFileSync(at("inner/input"), "AB");
  const { exit, stderr } = await fuzz("bug.wasm", name, "-runs=0");
  expect(exit, stderr).toBe(77);
  expect(stderr).toMatch(/WARNING: odd\/pipe is left out: it is not a regular file\n/);
  expect(stderr).toMatch(/WARNING: odd\/circle is left out: it is \S+ again\n/);
  expect(stderr).toMatch(/WARNING: odd\/itself is left out: ELOOP/);
  expect(stderr).toContain("seed corpus: files: 2 ");
});

describe("flags", () => {
  test("-create_missing_dirs", async () => {
    expect((await fuzz("bug.wasm", "missing", "-runs=10")).exit).toBe(1);
    expect((await fuzz("bug.wasm", "missing/corpus", "-create_missing_dirs=1", "-runs=10")).exit).toBe(0);
    expect(existsSync(join(directory, "missing/corpus"))).toBe(true);
  });

  test("-seed_inputs, from the command line and from a file", async () => {
    const name = corpus("seeds", "xx", "AB");
    expect((await fuzz("bug.wasm", `-seed_inputs=${name}/0`, "-runs=0")).exit).toBe(0);
    expect((await fuzz("bug.wasm", `-seed_inputs=${name}/0,${name}/1`, "-runs=0")).exit).toBe(77);
    writeFileSync(join(directory, "list"), `${name}/0,${name}/1\n`);
    expect((await fuzz("bug.wasm", "-seed_inputs=@list", "-runs=0")).exit).toBe(77);
    expect((await fuzz("bug.wasm", "-seed_inputs=nowhere", "-runs=0")).exit).toBe(1);
  });

  test("-print_pcs, -print_funcs, -print_coverage, -print_full_coverage, -print_corpus_stats", async () => {
    const prints = ["-print_pcs=1", "-print_coverage=1", "-print_full_coverage=1", "-print_corpus_stats=1"];
    const { stderr } = await fuzz(
      "bug.wasm",
      corpus("printed", "xx"),
      "-seed=1",
      "-runs=3000",
      "-ignore_crashes=1",
      ...prints,
    );
    expect(stderr).toMatch(/\tNEW_PC: 0x[0-9a-f]+ in other\n/);
    expect(stderr).toMatch(/\tNEW_FUNC\[1\/1\]: 0x[0-9a-f]+ in other\n/);
    expect(stderr).toMatch(/COVERAGE:\n(.*\n)*COVERED_FUNC: hits: 1 edges: \d+\/\d+ LLVMFuzzerTestOneInput\n/);
    expect(stderr).toMatch(/FULL COVERAGE:\n[CU] 0x/);
    expect(stderr).toMatch(/ {2}\[ {3}0 [0-9a-f]{40}\] sz: +\d+ runs: +\d+ succ: +\d+ focus: 0\n/);
    expect((await fuzz("bug.wasm", "-runs=3000", "-print_funcs=0", "-ignore_crashes=1")).stderr).not.toContain(
      "NEW_FUNC",
    );
  });

  test("-focus_function", async () => {
    const args = ["-runs=3000", "-seed=1", "-ignore_crashes=1", "-print_corpus_stats=1"];
    const { stderr } = await fuzz("bug.wasm", corpus("focus", "xx", "CC", "ww"), "-focus_function=other", ...args);
    expect(stderr).toContain("INFO: Focus function is set to 'other'");
    const runs = [...stderr.matchAll(/runs: +(\d+) succ: +\d+ focus: (\d)/g)].map(([, n, focus]) => [Number(n), focus]);
    const most = (focus: string): number => Math.max(...runs.flatMap(([n, is]) => (is === focus ? [n as number] : [])));
    expect(most("1")).toBeGreaterThan(most("0"));
    const unknown = await fuzz("bug.wasm", "-focus_function=nobody", "-runs=10");
    expect(unknown.exit).toBe(1);
    expect(unknown.stderr).toContain("Failed to set focus function");
  });

  test("-only_ascii", async () => {
    const name = corpus("ascii", "x");
    const body = `export function fuzz(b) { for (const c of b) if (c > 126 || (c < 32 && (c < 9 || c > 13))) throw new Error("no text"); }`;
    writeFileSync(join(directory, "ascii.mjs"), body);
    expect((await fuzz("ascii.mjs", name, "-only_ascii=1", "-runs=20000")).exit).toBe(0);
    expect((await fuzz("ascii.mjs", name, "-runs=20000")).exit).toBe(77);
  });

  test("-stop_file", async () => {
    writeFileSync(join(directory, "stop"), "");
    const { exit, stderr } = await fuzz("bug.wasm", "-stop_file=stop", "-ignore_crashes=1");
    expect(exit).toBe(0);
    expect(stderr).toMatch(/Done \d+ runs/);
  });

  test("-analyze_dict", async () => {
    writeFileSync(join(directory, "words"), '"C"\n"nothing at all"\n');
    const { exit, stderr } = await fuzz("bug.wasm", corpus("analysed", "xx", "yy"), "-dict=words", "-analyze_dict=1");
    expect(exit, stderr).toBe(0);
    const useless = /Useless dictionary elements. #+\n([\s\S]*?)#+ End/.exec(stderr)?.[1];
    expect(useless).toBe('"nothing at all"\n');
  });

  test("those that only libFuzzer's own runtime can obey are accepted", async () => {
    const { exit, stderr } = await fuzz(
      "bug.wasm",
      "-runs=10",
      "-handle_segv=0",
      "-symbolize=1",
      "-detect_leaks=0",
      "-use_counters=1",
    );
    expect(exit).toBe(0);
    expect(stderr).not.toContain("unrecognized");
  });

  test("-ignore_remaining_args", async () => {
    expect((await fuzz("bug.wasm", "-runs=10", "-ignore_remaining_args=1", "nowhere", "--x")).exit).toBe(0);
  });
});

test("-fork honours -max_total_time, and sums up", async () => {
  const began = performance.now();
  const { exit, stderr } = await fuzz("custom.wasm", "-fork=2", "-max_total_time=4", "-seed=1");
  expect(exit, stderr).toBe(0);
  expect(performance.now() - began).toBeLessThan(20_000);
  const last = stderr.trimEnd().split("\n").at(-1) ?? "";
  const [, runs, edges] =
    /^#(\d+): cov: (\d+) ft: \d+ corp: \d+ exec\/s: \d+ oom\/timeout\/crash: 0\/0\/0/.exec(last) ?? [];
  expect(Number(runs), last).toBeGreaterThan(1000);
  expect(Number(edges), last).toBeGreaterThan(0);
});

describe("custom mutators", () => {
  test("LLVMFuzzerCustomMutator is in the place of all mutations, and may use LLVMFuzzerMutate", async () => {
    const { exit, stderr } = await fuzz("custom.wasm", "-runs=20000", "-seed=1");
    expect(exit, stderr).toBe(0);
    expect(stderr).toContain(
      "INFO: found LLVMFuzzerCustomMutator (custom mutator). Disabling -len_control by default.",
    );
  });

  test("customMutator and customCrossOver of a script", async () => {
    const script = `
      const valid = (b) => b.length >= 2 && b.every((c) => c === b[0]);
      export function fuzz(b) { if (b.length > 1 && !valid(b)) throw new Error("not from the mutator"); if (b.length > 9 && b[0] === 0xee) throw new Error("found"); }
      export function customMutator(b, { maxBytes, seed, mutate }) {
        if (!(mutate(b) instanceof Uint8Array)) throw new Error("mutate");
        return new Uint8Array(Math.min(maxBytes, 2 + (seed % 7))).fill(seed >>> 8);
      }
      export function customCrossOver(a, b, { maxBytes }) { const n = Math.min(maxBytes, a.length + b.length); return new Uint8Array(n).fill(a[0] ?? 1); }`;
    writeFileSync(join(directory, "mutator.mjs"), script);
    const { exit, stderr } = await fuzz("mutator.mjs", "-runs=100000", "-seed=1");
    expect(exit, stderr).toBe(77);
    expect(stderr).toContain("Error: found");
    expect(stderr).toMatch(/MS: \d+ .*CustomCrossOver-/);
  });

  test("one that makes too much, or traps, is said", async () => {
    writeFileSync(
      join(directory, "wrong.mjs"),
      `export function fuzz() {} export function customMutator() { return "text"; }`,
    );
    const { stderr } = await fuzz("wrong.mjs", "-runs=1000");
    expect(stderr).toContain("wrong.mjs: a custom mutation returned no Uint8Array");
  });
});

test("--emit-runner: an executable that runs with what fleets pass, wherever it is", async () => {
  writeFileSync(join(directory, "bug.dict"), '"AB"\n');
  mkdirSync(join(directory, "package"));
  writeFileSync(join(directory, "package/package.json"), "{}");
  writeFileSync(join(directory, "package/mutator.mjs"), 'import { fine } from "./fine.mjs"; export const fuzz = fine;');
  writeFileSync(join(directory, "package/fine.mjs"), "export const fine = () => {};");
  const emitted = await end(process.execPath, [
    MAIN,
    "fuzz",
    "bug.wasm",
    "package/mutator.mjs",
    "--emit-runner",
    "out",
  ]);
  expect(emitted.exit, emitted.stderr).toBe(0);
  expect(readdirSync(join(directory, "out")).sort()).toEqual(
    ["bug", "bug.dict", "bug.files", "mutator", "mutator.files", "wasm-kcov.files"].sort(),
  );
  execFileSync("mv", [join(directory, "out"), join(directory, "moved")]);
  const runner = join(directory, "moved/bug");
  expect(execFileSync("grep", ["-c", "LLVMFuzzerTestOneInput", runner]).toString()).toBe("1\n");
  // ClusterFuzz: fuzzing, then the crash again, then a merge; OSS-Fuzz: check of the build.
  const limits = ["-timeout=25", "-rss_limit_mb=2560"];
  const found = await end(runner, [
    ...limits,
    "-max_total_time=60",
    "-print_final_stats=1",
    "-dict=moved/bug.dict",
    "-artifact_prefix=moved/",
    "-use_value_profile=1",
    "-seed=1337",
    corpus("fleet"),
  ]);
  expect(found.exit, found.stderr).toBe(77);
  const crash = /Test unit written to (moved\/crash-\w+)/.exec(found.stderr)?.[1] ?? "";
  expect((await end(runner, [...limits, "-runs=100", crash])).exit).toBe(77);
  expect(
    (
      await end(runner, [
        ...limits,
        "-minimize_crash=1",
        "-max_total_time=5",
        "-exact_artifact_path=moved/small",
        crash,
      ])
    ).exit,
  ).toBe(0);
  mkdirSync(join(directory, "fleet_merged"));
  expect(
    (await end(runner, [...limits, "-merge=1", "-merge_control_file=moved/control", "fleet_merged", "fleet"])).exit,
  ).toBe(0);
  expect((await end(runner, ["-seed=1337", "-runs=4"])).exit).toBe(0);
  expect((await end(join(directory, "moved/mutator"), ["-runs=4"])).exit).toBe(0);
});
