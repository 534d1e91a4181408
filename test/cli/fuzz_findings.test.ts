/** That no finding is lost, whatever a target does to the thread, the process or the disk. */

import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sha1Hex } from "../../src/fuzz/builtin/corpus.ts";
import { wat } from "../support/wat.ts";

const MAIN = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
let directory = "";

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "wasm-kcov-findings-"));
});

afterAll(() => rmSync(directory, { recursive: true }));

interface Ended {
  readonly exit: number | null;
  readonly stderr: string;
  /** What was saved: file names, and the inputs. */
  readonly saved: readonly { readonly name: string; readonly input: string }[];
}

/** Fuzzes a script, whose body of `fuzz(b)` this is, with a directory of its own for what is found. */
async function fuzz(name: string, body: string, ...args: string[]): Promise<Ended> {
  const home = join(directory, name);
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, "target.mjs"), `export ${body.startsWith("async") ? body : `function fuzz(b) { ${body} }`}`);
  mkdirSync(join(home, "found"));
  return run(home, ["target.mjs", "-artifact_prefix=found/", "-seed=1", ...args]);
}

async function run(home: string, args: string[]): Promise<Ended> {
  const child = spawn(process.execPath, [MAIN, "fuzz", ...args], { cwd: home, stdio: ["ignore", "ignore", "pipe"] });
  const exit = new Promise<number | null>((resolve) => child.once("close", resolve));
  const stderr = await text(child.stderr);
  const saved = readdirSync(join(home, "found")).map((name) => {
    const input = readFileSync(join(home, "found", name));
    expect(name).toBe(`${name.split("-", 1)[0]}-${sha1Hex(input)}`);
    return { name, input: input.toString("latin1") };
  });
  return { exit: await exit, stderr, saved };
}

const IF_A = "if (b[0] === 0x41)";

