/** What the commands that run something say of what they are given: patterns that choose nothing, and files that are no target. */

import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { wat } from "../support/wat.ts";

const MAIN = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
const MODULE = `(module (memory (export "memory") 2)
  (func (export "malloc") (param i32) (result i32) (i32.const 1024))
  (func $helper (export "helper") (param i32) (result i32) (local.get 0))
  (func (export "LLVMFuzzerTestOneInput") (param i32 i32) (result i32) (drop (call $helper (local.get 1))) (i32.const 0)))`;
const SCRIPT = `import { readFileSync } from "node:fs";
let exports;
const load = () => new WebAssembly.Instance(new WebAssembly.Module(readFileSync(new URL("target.wasm", import.meta.url)))).exports;
export function fuzz(bytes) { exports ??= load(); exports.helper(bytes.length); }
`;
let directory = "";

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "wasm-kcov-given-"));
  const module = wat(MODULE, true);
  const files = {
    "target.wasm": module,
    noext: module,
    "script.mjs": SCRIPT,
    "text.wat": MODULE,
    "disguised.mjs": MODULE,
  };
  for (const [name, contents] of Object.entries(files)) writeFileSync(join(directory, name), contents);
  writeFileSync(join(directory, "empty.wasm"), "");
  writeFileSync(join(directory, "plain"), "hello");
  writeFileSync(join(directory, "run.mjs"), `${SCRIPT}fuzz(new Uint8Array(3));`);
  mkdirSync(join(directory, "folder"));
  mkdirSync(join(directory, "corpus"));
  writeFileSync(join(directory, "corpus/a"), "a");
});

afterAll(() => rmSync(directory, { recursive: true }));

function run(...args: string[]): { stdout: string; stderr: string; exit: number | null } {
  const env = { ...process.env, XDG_CACHE_HOME: join(directory, "cache"), NODE_OPTIONS: "" };
  const { stdout, stderr, status } = spawnSync(process.execPath, [MAIN, ...args], {
    cwd: directory,
    encoding: "utf8",
    env,
  });
  return { stdout, stderr, exit: status };
}

/** Each once for every time that it is said. */
const unmatched = (text: string): string[] =>
  Array.from(text.matchAll(/no (?:function|module) matches (.*)$/gm), ([, pattern]) => pattern as string);

const PATTERNS = ["--include", "helper", "--include", "nosuch", "--exclude", "LLVM*", "--exclude", "7"];

describe("patterns that choose nothing", { timeout: 60_000 }, () => {
  test("fuzz, also when the module is in the cache", () => {
    for (const time of ["first", "second"]) {
      const { stderr, exit } = run("fuzz", ...PATTERNS, "target.wasm", "corpus", "-runs=10", "-seed=1");
      expect([exit, unmatched(stderr)], `${time}: ${stderr}`).toEqual([0, ["nosuch", "7"]]);
    }
  });

  test("fuzz, a script that loads its module with the first input", () => {
    const { stderr, exit } = run("fuzz", ...PATTERNS, "script.mjs", "corpus", "-runs=10", "-seed=1");
    expect([exit, unmatched(stderr)], stderr).toEqual([0, ["nosuch", "7"]]);
  });

  test("fuzz, a module that came instrumented", () => {
    expect(run("instrument", "--trace", "counters,cmp,switch", "target.wasm", "-o", "instrumented.wasm").exit).toBe(0);
    const { stderr, exit } = run("fuzz", "--include", "helper", "instrumented.wasm", "corpus", "-runs=10");
    expect(exit, stderr).toBe(0);
    expect(stderr).toContain("instrumented.wasm came instrumented: helper chooses no functions of it");
  });

  test("corpus coverage", () => {
    const { stderr, exit } = run("corpus", "coverage", ...PATTERNS, "target.wasm", "corpus");
    expect([exit, unmatched(stderr)], stderr).toEqual([0, ["nosuch", "7"]]);
  });

  test("bench", () => {
    const quickly = ["--rounds", "1", "--round-time", "1", "--warm-up", "0", "--modes", "counters,import"];
    const { stdout, exit } = run("bench", ...quickly, ...PATTERNS, "target.wasm", "--invoke", "helper", "1");
    expect([exit, unmatched(stdout)], stdout).toEqual([0, ["nosuch", "7"]]);
  });

  test("coverage and report: modules", () => {
    const globs = ["--module", "target.wasm", "--module", "nosuch.wasm", "--exclude-module", "other/**"];
    const expected = ["--module nosuch.wasm", "--exclude-module other/**"];
    const covered = run("coverage", ...globs, process.execPath, "run.mjs");
    expect([covered.exit, unmatched(covered.stderr)], covered.stderr).toEqual([0, expected]);
    const reported = run("report", ...globs);
    expect([reported.exit, unmatched(reported.stderr)], reported.stderr).toEqual([0, expected]);
    const excluded = run("coverage", "--exclude-module", "target.wasm", process.execPath, "run.mjs");
    expect(unmatched(excluded.stderr), excluded.stderr).toEqual([]);
  });

  test("none where all choose something", () => {
    const { stderr } = run("fuzz", "--include", "helper", "target.wasm", "corpus", "-runs=10", "-seed=1");
    expect(unmatched(stderr)).toEqual([]);
  });
});

describe("what is no target is said in one line", { timeout: 60_000 }, () => {
  const NEITHER = /^wasm-kcov: plain is neither a WebAssembly module .* nor JavaScript/;
  test.each<[string, RegExp]>([
    ["missing.wasm", /^wasm-kcov: cannot read missing\.wasm: there is no such file or directory$/],
    ["folder", /^wasm-kcov: folder is a directory: name a script or a module in it$/],
    ["empty.wasm", /^wasm-kcov: empty\.wasm is empty$/],
    ["text.wat", /^wasm-kcov: text\.wat is the text form of a module: make a module of it first/],
    ["disguised.mjs", /^wasm-kcov: disguised\.mjs is the text form of a module: make a module of it first/],
    ["plain", NEITHER],
  ])("%s", (name, message) => {
    const commands = [
      ["fuzz", name, "corpus", "-runs=1"],
      ["fuzz", "--emit-runner", "out", name],
      ["corpus", "coverage", name, "corpus"],
      ["corpus", "minimize", name, "corpus", "-o", "small"],
      // Without a suffix a program is JavaScript to Node.js.
      ...(message === NEITHER
        ? []
        : [
            ["bench", name, "--invoke", "f"],
            ["trace", name],
          ]),
    ];
    for (const command of commands) {
      const { stdout, stderr, exit } = run(...command);
      expect(stderr.trimEnd(), command.join(" ")).toMatch(message);
      expect([exit, stdout]).toEqual([1, ""]);
    }
  });

  test("a module of any name is one", () => {
    const { stderr, exit } = run("fuzz", "noext", "corpus", "-runs=10");
    expect(exit, stderr).toBe(0);
  });
});
