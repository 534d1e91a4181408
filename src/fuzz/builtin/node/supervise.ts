/** A campaign in one process: threads one after the other, as long as what ends them is to be ignored. */

import type { Figures, Finding, FuzzEvent } from "../events.ts";
import type { EngineFlags } from "../flags.ts";
import { Control } from "./control.ts";
import { limitFinding, saveInput } from "./findings.ts";
import type { Job, Message } from "./job.ts";
import { type Ending, type WatchLimits, watch } from "./watch.ts";

/** What a user wants done. */
export interface CampaignPlan extends Omit<Job, "control" | "inputs" | "runsBefore" | "knownKeys"> {
  /** Seconds that loading and initialisation of the target may take. */
  readonly initTimeout: number;
  readonly ignoreTimeouts: boolean;
  readonly ignoreOoms: boolean;
  /** Bytes of the longest input that can be saved when a thread has to be ended. */
  readonly capacityBytes: number;
}

export interface CampaignHandlers {
  onEvent(event: FuzzEvent): void;
  /** Everything else that a thread says. */
  onMessage(message: Message): void;
  /** Called several times a second. @param runs executions so far */
  onLook(runs: number): void;
}

export const EXIT_OUT_OF_MEMORY = 71;
export const EXIT_INTERRUPTED = 72;

/** It could not begin, or go on; the message is for the user. */
export class CampaignError extends Error {
  override readonly name = "CampaignError";
}

/**
 * Runs a campaign to its end.
 *
 * @returns the exit code of libFuzzer
 * @throws {CampaignError} the target cannot be opened, never ends its initialisation, …
 */
export async function supervise(
  plan: CampaignPlan,
  handlers: CampaignHandlers,
  interrupt: AbortSignal = new AbortController().signal,
): Promise<number> {
  const campaign = new Supervisor(plan, handlers, interrupt);
  for (;;) {
    const exitCode = await campaign.runThread();
    if (exitCode === undefined) continue;
    campaign.printStats();
    return exitCode;
  }
}

class Supervisor {
  readonly #plan: CampaignPlan;
  readonly #handlers: CampaignHandlers;
  readonly #interrupt: AbortSignal;
  readonly #control: Control;
  readonly #started = performance.now();
  readonly #kept: Uint8Array[] = [];
  readonly #knownKeys = new Set<string>();
  #threads = 0;
  #figures: Figures | undefined;
  #findings = 0;
  #longestSeconds = 0;

  constructor(plan: CampaignPlan, handlers: CampaignHandlers, interrupt: AbortSignal) {
    this.#plan = plan;
    this.#handlers = handlers;
    this.#interrupt = interrupt;
    this.#control = Control.create(plan.capacityBytes);
  }

  /** One thread from beginning to end. @returns the exit code; undefined: another one is to go on */
  async runThread(): Promise<number | undefined> {
    const { initTimeout, ignoreTimeouts, ignoreOoms, capacityBytes, ...job } = this.#plan;
    const ending = await watch(
      {
        ...job,
        seed: job.seed + this.#threads++,
        inputs: this.#kept,
        runsBefore: this.#control.runs,
        knownKeys: [...this.#knownKeys],
        control: this.#control.buffer,
      },
      this.#control,
      this.#limits(),
      {
        onMessage: (message) => this.#take(message),
        onSlow: (seconds) => this.#report("slow-unit", "", seconds),
        onLook: (seconds) => this.#look(seconds),
      },
      this.#interrupt,
    );
    return this.#conclude(ending);
  }

  /** The figures at the end, if they were asked for. */
  printStats(): void {
    if (!this.#plan.flags.print_final_stats || this.#figures === undefined) return;
    const figures = { ...this.#figures, runs: this.#control.runs, seconds: this.#elapsed() };
    this.#tell({ event: "stats", figures, findings: this.#findings, longestSeconds: this.#longestSeconds });
  }

  #take(message: Message): void {
    if ("kept" in message) this.#kept.push(message.kept);
    else if ("figures" in message) this.#figures = message.figures;
    else if ("event" in message) this.#tell(message.event);
    else this.#handlers.onMessage(message);
  }

  #tell(event: FuzzEvent): void {
    if (event.event === "finding") {
      this.#knownKeys.add(event.finding.key);
      this.#findings++;
    } else if (event.event !== "stats" && "figures" in event) this.#figures = event.figures;
    this.#handlers.onEvent(event);
  }

  #look(seconds: number): void {
    this.#longestSeconds = Math.max(this.#longestSeconds, seconds);
    this.#handlers.onLook(this.#control.runs);
  }

