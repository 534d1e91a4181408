/** `-fork` and `-jobs`: several processes that fuzz one corpus, which they share through its directory. */

import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Figures, Finding, FuzzEvent } from "../../fuzz/builtin/events.ts";
import type { CampaignPlan } from "../../fuzz/builtin/node/campaign_plan.ts";
import { EXIT_INTERRUPTED, EXIT_OUT_OF_MEMORY } from "../../fuzz/builtin/node/supervise.ts";
import { say } from "../io.ts";
import type { Screen } from "./screen.ts";

/** Seconds between summaries of all processes. */
const SUMMARY_SECONDS = 5;
/** After so many processes in a row that ended without having run anything, fuzzing is given up. */
const MAX_IDLE_ENDS = 3;

/** Runs `-fork` processes, each restarted if what ended it is to be ignored. @returns the exit code */
export async function runFork(plan: CampaignPlan, screen: Screen, interrupt: AbortSignal): Promise<number> {
  const temporary = plan.paths.length === 0 ? mkdtempSync(join(tmpdir(), "wasm-kcov-corpus-")) : undefined;
  const fork = new Fork(plan, screen, temporary);
  interrupt.addEventListener("abort", () => fork.stop(EXIT_INTERRUPTED), { once: true });
  const timer = setInterval(() => fork.summarize(), 1000 * SUMMARY_SECONDS);
  try {
    const slots = Array.from({ length: plan.flags.fork }, (_, slot) => fork.runSlot(slot));
    await Promise.all(slots);
    fork.summarize();
    return fork.exitCode;
  } finally {
    clearInterval(timer);
    if (temporary !== undefined) rmSync(temporary, { recursive: true, force: true });
  }
}

class Fork {
  exitCode = 0;
  readonly #plan: CampaignPlan;
  readonly #screen: Screen;
  readonly #temporary: string | undefined;
  readonly #started = performance.now();
  readonly #children = new Set<ChildProcess>();
  /** Each process's latest figures, and the number of executions of its predecessors. */
  readonly #figures = new Map<number, Figures>();
  readonly #runsBefore = new Map<number, number>();
  readonly #keys = new Set<string>();
  /** The highest figures of any process, including those that are gone: they share their corpus. */
  #most = { edges: 0, features: 0, inputs: 0 };
  readonly #counts = { crash: 0, timeout: 0, oom: 0, "slow-unit": 0 };
  #jobs = 0;
  #stopped = false;

  constructor(plan: CampaignPlan, screen: Screen, temporary: string | undefined) {
    this.#plan = plan;
    this.#screen = screen;
    this.#temporary = temporary;
  }

