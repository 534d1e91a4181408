/** Checks whether findings can be reproduced: each input runs alone, in a fresh process. */

import type { Finding, FuzzEvent } from "../events.ts";
import type { CampaignPlan } from "./campaign_plan.ts";
import { type Guarded, type GuardedEnding, runGuarded } from "./guard.ts";

/** How many findings of a campaign are run again: the first one of each key. */
const MOST = 64;
/** The longest timeout, in seconds, that is waited for again. */
const LONGEST_TIMEOUT = 30;

/** How many findings could be reproduced. */
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
  /** Verifications run one after the other, while the campaign may go on. */
  #queue: Promise<void> = Promise.resolve();

  constructor(plan: CampaignPlan, tell: (event: FuzzEvent) => void, interrupt: AbortSignal) {
    this.#plan = plan;
    this.#tell = tell;
    this.#interrupt = interrupt;
  }

  /** Queues a finding to be run again. */
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

  /** Runs an input alone in a process. @returns how the process ended */
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
