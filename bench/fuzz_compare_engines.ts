/** The engines that are compared, each as a program that fuzzes with a seed. */

import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { CompareTarget } from "./fuzz_compare_targets.ts";

export const ENGINES = [
  "built-in",
  "built-in, value profile",
  "libFuzzer",
  "libFuzzer, value profile",
  "AFL++",
] as const;
export type Engine = (typeof ENGINES)[number];

const MAIN = fileURLToPath(new URL("../dist/cli/main.js", import.meta.url));
/** Exit code of a crash. */
const CRASHED = 77;
/** Seconds that AFL++ is given for a bug: its executions are slower than those of the others by far. */
const AFL_SECONDS = 120;
/** AFL++ on any machine, without its screen. */
const AFL_ENV = {
  ...{ AFL_NO_UI: "1", AFL_NO_AFFINITY: "1", AFL_SKIP_CPUFREQ: "1", AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES: "1" },
  ...{ AFL_BENCH_UNTIL_CRASH: "1" },
};

/** Whether a target is there for an engine. */
export function canRun(engine: Engine, target: CompareTarget): boolean {
  return engine !== "AFL++" || target.afl !== undefined;
}

/** @returns executions until the bug was found; undefined: it was not */
export function runToBug(
  engine: Engine,
  target: CompareTarget,
  seed: number,
  runs: number,
  directory: string,
): number | undefined {
  if (engine === "AFL++") {
    const stats = startAfl(target, seed, ["-E", String(runs), "-V", String(AFL_SECONDS)], directory);
    return stats.crashes > 0 ? stats.executions : undefined;
  }
  const artifacts = mkdtempSync(join(directory, "found-"));
  const flags = [`-seed=${seed}`, `-runs=${runs}`, "-print_final_stats=1", `-artifact_prefix=${artifacts}/`];
  const { status, stderr } = start(engine, target, flags);
  if (status !== CRASHED) return undefined;
  const executed = /number_of_executed_units: (\d+)/.exec(stderr)?.[1];
  return executed === undefined ? undefined : Number(executed);
}

/** Fuzzes for some time; the corpus is what it leaves. */
export function fuzzFor(engine: Engine, target: CompareTarget, seed: number, seconds: number, corpus: string): void {
  if (engine === "AFL++") {
    const { queue } = startAfl(target, seed, ["-V", String(seconds)], corpus);
    for (const name of readdirSync(queue)) if (name.startsWith("id:")) cpSync(join(queue, name), join(corpus, name));
    return;
  }
  start(engine, target, [`-seed=${seed}`, `-max_total_time=${seconds}`, `-artifact_prefix=${corpus}-`, corpus]);
}

/** Edges that a corpus reaches in the instrumented module, whoever found it. */
export function edgesOf(target: CompareTarget, corpus: string): number {
  const args = [MAIN, "corpus", "coverage", "--json", "--all-functions", target.module, corpus];
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8", maxBuffer: 1 << 28 });
  if (stdout === "") throw new Error(`the corpus of ${target.name} cannot be measured: ${stderr}`);
  return (JSON.parse(stdout) as { edges: { reached: number } }).edges.reached;
}

/** @param directory where a directory for its output is made */
function startAfl(
  { afl }: CompareTarget,
  seed: number,
  limits: readonly string[],
  directory: string,
): { executions: number; crashes: number; queue: string } {
  const home = mkdtempSync(`${directory}-afl-`);
  const seeds = join(home, "seeds");
  mkdirSync(seeds);
  writeFileSync(join(seeds, "seed"), "\n");
  const { program = "", comparisons = "" } = afl ?? {};
  const args = ["-i", seeds, "-o", home, "-s", String(seed), ...limits, "-c", comparisons, "--", program];
  const { error } = spawnSync("afl-fuzz", args, { stdio: "ignore", env: { ...process.env, ...AFL_ENV } });
  if (error) throw error;
  endLeftOver([program, comparisons]);
  const stats = readFileSync(join(home, "default", "fuzzer_stats"), "utf8");
  const figure = (name: string): number => Number(new RegExp(`^${name} +: (\\d+)`, "m").exec(stats)?.[1]);
  return { executions: figure("execs_done"), crashes: figure("saved_crashes"), queue: join(home, "default", "queue") };
}

/** AFL++ leaves servers of comparisons behind, stopped, in sessions of their own. @param programs paths of their executables */
function endLeftOver(programs: readonly string[]): void {
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      if (programs.includes(readlinkSync(join("/proc", pid, "exe")))) process.kill(Number(pid), "SIGKILL");
    } catch {
      // It has ended, or is another user's.
    }
  }
}

function start(
  engine: Engine,
  target: CompareTarget,
  flags: readonly string[],
): { status: number | null; stderr: string } {
  const profile = engine.endsWith("value profile") ? ["-use_value_profile=1"] : [];
  const [command, ...args] = engine.startsWith("built-in")
    ? [process.execPath, MAIN, "fuzz", target.module]
    : [target.native];
  const { status, stderr, error } = spawnSync(command, [...args, ...profile, ...flags], {
    encoding: "utf8",
    stdio: ["ignore", "ignore", "pipe"],
    maxBuffer: 1 << 28,
  });
  if (error) throw error;
  return { status, stderr };
}