  /** Keeps one process running until it, or everything, is done. */
  async runSlot(slot: number): Promise<void> {
    let idleEnds = 0;
    while (!this.#stopped) {
      const before = this.#figures.get(slot)?.runs ?? 0;
      const exitCode = await this.#runChild(slot);
      const runs = this.#figures.get(slot)?.runs ?? 0;
      this.#runsBefore.set(slot, (this.#runsBefore.get(slot) ?? 0) + runs);
      this.#figures.delete(slot);
      idleEnds = runs > before ? 0 : idleEnds + 1;
      if (this.#stopped || exitCode === 0 || (this.#isOver() && this.#isIgnored(exitCode))) return;
      if (!this.#isIgnored(exitCode) || idleEnds >= MAX_IDLE_ENDS) this.stop(exitCode ?? 1);
    }
  }

  /** Ends all processes. */
  stop(exitCode: number): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.exitCode = exitCode;
    for (const child of this.#children) child.kill("SIGTERM");
  }

  summarize(): void {
    const all = [...this.#figures.values()];
    const runs = [...this.#runsBefore.values(), ...all.map((each) => each.runs)].reduce((sum, each) => sum + each, 0);
    const seconds = (performance.now() - this.#started) / 1000;
    const { oom, timeout, crash } = this.#counts;
    const text =
      `#${runs}: cov: ${this.#most.edges} ft: ${this.#most.features} ` +
      `corp: ${this.#most.inputs} exec/s: ${Math.round(runs / seconds)} ` +
      `oom/timeout/crash: ${oom}/${timeout}/${crash} time: ${Math.round(seconds)}s job: ${this.#jobs}`;
    this.#screen.onEvent({ event: "note", text });
  }

  #isOver(): boolean {
    const { max_total_time: total } = this.#plan.flags;
    return total > 0 && (performance.now() - this.#started) / 1000 >= total;
  }

  async #runChild(slot: number): Promise<number | null> {
    const child = spawn(process.execPath, this.#arguments(slot), { stdio: ["ignore", "pipe", "inherit"] });
    this.#children.add(child);
    const ended = new Promise<number | null>((resolve) => child.once("close", (exitCode) => resolve(exitCode)));
    if (child.stdout === null) throw new Error("a process without standard output");
    const lines = createInterface({ input: child.stdout });
    lines.on("line", (line) => this.#take(slot, JSON.parse(line) as FuzzEvent));
    const exitCode = await ended;
    this.#children.delete(child);
    return exitCode;
  }

  /** This process's command line with changes at its end: if a flag is given several times, the last one counts. */
  #arguments(slot: number): string[] {
    const { flags, seed } = this.#plan;
    const job = this.#jobs++;
    const elapsed = (performance.now() - this.#started) / 1000;
    const own = ["-fork=0", `-seed=${seed + job * flags.fork + slot}`, "-reload=1", "--json"];
    if (flags.max_total_time > 0) own.push(`-max_total_time=${Math.max(1, Math.ceil(flags.max_total_time - elapsed))}`);
    if (flags.runs > 0) own.push(`-runs=${Math.ceil(flags.runs / flags.fork)}`);
    for (const name of ["ignore_timeouts", "ignore_ooms"] as const) own.push(`-${name}=${flags[name]}`);
    if (this.#temporary !== undefined) own.push(this.#temporary);
    return [...process.execArgv, ...process.argv.slice(1), ...own];
  }

  #take(slot: number, event: FuzzEvent): void {
    if ("figures" in event) this.#note(slot, event.figures);
    if (event.event !== "finding") return;
    const finding: Finding = { ...event.finding, input: fromBase64(event.finding.input as unknown as string) };
    const isDuplicate = event.isDuplicate || this.#keys.has(finding.key);
    this.#counts[finding.kind]++;
    this.#keys.add(finding.key);
    this.#screen.onEvent({ event: "finding", finding, isDuplicate });
  }

  #note(slot: number, figures: Figures): void {
    this.#figures.set(slot, figures);
    const { edges, features, inputs } = this.#most;
    this.#most = {
      edges: Math.max(edges, figures.edges),
      features: Math.max(features, figures.features),
      inputs: Math.max(inputs, figures.inputs),
    };
  }

  /** Whether to go on after a process ended. One that was killed (null) is not a finding. */
  #isIgnored(exitCode: number | null): boolean {
    const { flags } = this.#plan;
    if (exitCode === null) return true;
    if (exitCode === flags.error_exitcode) return flags.ignore_crashes !== 0;
    if (exitCode === flags.timeout_exitcode) return flags.ignore_timeouts !== 0;
    return exitCode === EXIT_OUT_OF_MEMORY && flags.ignore_ooms !== 0;
  }
}

/**
 * Runs `-jobs` jobs, `-workers` at a time, each with a log of its own, which is shown when it is done.
 *
 * @returns 1 if any found something, else 0
 */
export async function runJobs(plan: CampaignPlan, screen: Screen, interrupt: AbortSignal): Promise<number> {
  const { jobs, workers } = plan.flags;
  const atOnce = workers > 0 ? workers : Math.max(1, Math.floor(availableParallelism() / 2));
  let next = 0;
  let failed = false;
  const work = async (): Promise<void> => {
    while (next < jobs && !interrupt.aborted) {
      const job = next++;
      const exitCode = await runJob(plan, job, interrupt);
      failed ||= exitCode !== 0;
      const log = readFileSync(logOf(job), "utf8").trimEnd();
      const text = `================== Job ${job} exited with exit code ${exitCode} ============\n${log}`;
      screen.onEvent({ event: "note", text });
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, jobs) }, work));
  if (interrupt.aborted) return EXIT_INTERRUPTED;
  return failed ? 1 : 0;
}

async function runJob(plan: CampaignPlan, job: number, interrupt: AbortSignal): Promise<number | null> {
  const log = openSync(logOf(job), "w");
  const own = ["-jobs=0", `-seed=${plan.seed + job}`, "-reload=1"];
  say(`job ${job}: ${logOf(job)}`);
  try {
    const args = [...process.execArgv, ...process.argv.slice(1), ...own];
    const child = spawn(process.execPath, args, { stdio: ["ignore", log, log] });
    const stop = (): boolean => child.kill("SIGTERM");
    interrupt.addEventListener("abort", stop, { once: true });
    const exitCode = await new Promise<number | null>((resolve) => child.once("close", (code) => resolve(code)));
    interrupt.removeEventListener("abort", stop);
    return exitCode;
  } finally {
    closeSync(log);
  }
}

function logOf(job: number): string {
  return `fuzz-${job}.log`;
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(Buffer.from(text, "base64"));
}
