/** The engines that are compared, each as a program that fuzzes with a seed. */

import { spawnSync } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { CompareTarget } from "./fuzz_compare_targets.ts";

export const ENGINES = ["built-in", "built-in, value profile", "libFuzzer", "libFuzzer, value profile"] as const;
export type Engine = (typeof ENGINES)[number];

const MAIN = fileURLToPath(new URL("../dist/cli/main.js", import.meta.url));
/** Exit code of a crash. */
const CRASHED = 77;

/** @returns executions until the bug was found; undefined: it was not */
export function runToBug(
  engine: Engine,
  target: CompareTarget,
  seed: number,
  runs: number,
  directory: string,
): number | undefined {
  const artifacts = mkdtempSync(join(directory, "found-"));
  const flags = [`-seed=${seed}`, `-runs=${runs}`, "-print_final_stats=1", `-artifact_prefix=${artifacts}/`];
  const { status, stderr } = start(engine, target, flags);
  if (status !== CRASHED) return undefined;
  const executed = /number_of_executed_units: (\d+)/.exec(stderr)?.[1];
  return executed === undefined ? undefined : Number(executed);
}

/** Fuzzes for some time; the corpus is what it leaves. */
export function fuzzFor(engine: Engine, target: CompareTarget, seed: number, seconds: number, corpus: string): void {
  start(engine, target, [`-seed=${seed}`, `-max_total_time=${seconds}`, `-artifact_prefix=${corpus}-`, corpus]);
}

/** Edges that a corpus reaches in the instrumented module, whoever found it. */
export function edgesOf(target: CompareTarget, corpus: string): number {
  const args = [MAIN, "corpus", "coverage", "--json", "--all-functions", target.module, corpus];
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8", maxBuffer: 1 << 28 });
  if (stdout === "") throw new Error(`the corpus of ${target.name} cannot be measured: ${stderr}`);
  return (JSON.parse(stdout) as { edges: { reached: number } }).edges.reached;
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