describe("what JavaScript can do", () => {
  test.each([
    ["a rejection that nobody handles", `${IF_A} Promise.reject(new Error("floating"));`, "Error: floating"],
    ["a throw in a timer", `${IF_A} setTimeout(() => { throw new Error("late"); }, 3);`, "Error: late"],
    ["a throw in a microtask", `${IF_A} queueMicrotask(() => { throw new Error("micro"); });`, "Error: micro"],
    [
      "a rejection after some ticks",
      `${IF_A} (async () => { await 1; await 2; throw new Error("ticks"); })();`,
      "Error: ticks",
    ],
    ["undefined is thrown", `${IF_A} throw undefined;`, "threw undefined"],
    ["null is thrown", `${IF_A} throw null;`, "threw null"],
    ["a symbol is thrown", `${IF_A} throw Symbol("s");`, "threw Symbol(s)"],
    ["an object without prototype is thrown", `${IF_A} throw Object.create(null);`, "threw object"],
    ["a frozen error is thrown", `${IF_A} throw Object.freeze(new TypeError("ice"));`, "TypeError: ice"],
    [
      "a proxy is thrown",
      `${IF_A} throw new Proxy({}, { getPrototypeOf() { throw 1; }, get() { throw 2; } });`,
      "threw something",
    ],
    [
      "Array.prototype.push is replaced",
      `${IF_A} Array.prototype.push = () => { throw 1; };`,
      "changed built-ins: Array.prototype.push",
    ],
    [
      "a prototype is polluted",
      `${IF_A} Object.prototype.polluted = 1;`,
      "changed built-ins: Object.prototype.polluted",
    ],
    [
      "performance.now is gone",
      `${IF_A} { performance.now = null; globalThis.Uint8Array = null; }`,
      "changed built-ins: ",
    ],
    ["the process is killed", `${IF_A} process.kill(process.pid, "SIGSEGV");`, "the process died: SIGSEGV"],
    ["process.exit", `${IF_A} process.exit(3);`, "exit 3"],
  ])("%s: a crash, and its input in a file", async (name, body, reason) => {
    const { exit, stderr, saved } = await fuzz(name.replace(/\W/g, "_"), body, "-runs=5000");
    expect(exit, stderr).toBe(77);
    expect(stderr).toContain(reason);
    expect(saved.map(({ name: file, input }) => `${file.slice(0, 6)} ${input[0]}`)).toEqual(["crash- A"]);
    expect(stderr).toContain("reproduced alone, in a fresh state");
  });

  test("a promise that nothing can settle is a timeout at once", async () => {
    const { exit, saved } = await fuzz("never", `async function fuzz(b) { ${IF_A} await new Promise(() => {}); }`);
    expect(exit).toBe(70);
    expect(saved[0]?.name).toMatch(/^timeout-/);
    expect(saved[0]?.input[0]).toBe("A");
  });

  test("frames of JavaScript tell bugs with the same message apart", async () => {
    const bugs = `if (b[0] === 0x41) one(); if (b[0] === 0x42) two();
      function one() { throw new Error("same"); }
      function two() { throw new Error("same"); }`;
    const { exit, stderr, saved } = await fuzz("apart", bugs, "-runs=20000", "-ignore_crashes=1");
    expect(exit).toBe(0);
    expect(stderr).toMatch(/#0 in one .*target\.mjs:\d+:\d+\n {4}#1 in Object\.fuzz/);
    expect(saved.map(({ input }) => input[0]).sort()).toEqual(["A", "B"]);
  });

  test("what only fails in the state that others left is said not to be reproducible", async () => {
    const body = `globalThis.n = (globalThis.n ?? 0) + 1; if (globalThis.n === 500) throw new Error("worn out");`;
    const { exit, stderr } = await fuzz("state", body, "-print_final_stats=1");
    expect(exit).toBe(77);
    expect(stderr).toMatch(/WARNING: found\/crash-\w+: accumulated state: not reproducible alone/);
    expect(stderr).toMatch(/stat::reproduced_findings: +0 of 1\n/);
  });
});

describe("a process that dies", () => {
  const KILL = `${IF_A} process.kill(process.pid, "SIGKILL");`;

  test("under -fork", async () => {
    const { exit, saved } = await fuzz("fork", KILL, "-fork=2", "-max_total_time=20");
    expect(exit).toBe(77);
    expect(saved[0]?.input[0]).toBe("A");
  });

  test("under -jobs", async () => {
    const { exit, saved } = await fuzz("jobs", KILL, "-jobs=1", "-runs=5000");
    expect(exit).toBe(1);
    expect(saved[0]?.input[0]).toBe("A");
  });

  test("the campaign goes on with -ignore_crashes=1, and keeps its corpus", async () => {
    const { exit, stderr, saved } = await fuzz("on", KILL, "-ignore_crashes=1", "-max_total_time=15");
    expect(exit, stderr).toBe(0);
    expect(saved.length).toBeGreaterThan(1);
    expect(saved.every(({ input }) => input[0] === "A")).toBe(true);
  });

  test("its input is made shorter, each try in a process of its own", async () => {
    await fuzz("shorter", KILL, "-runs=1");
    writeFileSync(join(directory, "shorter", "input"), "Axxxxx");
    const args = ["target.mjs", "-minimize_crash=1", "-exact_artifact_path=small", "input"];
    const { exit, stderr } = await run(join(directory, "shorter"), args);
    expect(exit, stderr).toBe(0);
    expect(readFileSync(join(directory, "shorter", "small"), "latin1")).toBe("A");
    expect(stderr).toContain("each try takes a process of its own");
  });

  test("before the first input: a message and 1", async () => {
    const { exit, stderr } = await fuzz("start", `} process.kill(process.pid, "SIGABRT"); {`);
    expect(exit).toBe(1);
    expect(stderr).toBe("wasm-kcov: target.mjs: the process died before the first input: SIGABRT\n");
  });

  test("when one file is run", async () => {
    await fuzz("file", KILL, "-runs=1");
    writeFileSync(join(directory, "file", "input"), "A");
    const { exit, stderr } = await run(join(directory, "file"), ["target.mjs", "input"]);
    expect(exit).toBe(77);
    expect(stderr).toContain("the process died: SIGKILL");
  });
});

const MAGIC = wat(`(module (memory (export "memory") 18)
  (func (export "malloc") (param i32) (result i32) (i32.const 65536))
  (func (export "LLVMFuzzerTestOneInput") (param $data i32) (param $size i32) (result i32)
    (if (i32.lt_u (local.get $size) (i32.const 2)) (then (return (i32.const 0))))
    (if (i32.eq (i32.load8_u (local.get $data)) (i32.const 65)) (then
      (if (i32.eq (i32.load8_u offset=1 (local.get $data)) (i32.const 66)) (then (unreachable)))))
    (i32.const 0)))`);

/** Where nothing can be written, for root too: a file is in the place of the directory. */
function unwritable(name: string): string {
  const home = join(directory, name);
  mkdirSync(join(home, "found"), { recursive: true });
  writeFileSync(join(home, "target.wasm"), MAGIC);
  writeFileSync(join(home, "file"), "");
  return home;
}

describe("nowhere to write", () => {
  test("the artifact is in the report, whole, and the exit code stays", async () => {
    const { exit, stderr } = await run(unwritable("artifact"), ["target.wasm", "-artifact_prefix=file/", "-seed=1"]);
    expect(exit).toBe(77);
    expect(stderr).toMatch(/ERROR: the input could not be saved: .*\nBase64: QU[I-L]/);
  });

  test("with -ignore_crashes=1 the campaign goes on", async () => {
    const args = ["target.wasm", "-artifact_prefix=file/", "-seed=1", "-ignore_crashes=1", "-runs=50000"];
    const { exit, stderr } = await run(unwritable("goes_on"), args);
    expect(exit).toBe(0);
    expect(stderr).toContain("Done 50000 runs");
    expect(stderr.match(/could not be saved/g)).toHaveLength(1);
  });

  test("a corpus that cannot be written is kept in memory", async () => {
    const home = unwritable("corpus");
    mkdirSync(join(home, "corpus"));
    const args = ["target.wasm", "/proc/self/fdinfo", "-artifact_prefix=found/", "-seed=1", "-runs=200000"];
    const { exit, stderr } = await run(home, args);
    expect(stderr).toMatch(/WARNING: new inputs cannot be written, and are kept in memory: /);
    expect(exit, stderr).toBe(77);
  });
});

test("a memory limit that is reached while it loads ends every run with 71", async () => {
  const home = unwritable("limit");
  for (let round = 0; round < 8; round++) {
    const { exit, stderr } = await run(home, ["target.wasm", "-rss_limit_mb=20", "-artifact_prefix=found/"]);
    expect(exit, stderr).toBe(71);
  }
});
