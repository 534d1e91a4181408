/** An instance of a target's module, replaced by a new one when it is used up. */

import type { KcovCounters } from "../../runtime/counters.ts";
import type { KcovDirtyMap } from "../../runtime/dirty_maps.ts";
import type { Kcov } from "../../runtime/kcov.ts";
import type { Reset, RunOutcome, TargetCounters } from "../engine.ts";
import type { CounterMemories } from "./counter_memories.ts";
import { type InstancePlan, TargetInstance } from "./instance.ts";
import { crashOf } from "./outcome.ts";
import type { Snapshot } from "./snapshot.ts";

/** What a lane is created with. */
export interface LaneOptions {
  readonly plan: InstancePlan;
  readonly reset: Reset;
  readonly kcov: Kcov;
  /** The counters of modules that have them in memories of their own. */
  readonly memories: CounterMemories;
  /** Called when the instance is ready for an input. */
  onInput(): void;
  /** Called before each instantiation. @returns a function to call after it */
  onInstantiate?(): () => void;
}

export class Lane {
  readonly #options: LaneOptions;
  #instance: TargetInstance;
  /** The counters that the current instance has in device memory. */
  #counters: readonly KcovCounters[] = [];
  #dirtyMaps: readonly KcovDirtyMap[] = [];
  /** The state to which the instance is reset. */
  #snapshot: Snapshot | undefined;
  #userWrote = false;
  /** The instance is used up: the next input needs another. Until then its counters can be read. */
  #stale = false;

  /** @throws {TargetError} it cannot be instantiated or initialised */
  constructor(options: LaneOptions) {
    this.#options = options;
    this.#instance = this.#instantiate();
  }

  get counters(): readonly TargetCounters[] {
    const { regions } = this.#options.memories;
    return regions.length > 0 ? regions : this.#counters;
  }

  get maxInputBytes(): number {
    return this.#instance.maxInputBytes;
  }

  /** Notes that a function of the user's ran, which may have written anything. */
  userWrote(): void {
    this.#userWrote = true;
  }

  run(input: Uint8Array): RunOutcome {
    const { reset, plan } = this.#options;
    try {
      if (this.#stale) this.#renew();
      this.#options.onInput();
      const outcome = this.#instance.run(input);
      if (this.#snapshot) this.#restore(this.#snapshot);
      // A module that trapped was in the middle of something, which only restoring memory and globals undoes.
      this.#stale = reset === "instance" || (outcome.kind === "crash" && reset !== "memory");
      return outcome;
    } catch (error) {
      // Initialisation failed, although it succeeded the first time.
      return crashOf(error, plan.names);
    }
  }

  [Symbol.dispose](): void {
    for (const region of [...this.#counters, ...this.#dirtyMaps]) region[Symbol.dispose]();
    this.#counters = [];
    this.#dirtyMaps = [];
  }

  /** Creates a fresh instance, with all counters at 0. */
  #renew(): void {
    this[Symbol.dispose]();
    this.#instance = this.#instantiate();
    for (const { bytes } of this.counters) bytes.fill(0);
    this.#stale = false;
  }

  #instantiate(): TargetInstance {
    const { plan, reset, kcov, onInstantiate } = this.#options;
    const [counters, maps] = [kcov.counters.length, kcov.dirtyMaps.length];
    const done = onInstantiate?.();
    try {
      const instance = new TargetInstance(plan);
      const [map] = kcov.dirtyMaps.slice(maps);
      if (reset === "globals" || reset === "memory") this.#snapshot = instance.snapshot(reset, map);
      return instance;
    } finally {
      done?.();
      this.#counters = kcov.counters.slice(counters);
      this.#dirtyMaps = kcov.dirtyMaps.slice(maps);
    }
  }

  #restore(snapshot: Snapshot): void {
    snapshot.restore(this.#userWrote);
    this.#userWrote = false;
    if (this.#options.reset === "memory") this.#instance.restored();
  }
}
