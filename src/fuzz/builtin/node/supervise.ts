/** Runs a campaign: one guarded process after another, as long as what ends them is to be ignored. */

import { readFileSync } from "node:fs";
import { sha1Hex } from "../corpus.ts";
import type { Figures, Finding, FuzzEvent, StabilityFigures } from "../events.ts";
import type { EngineFlags } from "../flags.ts";
import type { CampaignPlan } from "./campaign_plan.ts";
import { limitFinding, type SavedInput, saveInput } from "./findings.ts";
import { type GuardedEnding, runGuarded } from "./guard.ts";
import type { Message } from "./job.ts";
import type { JournalPolicy, LastInputs } from "./journal.ts";
import { minimizeApart } from "./minimize_apart.ts";
import { Verifier } from "./verify.ts";
import type { WatchLimits } from "./watch.ts";

export interface CampaignHandlers {
  onEvent(event: FuzzEvent): void;
  /** Called with all other messages of a thread. */
  onMessage(message: Message): void;
  /** Called several times a second. @param runs number of executions so far */
  onLook(runs: number): void;
}

export const EXIT_OUT_OF_MEMORY = 71;
export const EXIT_INTERRUPTED = 72;

/** A campaign could not start, or continue; the message is for the user. */
export class CampaignError extends Error {
  override readonly name = "CampaignError";
}

/**
 * Runs a campaign to its end.
 *
 * @returns the exit code, as from libFuzzer
 * @throws {CampaignError} the target cannot be opened, never ends its initialisation, …
 */
export async function supervise(
  plan: CampaignPlan,
  handlers: CampaignHandlers,
  interrupt: AbortSignal = new AbortController().signal,
): Promise<number> {
  const campaign = new CampaignSupervisor(plan, handlers, interrupt);
  for (;;) {
    const exitCode = await campaign.runProcess();
    if (exitCode === undefined) continue;
    await campaign.conclude();
    return exitCode;
  }
}

class CampaignSupervisor {
  readonly #plan: CampaignPlan;
  readonly #handlers: CampaignHandlers;
  readonly #interrupt: AbortSignal;
  readonly #verifier: Verifier;
  readonly #started = performance.now();
  readonly #kept: Uint8Array[] = [];
  readonly #knownKeys = new Set<string>();
  #policy: JournalPolicy;
  #processes = 0;
  /** Number of executions of earlier processes, and of the current one. */
  #runsBefore = 0;
  #runs = 0;
  #figures: Figures | undefined;
  #stability: StabilityFigures | undefined;
  #findings = 0;
  #longestSeconds = 0;
  /** Inputs that ended a process, or for which it had to be ended: SHA-1, and size in bytes. */
  readonly #deadly = new Map<string, number>();
  /** Whether a process died on an unknown input. */
  #lost = false;

  constructor(plan: CampaignPlan, handlers: CampaignHandlers, interrupt: AbortSignal) {
    this.#plan = plan;
    this.#handlers = handlers;
    this.#interrupt = interrupt;
    this.#policy = policyFor(plan);
    this.#verifier = new Verifier(plan, (event) => this.#tell(event), interrupt);
  }

