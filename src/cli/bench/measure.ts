/** Measures sides against each other: after a warm-up, in many short rounds in which they take turns. */

import type { Side } from "./side.ts";
import { hasSettled, median } from "./statistics.ts";

export interface MeasureOptions {
  readonly rounds: number;
  /** Approximate time for which each side runs in a round, in milliseconds. */
  readonly roundMs: number;
  /** How long a side may take to become as fast as it gets, in milliseconds; 0: no warm-up. */
  readonly warmUpMs: number;
  /** Called with the current activity. */
  readonly progress: (text: string) => void;
}

/** The measurements of one side. */
export interface Timing {
  readonly side: Side;
  /** Nanoseconds per run, one number per round. */
  readonly ns: readonly number[];
  /** Number of records per run. */
  readonly events: number;
  /** What the last run returned. */
  readonly result: string;
  /** Whether it stopped getting faster before it was measured. */
  readonly settled: boolean;
}

/** Even code that is optimised from the start needs warm caches. */
const LEAST_WARM_UP_MS = 400;

/**
 * Measures all sides in the same rounds. The order is reversed each time, so that no side always runs after the same
 * other one.
 */
export async function measure(sides: readonly Side[], options: MeasureOptions): Promise<Timing[]> {
  const runners: TimedSide[] = [];
  for (const side of sides) {
    options.progress(`warming up ${side.name} …`);
    const runner = new TimedSide(side);
    await runner.warmUp(options);
    runners.push(runner);
  }
  for (let round = 0; round < options.rounds; round++) {
    options.progress(`round ${round + 1} of ${options.rounds} …`);
    for (const runner of round % 2 === 0 ? runners : runners.toReversed()) await runner.measure();
  }
  return runners.map((runner) => runner.timing());
}

/** Measures, and ends the sides' processes whatever happens. */
export async function measureAndClose(sides: readonly Side[], options: MeasureOptions): Promise<Timing[]> {
  try {
    return await measure(sides, options);
  } finally {
    for (const side of sides) side.close();
  }
}

/** One side with its measurements so far. */
class TimedSide {
  readonly #side: Side;
  readonly #ns: number[] = [];
  #iterations = 1;
  #runs = 0;
  #events = 0;
  #result = "";
  #settled = false;

  constructor(side: Side) {
    this.#side = side;
    this.#result = side.facts.result;
  }

  async warmUp({ roundMs, warmUpMs }: MeasureOptions): Promise<void> {
    if (!this.#side.facts.repeatable || warmUpMs === 0) return;
    const windows: number[] = [];
    const start = performance.now();
    let elapsed = 0;
    while (elapsed < LEAST_WARM_UP_MS || (!this.#settled && elapsed < warmUpMs)) {
      const { ns } = await this.#side.run(this.#iterations);
      windows.push(ns / this.#iterations);
      this.#iterations = Math.max(
        1,
        Math.min(2 * this.#iterations, Math.round((roundMs * 1e6 * this.#iterations) / ns)),
      );
      this.#settled = hasSettled(windows);
      elapsed = performance.now() - start;
    }
    this.#iterations = Math.max(1, Math.round((roundMs * 1e6) / median(windows.slice(-5))));
  }

  async measure(): Promise<void> {
    const { ns, events, result } = await this.#side.run(this.#iterations);
    this.#ns.push(ns / this.#iterations);
    this.#runs += this.#iterations;
    this.#events += events;
    this.#result = result;
  }

  timing(): Timing {
    const settled = this.#settled || !this.#side.facts.repeatable;
    return { side: this.#side, ns: this.#ns, events: this.#events / this.#runs, result: this.#result, settled };
  }
}
