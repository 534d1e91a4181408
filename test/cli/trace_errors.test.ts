/** How programs end under `trace` and `coverage` when something goes wrong: what node prints is what it prints without them. */

import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, test as sequentially } from "vitest";
import { wat } from "../support/wat.ts";

const test = sequentially.concurrent;
const MAIN = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
/** Traps, or ends in the host, in a function that has sites before and behind the place. */
const TRAPS = `(module $traps (import "host" "f" (func $f (param i32))) (memory 1)
  (func $inner (param $x i32) (result i32)
    (call $f (local.get $x))
    (if (i32.eq (local.get $x) (i32.const 1)) (then (unreachable)))
    (if (i32.eq (local.get $x) (i32.const 2)) (then (drop (i32.load (i32.const -8)))))
    (i32.div_s (i32.const 7) (i32.sub (local.get $x) (i32.const 3))))
  (func $outer (param $x i32) (result i32) (local $y i32)
    (loop $l (local.set $y (i32.add (local.get $y) (i32.const 1))) (br_if $l (i32.lt_s (local.get $y) (i32.const 5))))
    (call $inner (local.get $x)))
  (func (export "run") (param i32) (result i32) (i32.add (call $outer (local.get 0)) (i32.const 1)))
  (func (export "forever") (param i32) (call $f (local.get 0)) (loop $l (br $l))))`;
const LOAD = `import { readFileSync, writeSync } from "node:fs";
const f = (x) => { if (x === 9) throw new Error("of the host"); if (x === 7) writeSync(1, "ready\\n"); };
const module = new WebAssembly.Module(readFileSync(new URL("traps.wasm", import.meta.url)));
const { run, forever } = new WebAssembly.Instance(module, { host: { f } }).exports;
const caught = (x) => { try { run(x); } catch (error) { return error; } };
`;
const PROGRAMS: Readonly<Record<string, string>> = {
  unreachable: "run(1);",
  "out of bounds": "run(2);",
  "by zero": "setTimeout(() => run(3));",
  "of the host": "run(9);",
  rejection: "Promise.reject(caught(1));",
  "cause and errors": 'throw new AggregateError([caught(1), caught(3)], "several", { cause: caught(2) });',
  "a handler's view":
    'process.on("uncaughtException", (e) => { process.stderr.write(e.stack); process.exit(5); }); run(1);',
  "frozen error": "throw Object.freeze(new Error('frozen'));",
  worker: `import { Worker, isMainThread } from "node:worker_threads";
    if (isMainThread) new Worker(new URL(import.meta.url)); else run(2);`,
  "worker whose error is handled": `import { Worker, isMainThread } from "node:worker_threads";
    if (isMainThread) new Worker(new URL(import.meta.url)).on("error", (e) => process.stderr.write(e.stack)); else run(2);`,
};
let directory = "";

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "wasm-kcov-errors-"));
  writeFileSync(join(directory, "traps.wasm"), wat(TRAPS, true));
  for (const [name, code] of Object.entries(PROGRAMS)) writeFileSync(join(directory, `${name}.mjs`), LOAD + code);
});

afterAll(() => rmSync(directory, { recursive: true }));

function start(args: readonly string[]): ChildProcess {
  const env = { ...process.env, NODE_OPTIONS: "", XDG_CACHE_HOME: join(directory, "cache") };
  return spawn(process.execPath, args, { cwd: directory, env, stdio: ["ignore", "pipe", "pipe"] });
}

async function ended(child: ChildProcess): Promise<{ stdout: string; stderr: string; end: number | string | null }> {
  const closed = new Promise((resolve) => child.once("close", resolve));
  const [stdout, stderr] = await Promise.all([text(child.stdout as never), text(child.stderr as never), closed]);
  return { stdout, stderr, end: child.signalCode ?? child.exitCode };
}

/** Without the line of the module's source that V8 shows first, which begins with another hash. */
const shown = (stderr: string): string =>
  stderr
    .replace(/^wasm:\/\/wasm\/.*:1$/m, "wasm")
    // Node.js adds where a worker's error was emitted to a stack that is a plain property, as a translated one is.
    .replace(/^Emitted 'error' event .*\n(?: {4}at .*\n)*/m, "");

describe("errors that nobody catches have places in the original", () => {
  test.for(Object.keys(PROGRAMS))("%s", async (name, { expect }) => {
    const untraced = await ended(start([`${name}.mjs`]));
    const report = ["-o", join(directory, `${name}.txt`)];
    const commands = [
      ["trace", ...report],
      ["trace", "--pcs", ...report],
      ["coverage", "--temp-directory", `profiles ${name}`, "-r", "none", process.execPath],
    ];
    for (const command of commands) {
      const { stderr, end } = await ended(start([MAIN, ...command, `${name}.mjs`]));
      expect(shown(stderr), command.join(" ")).toBe(shown(untraced.stderr));
      expect(end).toBe(untraced.end);
    }
    if (name !== "frozen error") expect(untraced.stderr).toMatch(/wasm-function\[1\]:0x/);
  });
});

describe("a program that is stuck in code that never returns", () => {
  const TRACE_SAYS =
    /was in code that never returned when SIGTERM came: what it executed is lost, there is no report$/m;
  const COVERAGE_SAYS = /was killed before it could write its profile: what it counted is missing$/m;
  test.for<[string, string[], RegExp, number | string]>([
    ["trace", ["trace"], TRACE_SAYS, "SIGTERM"],
    ["trace, recorded", ["trace", "--pcs"], TRACE_SAYS, "SIGTERM"],
    ["coverage", ["coverage", "--temp-directory", "stuck profiles", process.execPath], COVERAGE_SAYS, 128 + 15],
  ])("ends by one SIGTERM under %s", async ([name, command, message, end], { expect }) => {
    const program = `${name.replace(",", "")}.mjs`;
    writeFileSync(join(directory, program), `${LOAD}forever(7);`);
    const child = start([MAIN, ...command, program]);
    child.stdout?.once("data", () => child.kill("SIGTERM"));
    const { stdout, stderr, end: actual } = await ended(child);
    expect([stdout, actual], stderr).toEqual(["ready\n", end]);
    expect(stderr).toMatch(message);
  });

  test("one that handles the signal takes the time that it takes", async ({ expect }) => {
    const code = `process.on("SIGTERM", () => { setTimeout(() => process.exit(caught(1) ? 4 : 0), 2500); }); f(7); setInterval(() => {}, 1000);`;
    writeFileSync(join(directory, "slow.mjs"), LOAD + code);
    const child = start([MAIN, "trace", "-o", join(directory, "slow.txt"), "slow.mjs"]);
    child.stdout?.once("data", () => child.kill("SIGTERM"));
    const { stderr, end } = await ended(child);
    expect([stderr, end]).toEqual(["", 4]);
  });
});
