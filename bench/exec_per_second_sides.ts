/** The engines: each fuzzes a target for some seconds and says how many executions a second that were. */

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { BenchTarget } from "./exec_per_second_targets.ts";

/** Why a side has no figure. */
export interface LeftOut {
  readonly leftOut: string;
}

/** @returns executions per second */
export type Side = (target: BenchTarget, seconds: number, directory: string) => number | LeftOut;

const MAIN = fileURLToPath(new URL("../dist/cli/main.js", import.meta.url));
const MAX_BYTES = "200";

export const SIDES: Readonly<Record<string, Side>> = {
  "libFuzzer, native": ({ native, seed }, seconds, directory) =>
    native === undefined ? { leftOut: "it is not built" } : libFuzzer(native, [], seed, seconds, directory),
  "libFuzzer adapter": ({ module, seed, allowlist }, seconds, directory) =>
    libFuzzer(process.execPath, [MAIN, "libfuzzer", ...sameCode(allowlist), module], seed, seconds, directory),
  "built-in engine": ({ module, seed, allowlist }, seconds, directory) =>
    libFuzzer(process.execPath, [MAIN, "fuzz", module, ...sameCode(allowlist)], seed, seconds, directory),
  "built-in, and its libc": ({ module, seed, allowlist }, seconds, directory) =>
    allowlist === undefined
      ? { leftOut: "it has none" }
      : libFuzzer(process.execPath, [MAIN, "fuzz", module], seed, seconds, directory),
  "AFL++ adapter": afl([]),
  "AFL++ adapter, no CmpLog": afl(["--no-cmplog"]),
};

/** What is instrumented natively. */
function sameCode(allowlist: string | undefined): string[] {
  return allowlist === undefined ? [] : ["--allowlist", allowlist];
}

/** Whatever has libFuzzer's command line and its final statistics. */
function libFuzzer(
  program: string,
  args: readonly string[],
  seed: Uint8Array,
  seconds: number,
  directory: string,
): number | LeftOut {
  const corpus = seedDirectory(seed, directory);
  const flags = [`-max_total_time=${seconds}`, `-max_len=${MAX_BYTES}`, "-seed=1", "-print_final_stats=1"];
  const { status, stderr } = spawnSync(program, [...args, ...flags, corpus], { encoding: "utf8", maxBuffer: 1 << 28 });
  const runs = Number(/^Done (\d+) runs in/m.exec(stderr)?.[1] ?? Number.NaN);
  if (status !== 0 || Number.isNaN(runs)) return { leftOut: lastLine(stderr) };
  const rate = Number(/^stat::average_exec_per_sec: +(\d+)/m.exec(stderr)?.[1] ?? Number.NaN);
  return Number.isNaN(rate) ? runs / seconds : rate;
}

function afl(options: readonly string[]): Side {
  return ({ module, seed, allowlist }, seconds, directory) => {
    const output = mkdtempSync(join(directory, "afl-"));
    const flags = [
      "-V",
      String(seconds),
      "-G",
      MAX_BYTES,
      "-s",
      "1",
      "-i",
      seedDirectory(seed, directory),
      "-o",
      output,
    ];
    const env = { ...process.env, AFL_NO_UI: "1", AFL_NO_AFFINITY: "1", AFL_SKIP_CPUFREQ: "1" };
    const args = [MAIN, "afl", ...options, ...flags, module, ...sameCode(allowlist)];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8", env, maxBuffer: 1 << 28 });
    if (status !== 0) return { leftOut: lastLine(stderr) || lastLine(stdout) };
    const stats = readFileSync(join(output, "default", "fuzzer_stats"), "utf8");
    return Number(/^execs_per_sec +: ([\d.]+)/m.exec(stats)?.[1] ?? Number.NaN);
  };
}

/** A directory of its own with the seed in it: engines write to it. */
function seedDirectory(seed: Uint8Array, directory: string): string {
  const path = mkdtempSync(join(directory, "seeds-"));
  writeFileSync(join(path, "seed"), seed);
  return path;
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1) ?? "";
}
