/** Targets for the adapters, and running the command line on them. */

import { type SpawnOptions, spawn, spawnSync } from "node:child_process";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { temporaryFile } from "./fuzz_target.ts";
import { wat } from "./wat.ts";

export const MAIN: string = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

/** The body of a fuzz function over `$p` and `$n`, as a module in a file. @returns its path */
export function writeTarget(body: string): string {
  const module = `(module
    (memory (export "memory") 32)
    (func (export "malloc") (param i32) (result i32) (i32.const 1024))
    (func (export "LLVMFuzzerTestOneInput") (param $p i32) (param $n i32) (result i32) ${body} (i32.const 0)))`;
  return temporaryFile("target.wasm", wat(module, true));
}

/** Crashes for a magic number of four bytes and a fifth that is B. */
export const MAGIC = `
  (if (i32.lt_u (local.get $n) (i32.const 5)) (then (return (i32.const 0))))
  (if (i32.eq (i32.load (local.get $p)) (i32.const 0x1badf00d)) (then
    (if (i32.eq (i32.load8_u offset=4 (local.get $p)) (i32.const 0x42)) (then unreachable))))`;

/** Does not return for an input that begins with H, and traps for one with T; Y is rejected. */
export const LETTERS = `
  (local $first i32)
  (local.set $first (i32.load8_u (local.get $p)))
  (if (i32.eq (local.get $first) (i32.const 0x48)) (then (loop $for_ever (br $for_ever))))
  (if (i32.eq (local.get $first) (i32.const 0x54)) (then unreachable))
  (if (i32.eq (local.get $first) (i32.const 0x59)) (then (return (i32.const -1))))`;

/** How a program ended. */
export interface Ended {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly output: string;
}

/** Runs a program to its end. `output` is what it printed on both streams. */
export async function runProgram(program: string, args: readonly string[], options: SpawnOptions = {}): Promise<Ended> {
  const child = spawn(program, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
  const end = new Promise<{ status: number | null; signal: NodeJS.Signals | null }>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (status, signal) => resolve({ status, signal }));
  });
  const [out, err] = await Promise.all([child.stdout, child.stderr].map((stream) => stream && text(stream)));
  return { ...(await end), output: `${out}${err}` };
}

/** Runs `wasm-kcov`. */
export function runCommand(args: readonly string[], options: SpawnOptions = {}): Promise<Ended> {
  return runProgram(process.execPath, [MAIN, ...args], options);
}

/** Whether a program is installed; says so if not. */
export function isInstalled(program: string, question: string, consequence: string): boolean {
  const { error } = spawnSync(program, [question], { stdio: "ignore" });
  if (error) process.stderr.write(`${program} is not installed: ${consequence}\n`);
  return error === undefined;
}
