/** Whether what was found can be found again: each input alone, in a process and a state that no other input was in. */

import type { Finding, FuzzEvent } from "../events.ts";
import type { CampaignPlan } from "./campaign_plan.ts";
import { type Guarded, type GuardedEnding, runGuarded } from "./guard.ts";

/** Findings of a campaign that are run again; the first of each key are. */
const MOST = 64;
/** Seconds of a timeout that are waited for once more. */
const LONGEST_TIMEOUT = 30;

/** What became of the findings that were run again. */
export interface Verified {
  readonly reproduced: number;
  readonly notReproduced: number;
}

export class Verifier {
  readonly #plan: CampaignPlan;
  readonly #tell: (event: FuzzEvent) => void;
  readonly #interrupt: AbortSignal;
  readonly #keys = new Set<string>();
  #reproduced = 0;
  #notReproduced = 0;
  /** Verifications run one after the other while the campaign may go on. */
  #queue: Promise<void> = Promise.resolve();

  constructor(plan: CampaignPlan, tell: (event: FuzzEvent) => void, interrupt: AbortSignal) {
    this.#plan = plan;
    this.#tell = tell;
    this.#interrupt = interrupt;
  }

  /** Runs a finding again when it is its turn. */
  add(finding: Finding, isDuplicate: boolean): void {
    const { kind, flags } = this.#plan;
    if (kind !== "fuzz" || isDuplicate || finding.kind === "slow-unit" || this.#keys.size >= MOST) return;
    if (finding.kind === "timeout" && !(flags.timeout > 0 && flags.timeout <= LONGEST_TIMEOUT)) return;
    if (this.#keys.has(finding.key)) return;
    this.#keys.add(finding.key);
    this.#queue = this.#queue.then(() => this.#verify(finding));
  }

  async finish(): Promise<Verified> {
    await this.#queue;
    return { reproduced: this.#reproduced, notReproduced: this.#notReproduced };
  }

  /** How a process ends that runs an input, alone. */
  async endingOf(input: Uint8Array<ArrayBuffer>): Promise<GuardedEnding> {
    return (await this.#run(input)).ending;
  }

  async #verify({ input, key, path, sha1 }: Finding): Promise<void> {
    if (this.#interrupt.aborted) return;
    const { ending, runs } = await this.#run(input);
    if (ending.kind === "interrupted") return;
    const isQuiet = ending.kind === "exit" && ending.exitCode === 0;
    const reproduced = !isQuiet && (runs > 0 || ending.kind === "died");
    if (reproduced) this.#reproduced++;
    else this.#notReproduced++;
    this.#tell({ event: "verified", key, input: path ?? sha1, reproduced });
  }

  #run(input: Uint8Array<ArrayBuffer>): Promise<Guarded> {
    const { initTimeout, ignoreTimeouts, ignoreOoms, capacityBytes, ...job } = this.#plan;
    const { flags } = job;
    const limits = {
      timeout: flags.timeout || Number.POSITIVE_INFINITY,
      slow: 0,
      initTimeout,
      rssMb: flags.rss_limit_mb,
      total: 0,
      reload: 0,
      stopFile: "",
    };
    const silent = { onMessage: () => {}, onSlow: () => {}, onLook: () => {} };
    const verify = { ...job, kind: "verify" as const, inputs: [input], skipped: [], runsBefore: 0, knownKeys: [] };
    return runGuarded(verify, "always", limits, capacityBytes, silent, this.#interrupt);
  }
}