  /** Runs one process from beginning to end. @returns the exit code; undefined if another process should continue */
  async runProcess(): Promise<number | undefined> {
    const { initTimeout, ignoreTimeouts, ignoreOoms, capacityBytes, ...job } = this.#plan;
    const guarded = await runGuarded(
      {
        ...job,
        seed: job.seed + this.#processes++,
        inputs: this.#kept,
        skipped: [...this.#deadly],
        runsBefore: this.#runsBefore,
        knownKeys: [...this.#knownKeys],
      },
      this.#policy,
      this.#limits(),
      capacityBytes,
      {
        onMessage: (message) => this.#take(message),
        onSlow: (seconds, input) => this.#report("slow-unit", input, "", seconds),
        onLook: (seconds, runs) => this.#look(seconds, runs),
      },
      this.#interrupt,
    );
    this.#runs = guarded.runs;
    const { ending, inputs } = guarded;
    const [last] = typeof inputs === "string" ? [] : inputs;
    if (ending.kind !== "exit" && ending.kind !== "died" && last !== undefined)
      this.#deadly.set(sha1Hex(last), last.length);
    const exitCode =
      ending.kind === "died"
        ? await this.#died(ending.reason, inputs)
        : this.#conclude(ending, last ?? new Uint8Array(0));
    this.#runsBefore += guarded.runs;
    this.#runs = 0;
    // Findings are verified before the next process starts, so that nothing else runs meanwhile.
    await this.#verifier.finish();
    return exitCode;
  }

  /** Prints what is left at the end: whether findings can be reproduced, and the figures if they were asked for. */
  async conclude(): Promise<void> {
    const verified = await this.#verifier.finish();
    if (!this.#plan.flags.print_final_stats || this.#figures === undefined) return;
    // Executions that measured stability are not part of the campaign.
    const runs = this.#stability === undefined ? this.#runsBefore : this.#figures.runs;
    const figures = { ...this.#figures, runs, seconds: this.#elapsed() };
    const findings = { findings: this.#findings, ...verified, stability: this.#stability };
    this.#tell({ event: "stats", figures, ...findings, longestSeconds: this.#longestSeconds });
  }

  #take(message: Message): void {
    if ("kept" in message) this.#kept.push(message.kept);
    else if ("figures" in message) this.#figures = message.figures;
    else if ("stability" in message) {
      this.#stability = message.stability;
      this.#tell({ event: "stability", stability: message.stability });
    } else if ("event" in message) this.#tell(message.event);
    else this.#handlers.onMessage(message);
  }

  #tell(event: FuzzEvent): void {
    if (event.event === "finding") {
      this.#knownKeys.add(event.finding.key);
      this.#findings++;
      // Before the first execution, it cannot be the input that uses too much memory.
      if (this.#runs > 0 || event.finding.kind !== "oom") this.#verifier.add(event.finding, event.isDuplicate);
    } else if (event.event !== "stats" && "figures" in event) this.#figures = event.figures;
    this.#handlers.onEvent(event);
  }

  #look(seconds: number, runs: number): void {
    this.#runs = runs;
    this.#longestSeconds = Math.max(this.#longestSeconds, seconds);
    this.#handlers.onLook(this.#runsBefore + runs);
  }

  /** @param ran the input of the last execution */
  #conclude(ending: Exclude<GuardedEnding, { kind: "died" }>, ran: Uint8Array<ArrayBuffer>): number | undefined {
    const { flags } = this.#plan;
    switch (ending.kind) {
      case "exit":
        return this.#lost && ending.exitCode === 0 ? this.#lostExit() : ending.exitCode;
      case "failure":
        throw new CampaignError(ending.message);
      case "init-timeout":
        throw new CampaignError(
          `${this.#plan.targetPath}: its initialisation did not end in ${this.#plan.initTimeout} seconds (--init-timeout)`,
        );
      case "timeout":
        this.#report("timeout", ran, String(flags.timeout), ending.seconds);
        return this.#goOn(this.#plan.ignoreTimeouts, flags.timeout_exitcode);
      case "never-settles":
        this.#tell({ event: "note", text: "The promise of this input is never settled: nothing is left that could" });
        this.#report("timeout", ran, String(flags.timeout), 0);
        return this.#goOn(this.#plan.ignoreTimeouts, flags.timeout_exitcode);
      case "oom":
        this.#report("oom", ran, `used: ${Math.round(ending.rssMb)}Mb; limit: ${flags.rss_limit_mb}Mb`, ending.seconds);
        return this.#goOn(this.#plan.ignoreOoms, EXIT_OUT_OF_MEMORY);
      case "gone":
        this.#reportCrash(ran, `exit ${ending.exitCode}`, this.#knownKeys.has(`exit ${ending.exitCode}`));
        return this.#goOn(flags.ignore_crashes !== 0, flags.error_exitcode);
      case "broken":
        this.#reportCrash(ran, `the engine failed: ${ending.message}`, false);
        return this.#goOn(flags.ignore_crashes !== 0, flags.error_exitcode);
      case "stopped":
        return this.#lost ? this.#lostExit() : 0;
      case "interrupted":
        this.#tell({ event: "note", text: "libFuzzer: run interrupted; exiting" });
        return EXIT_INTERRUPTED;
    }
  }

  async #died(reason: string, inputs: LastInputs): Promise<number | undefined> {
    const { flags, targetPath } = this.#plan;
    if (inputs === "nothing ran") {
      throw new CampaignError(`${targetPath}: the process died before the first input: ${reason}`);
    }
    if (inputs === "unknown") {
      this.#lost = true;
      this.#policy = "always";
      const text = `ERROR: the process died (${reason}), of an input that is not known: executions were too short to keep each of them. Going on with each input kept`;
      this.#tell({ event: "note", text });
      return this.#hasTime() ? undefined : this.#lostExit();
    }
    this.#lost = false;
    const { kind, paths } = this.#plan;
    if (kind === "minimize" || kind === "cleanse") {
      const tell = (event: FuzzEvent): void => this.#tell(event);
      // Which shorter form of the input was running does not matter: the file that the user named is minimised.
      const death = { input: new Uint8Array(readFileSync(paths[0] ?? "")), reason };
      return minimizeApart(this.#plan, death, this.#verifier, tell, () => this.#hasSeconds());
    }
    const input = await this.#deadlyOf(inputs);
    this.#deadly.set(sha1Hex(input), input.length);
    // There is no stack by which to tell bugs apart.
    this.#reportCrash(input, `the process died: ${reason}`, false);
    return this.#goOn(flags.ignore_crashes !== 0, flags.error_exitcode);
  }

  /** Finds out on which of the latest inputs the process died: the first one on which another process dies, too. */
  async #deadlyOf(inputs: readonly Uint8Array<ArrayBuffer>[]): Promise<Uint8Array<ArrayBuffer>> {
    const [last = new Uint8Array(0)] = inputs;
    if (this.#plan.kind !== "fuzz") return last;
    for (const input of inputs) if ((await this.#verifier.endingOf(input)).kind === "died") return input;
    return last;
  }

  /** The end of a campaign in which a process died on an unknown input that was not found again. */
  #lostExit(): number {
    this.#tell({ event: "note", text: "ERROR: a process died, and its input was not found again" });
    return this.#plan.flags.error_exitcode;
  }

  /** Saves and reports an input that exceeded a limit. */
  #report(
    kind: "timeout" | "oom" | "slow-unit",
    input: Uint8Array<ArrayBuffer>,
    reason: string,
    seconds: number,
  ): void {
    const finding = limitFinding(kind, input, reason, this.#save(kind, input), seconds);
    this.#tell({ event: "finding", finding, isDuplicate: false });
  }

  /** Saves and reports an input that ended its thread or process. */
  #reportCrash(input: Uint8Array<ArrayBuffer>, reason: string, isDuplicate: boolean): void {
    const saved = isDuplicate ? undefined : this.#save("crash", input);
    const finding = { ...limitFinding("slow-unit", input, reason, saved, 0), kind: "crash" as const, key: reason };
    this.#tell({ event: "finding", finding, isDuplicate });
  }

  /** Saves an input. Jobs that run given files make no copy, unless asked to. */
  #save(kind: Finding["kind"], input: Uint8Array): SavedInput | undefined {
    const { flags, kind: job } = this.#plan;
    if (job !== "fuzz" && flags.exact_artifact_path === "") return undefined;
    return saveInput(kind, input, flags);
  }

  /** @returns the exit code; undefined if another process should continue */
  #goOn(isIgnored: boolean, exitCode: number): number | undefined {
    if (!isIgnored) return exitCode;
    return this.#hasTime() ? undefined : 0;
  }

  #hasTime(): boolean {
    const { runs } = this.#plan.flags;
    if (runs >= 0 && this.#runsBefore + this.#runs >= runs) return false;
    return this.#hasSeconds();
  }

  #hasSeconds(): boolean {
    const { max_total_time: total } = this.#plan.flags;
    return !this.#interrupt.aborted && (total === 0 || this.#elapsed() < total);
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
      stopFile: flags.stop_file,
    };
  }
}

/** Chooses the policy: a module without any JavaScript of the user's runs fast, and does not end its process. */
function policyFor({ kind, targetKind, target }: CampaignPlan): JournalPolicy {
  const runsAlone = target.importsPath === undefined && targetKind === "module";
  return kind === "fuzz" && runsAlone ? "cheap" : "always";
}

/** The seed to use for `-seed`, where 0 asks for a different one each time. */
export function seedOf(flags: EngineFlags): number {
  return flags.seed !== 0 ? flags.seed : 1 + Math.floor(Math.random() * 0xfffffffe);
}
