/** Jobs for a thread on given files: running them, collecting what they reach, minimising one. */

import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { Crash, TargetModule } from "../../engine.ts";
import { sha1Hex } from "../corpus.ts";
import { Features } from "../features.ts";
import { cleanse, minimize } from "../minimize.ts";
import { REQUEST_STOP } from "./control.ts";
import { readInputs, writeAtomically } from "./files.ts";
import { crashFinding, saveInput } from "./findings.ts";
import type { ModuleMap } from "./job.ts";
import { post, type Runner, tell } from "./runner.ts";

/** Milliseconds within which a signal arrives that a target sent to its own process. */
const SIGNAL_MILLISECONDS = 50;
/** The most executions for minimising, unless `-runs` sets it. */
const MINIMIZE_RUNS = 1_000_000;

/** Runs each file, `-runs` times. @returns the exit code */
export async function runJob(runner: Runner): Promise<number> {
  const { paths, flags } = runner.job;
  runner.announce();
  for (const path of paths) {
    tell({ event: "running", path });
    const input = read(path, runner);
    const start = performance.now();
    for (let round = 0; round < Math.max(1, flags.runs); round++) {
      const outcome = await runner.runToItsEnd(input);
      if (outcome.kind === "ok") continue;
      const saved = flags.exact_artifact_path === "" ? undefined : saveInput("crash", input, flags);
      const finding = crashFinding(input, outcome.crash, saved, { mutations: [], base: undefined });
      tell({ event: "finding", finding, isDuplicate: false });
      return flags.error_exitcode;
    }
    tell({ event: "ran", path, bytes: input.length, milliseconds: performance.now() - start });
  }
  await sleep(SIGNAL_MILLISECONDS);
  tell({
    event: "note",
    text: "***\n*** NOTE: fuzzing was not performed, you have only\n***       executed the target code on a fixed set of inputs.\n***",
  });
  return 0;
}

/** Runs the one input, in a state that no other input has affected. @returns an exit code, 0 if it did not crash */
export async function verifyJob(runner: Runner): Promise<number> {
  const [input = new Uint8Array(0)] = runner.job.inputs;
  const outcome = await runner.runToItsEnd(input.subarray(0, runner.target.maxInputBytes));
  await sleep(SIGNAL_MILLISECONDS);
  return outcome.kind === "ok" ? 0 : runner.job.flags.error_exitcode;
}

/** Reports what each file reaches. Files on which the target fails reach nothing that is worth keeping. */
export async function collectJob(runner: Runner): Promise<number> {
  const { target, job } = runner;
  const features = Features.create(target);
  for (const [index, path] of job.paths.entries()) {
    post({ begins: index });
    features.clear();
    const [file] = readInputs([path]);
    const outcome = file && (await runner.run(file.bytes.subarray(0, target.maxInputBytes)));
    // Collecting makes the tables of instances that were created during the execution.
    features.collect(false);
    post({ reached: index, features: outcome?.kind === "ok" ? features.list() : undefined });
  }
  post({ modules: target.modules.map(mapModule) });
  return 0;
}

/** Makes the one file smaller. @returns the exit code */
export async function minimizeJob(runner: Runner): Promise<number> {
  const { flags, paths, kind } = runner.job;
  const path = paths[0] ?? "";
  const input = read(path, runner);
  tell({ event: "note", text: `CRASH_MIN: minimizing crash input: '${path}' (${input.length} bytes)` });
  const first = await runner.run(input);
  if (first.kind === "ok") {
    tell({ event: "note", text: `ERROR: the input ${path} did not crash` });
    return 1;
  }
  let runs = 0;
  let saved = path;
  const most = flags.runs > 0 ? flags.runs : MINIMIZE_RUNS;
  const goOn = (): boolean => runs < most && (runner.control.takeRequests() & REQUEST_STOP) === 0;
  const check = async (candidate: Uint8Array<ArrayBuffer>): Promise<boolean> => {
    runs++;
    const outcome = await runner.run(candidate);
    return outcome.kind === "crash" && isSame(outcome.crash, first.crash);
  };
  const onBetter = (better: Uint8Array<ArrayBuffer>): void => {
    saved = flags.exact_artifact_path || `${flags.artifact_prefix}minimized-from-${sha1Hex(input)}`;
    writeAtomically(saved, better, false);
    if (kind === "minimize") tell({ event: "minimized", path: saved, bytes: better.length, last: false });
  };
  const best = await (kind === "minimize" ? minimize : cleanse)(input, check, { goOn, onBetter });
  if (saved !== path) writeAtomically(saved, best, true);
  if (kind === "minimize") tell({ event: "minimized", path: saved, bytes: best.length, last: true });
  else tell({ event: "note", text: `CLEANSE: ${saved} (${best.length} bytes)` });
  return 0;
}

/** Whether reason and function are the same; only the reason, for a stack overflow, whose place is chance. */
function isSame(a: Crash, b: Crash): boolean {
  return a.reason === b.reason && (a.reason === "stack overflow" || a.frames[0]?.name === b.frames[0]?.name);
}

function read(path: string, { target }: Runner): Uint8Array<ArrayBuffer> {
  return new Uint8Array(readFileSync(path).subarray(0, target.maxInputBytes));
}

function mapModule(module: TargetModule): ModuleMap {
  const functions = Array.from(module.pcs, (pc) => {
    const index = module.functionOf(pc);
    return index === undefined ? "?" : module.functionName(index);
  });
  return { name: module.name, functions, pcs: module.pcs, source: module.source };
}
