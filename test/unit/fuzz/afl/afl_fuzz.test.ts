/** The tools of AFL++ on targets, where they are installed. */

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  isInstalled,
  LETTERS,
  MAGIC,
  MAIN,
  runCommand,
  runProgram,
  writeTarget,
} from "../../../support/fuzz_programs.ts";

const hasAfl = isInstalled("afl-fuzz", "-h", "the adapter is not tried with AFL++ itself");

const CRASH = Buffer.from("\x0d\xf0\xad\x1bB and more", "latin1");
const CRASH_STATUS = 2;

let directory = "";
const at = (...path: string[]): string => join(directory, ...path);

/** For machines with few cores and no terminal. */
const env = {
  ...process.env,
  AFL_NO_UI: "1",
  AFL_NO_AFFINITY: "1",
  AFL_SKIP_CPUFREQ: "1",
  AFL_SKIP_BIN_CHECK: "1",
  AFL_FORKSRV_INIT_TMOUT: "60000",
};

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "wasm-kcov-afl-"));
  writeFileSync(at("crash"), CRASH);
  writeFileSync(at("seed"), "hello world");
});

afterAll(() => rmSync(directory, { recursive: true }));

function seeds(name: string, contents: string | Uint8Array): string {
  const path = mkdtempSync(at(`${name}-`));
  writeFileSync(join(path, "seed"), contents);
  return path;
}

/** Inputs that a run saved, without the file that explains them. */
function saved(...path: string[]): string[] {
  return readdirSync(at(...path)).filter((name) => name.startsWith("id:"));
}

test.skipIf(!hasAfl)("a magic number that nothing but CmpLog tells is found", async () => {
  const target = writeTarget(MAGIC);
  // The module's own dictionary has it too.
  const options = { env: { ...env, AFL_NO_AUTODICT: "1", AFL_BENCH_UNTIL_CRASH: "1" } };
  const args = ["afl", "-E", "20000", "-i", seeds("in", "hello world"), "-o", at("cmplog"), target];
  const { output } = await runCommand(args, options);
  expect(saved("cmplog", "default", "crashes"), output).toHaveLength(1);
  const [crash = ""] = saved("cmplog", "default", "crashes");
  expect(readFileSync(at("cmplog", "default", "crashes", crash)).subarray(0, 5)).toEqual(CRASH.subarray(0, 5));
});

test.skipIf(!hasAfl)("a hang is saved", async () => {
  const args = ["afl", "--no-cmplog", "-V", "10", "-t", "100", "-i", seeds("in", "IIII"), "-o", at("hang")];
  const { output } = await runCommand([...args, writeTarget(LETTERS)], { env });
  const [hang = "none"] = saved("hang", "default", "hangs");
  expect(hang, output).not.toBe("none");
  expect(readFileSync(at("hang", "default", "hangs", hang)).toString("latin1")[0]).toBe("H");
});

test.skipIf(!hasAfl)("two processes of one campaign share what they find", async () => {
  // What the second one gets, it cannot find by itself: eight bytes at once, and it does not see comparisons.
  const target = writeTarget(`
    (if (i32.lt_u (local.get $n) (i32.const 8)) (then (return (i32.const 0))))
    (if (i64.eq (i64.load (local.get $p)) (i64.const 0x1122334455667788)) (then (return (i32.const 0))))`);
  const key = Buffer.from("8877665544332211", "hex");
  const blind = { ...env, AFL_NO_AUTODICT: "1", AFL_IMPORT_FIRST: "1", AFL_SYNC_TIME: "1" };
  const common = ["afl", "--no-cmplog", "-E", "30000", "-o", at("shared")];
  await runCommand([...common, "-i", seeds("in", key), "-M", "first", target], { env: blind });
  const second = await runCommand([...common, "-i", seeds("in", "hello world"), "-S", "second", target], {
    env: blind,
  });
  const imported = saved("shared", "second", "queue").filter((name) => name.includes("sync:first"));
  expect(
    imported.map((name) => readFileSync(at("shared", "second", "queue", name))),
    second.output,
  ).toContainEqual(key);
});

test.skipIf(!hasAfl)("afl-showmap shows edges and crashes", async () => {
  const target = writeTarget(MAGIC);
  const show = async (input: string) => {
    const args = ["-t", "30000", "-o", at("map"), "--", process.execPath, MAIN, "afl-target", target, "@@"];
    const { status } = await runProgram("afl-showmap", args.with(-1, input), { env });
    return { status, map: readFileSync(at("map"), "utf8") };
  };
  const fine = await show(at("seed"));
  const crashing = await show(at("crash"));
  expect(fine.status).toBe(0);
  expect(fine.map).toMatch(/^(\d{6}:\d+\n){2,}$/);
  expect(crashing.status).toBe(CRASH_STATUS);
  expect(crashing.map).not.toBe(fine.map);
});

test.skipIf(!hasAfl)("afl-tmin makes a crash smaller", async () => {
  const args = ["-i", at("crash"), "-o", at("small"), "--", process.execPath, MAIN, "afl-target", writeTarget(MAGIC)];
  const { status, output } = await runProgram("afl-tmin", ["-t", "30000", ...args], { env });
  expect(status, output).toBe(0);
  expect(readFileSync(at("small"))).toEqual(CRASH.subarray(0, 5));
});

test("without afl-fuzz there is one line that says what to install", async () => {
  const { status, output } = await runCommand([
    "afl",
    "--afl-fuzz",
    "no-such-program",
    "-i",
    "a",
    "-o",
    "b",
    writeTarget(MAGIC),
  ]);
  expect(status).toBe(1);
  expect(output).toBe(
    "wasm-kcov: no-such-program is not installed: on Debian and Ubuntu apt-get install afl++, or see aflplus.plus\n",
  );
});

test("without a fork server a target runs once, and a crash ends it by a signal", async () => {
  const target = writeTarget(MAGIC);
  expect(await runCommand(["afl-target", target, at("seed")])).toEqual({ status: 0, signal: null, output: "" });
  const { signal, output } = await runCommand(["afl-target", target, at("crash")]);
  expect(signal).toBe("SIGABRT");
  expect(output).toMatch(/: unreachable\n {4}in LLVMFuzzerTestOneInput/);
});

test.each([
  [["afl", "-i", "a", "-o", "b"], 2, "wasm-kcov: name the target: wasm-kcov afl -i in -o out TARGET\n"],
  [["afl", "-m", "50", "t.wasm"], 2, "wasm-kcov: -m 50: Node.js reserves more address space than that; leave -m out\n"],
])("%j", async (args, status, output) => {
  expect(await runCommand(args)).toEqual({ status, signal: null, output });
});