  #conclude(ending: Ending): number | undefined {
    const { flags } = this.#plan;
    switch (ending.kind) {
      case "exit":
        return ending.exitCode;
      case "failure":
        throw new CampaignError(ending.message);
      case "init-timeout":
        throw new CampaignError(
          `${this.#plan.targetPath}: its initialisation did not end in ${this.#plan.initTimeout} seconds (--init-timeout)`,
        );
      case "timeout":
        this.#report("timeout", String(flags.timeout), ending.seconds);
        return this.#goOn(this.#plan.ignoreTimeouts, flags.timeout_exitcode);
      case "oom":
        this.#report("oom", `used: ${Math.round(ending.rssMb)}Mb; limit: ${flags.rss_limit_mb}Mb`, ending.seconds);
        return this.#goOn(this.#plan.ignoreOoms, EXIT_OUT_OF_MEMORY);
      case "gone":
        this.#reportExit(ending.exitCode);
        return this.#goOn(flags.ignore_crashes !== 0, flags.error_exitcode);
      case "stopped":
        return 0;
      case "interrupted":
        this.#tell({ event: "note", text: "libFuzzer: run interrupted; exiting" });
        return EXIT_INTERRUPTED;
    }
  }

  /** Saves the input of the thread, which has ended or will be, and says so. */
  #report(kind: "timeout" | "oom" | "slow-unit", reason: string, seconds: number): void {
    const input = this.#control.input();
    const finding = limitFinding(kind, input, reason, this.#save(kind, input), seconds);
    this.#tell({ event: "finding", finding, isDuplicate: false });
  }

  /** The target ended its thread: `process.exit()` in a program. */
  #reportExit(exitCode: number): void {
    const input = this.#control.input();
    const reason = `exit ${exitCode}`;
    const isDuplicate = this.#knownKeys.has(reason);
    this.#knownKeys.add(reason);
    const path = isDuplicate ? undefined : this.#save("crash", input);
    const finding = { ...limitFinding("slow-unit", input, reason, path, 0), kind: "crash" as const, key: reason };
    this.#tell({ event: "finding", finding, isDuplicate });
  }

  /** What runs a file needs no copy of it, unless it is asked for. */
  #save(kind: Finding["kind"], input: Uint8Array): string | undefined {
    const { flags, kind: job } = this.#plan;
    if (job !== "fuzz" && flags.exact_artifact_path === "") return undefined;
    return saveInput(kind, input, flags);
  }

  /** @returns the exit code; undefined: with another thread */
  #goOn(isIgnored: boolean, exitCode: number): number | undefined {
    if (!isIgnored) return exitCode;
    return this.#hasTime() ? undefined : 0;
  }

  #hasTime(): boolean {
    const { max_total_time: total, runs } = this.#plan.flags;
    if (runs >= 0 && this.#control.runs >= runs) return false;
    return total === 0 || this.#elapsed() < total;
  }

  #elapsed(): number {
    return (performance.now() - this.#started) / 1000;
  }

  #limits(): WatchLimits {
    const { flags, initTimeout, kind, outputDirectory } = this.#plan;
    return {
      timeout: flags.timeout || Number.POSITIVE_INFINITY,
      slow: flags.report_slow_units,
      initTimeout,
      rssMb: flags.rss_limit_mb,
      total: flags.max_total_time === 0 ? 0 : Math.max(0.1, flags.max_total_time - this.#elapsed()),
      reload: kind === "fuzz" && outputDirectory !== undefined ? flags.reload : 0,
    };
  }
}

/** The seed to use for a seed of the user's: 0 asks for another one each time. */
export function seedOf(flags: EngineFlags): number {
  return flags.seed !== 0 ? flags.seed : 1 + Math.floor(Math.random() * 0xfffffffe);
}
