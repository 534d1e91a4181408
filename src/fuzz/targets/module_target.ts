/** A target that is one WebAssembly module. */

import type { PcTable } from "../../instrument/index.ts";
import type { KcovCounters } from "../../runtime/counters.ts";
import type { KcovDirtyMap } from "../../runtime/dirty_maps.ts";
import type { Kcov } from "../../runtime/kcov.ts";
import type { ComparisonTrace, FuzzTarget, Reset, RunOutcome, TargetModule } from "../engine.ts";
import { DeviceComparisons } from "./comparison_trace.ts";
import type { Entry } from "./entry.ts";
import { collectImports } from "./imports.ts";
import { type InstancePlan, TargetInstance } from "./instance.ts";
import { LoadedModule } from "./loaded_module.ts";
import { ModuleFrames } from "./module_frames.ts";
import { DEFAULT_OUTPUT_LIMIT_BYTES, type TargetOptions } from "./options.ts";
import { crashOf } from "./outcome.ts";
import type { Snapshot } from "./snapshot.ts";
import { INPUT_FILE } from "./wasi/files.ts";
import { WasiState } from "./wasi/state.ts";
import { wasiImports } from "./wasi/wasi.ts";

/** A module that is ready to be instantiated. */
export interface PreparedModule {
  /** For messages. */
  readonly name: string;
  /** Instrumented and compiled. */
  readonly module: WebAssembly.Module;
  readonly table: PcTable;
  /** What `module` was compiled from. */
  readonly instrumented: Uint8Array<ArrayBuffer>;
  /** Names of the original's functions by index. */
  readonly functionNames: ReadonlyMap<number, string>;
  readonly entry: Entry;
  readonly reset: Reset;
}

export class ModuleTarget implements FuzzTarget {
  readonly name: string;
  readonly modules: readonly TargetModule[];
  readonly comparisons: ComparisonTrace;
  readonly kcov: Kcov;
  readonly #comparisons: DeviceComparisons;
  readonly #ownsDevice: boolean;
  readonly #plan: InstancePlan;
  readonly #frames: ModuleFrames;
  readonly #reset: Reset;
  #instance: TargetInstance;
  /** Of the instance. */
  #counters: readonly KcovCounters[] = [];
  /** What the instance is put back to. */
  #snapshot: Snapshot | undefined;
  #dirtyMaps: readonly KcovDirtyMap[] = [];
  /** A function of the user's ran, which may have written anything. */
  #userWrote = false;
  /** The instance is used up: the next input needs another. Until then its counters can be read. */
  #stale = false;

  /** @throws {TargetError} the module is not one that can be fuzzed as the options say */
  constructor(prepared: PreparedModule, kcov: Kcov, options: TargetOptions) {
    const { name, module, table, entry } = prepared;
    this.name = name;
    this.kcov = kcov;
    this.#ownsDevice = options.kcov === undefined;
    this.#comparisons = new DeviceComparisons(kcov);
    this.comparisons = this.#comparisons;
    this.#reset = prepared.reset;
    const loaded = new LoadedModule(name, table, prepared.functionNames, prepared.instrumented);
    this.modules = [loaded];
    const wasi = new WasiState({
      args: [name, ...(options.args ?? []).map((arg) => (arg === "@@" ? `/${INPUT_FILE}` : arg))],
      env: options.env ?? {},
      seed: options.seed ?? 0,
      onOutput: options.onOutput,
      outputLimitBytes: options.outputLimitBytes ?? DEFAULT_OUTPUT_LIMIT_BYTES,
    });
    const imports = collectImports(name, module, {
      wasi: wasiImports(wasi),
      user: options.imports ?? {},
      stubImports: options.stubImports ?? false,
      onWarning: options.onWarning ?? (() => {}),
      onUserCall: () => {
        this.#userWrote = true;
      },
    });
    this.#frames = new ModuleFrames(() => [loaded]);
    this.#plan = { name, module, imports: { ...imports, ...kcov.imports }, entry, wasi, names: this.#frames };
    this.#instance = this.#instantiate();
  }

  get counters(): readonly KcovCounters[] {
    return this.#counters;
  }

  get maxInputBytes(): number {
    return this.#instance.maxInputBytes;
  }

  runOne(input: Uint8Array): RunOutcome {
    if (input.length > this.maxInputBytes) {
      throw new RangeError(`${this.name}: an input of ${input.length} bytes, where ${this.maxInputBytes} is the most`);
    }
    try {
      if (this.#stale) this.#renew();
      this.#comparisons.clear();
      const outcome = this.#instance.run(input);
      if (this.#snapshot) this.#restore(this.#snapshot);
      // A module that trapped is in the middle of something, which memory and globals are all of.
      this.#stale = this.#reset === "instance" || (outcome.kind === "crash" && this.#reset !== "memory");
      return outcome;
    } catch (error) {
      // Initialisation failed, which it did not do the first time.
      return crashOf(error, this.#plan.names);
    }
  }

  [Symbol.dispose](): void {
    this.#comparisons[Symbol.dispose]();
    this.#dropRegions();
    if (this.#ownsDevice) this.kcov[Symbol.dispose]();
  }

  /** Makes an instance of which no code has been counted. */
  #renew(): void {
    this.#dropRegions();
    this.#instance = this.#instantiate();
    for (const { bytes } of this.#counters) bytes.fill(0);
    this.#stale = false;
  }

  #instantiate(): TargetInstance {
    const kcov = this.kcov;
    const [counters, maps] = [kcov.counters.length, kcov.dirtyMaps.length];
    const stop = this.#frames.listen(kcov);
    try {
      const instance = new TargetInstance(this.#plan);
      this.#dirtyMaps = kcov.dirtyMaps.slice(maps);
      const reset = this.#reset;
      if (reset === "globals" || reset === "memory") this.#snapshot = instance.snapshot(reset, this.#dirtyMaps[0]);
      return instance;
    } finally {
      stop();
      this.#counters = kcov.counters.slice(counters);
      this.#dirtyMaps = kcov.dirtyMaps.slice(maps);
    }
  }

  #restore(snapshot: Snapshot): void {
    snapshot.restore(this.#userWrote);
    this.#userWrote = false;
    if (this.#reset === "memory") this.#instance.restored();
  }

  #dropRegions(): void {
    for (const region of [...this.#counters, ...this.#dirtyMaps]) region[Symbol.dispose]();
    this.#counters = [];
    this.#dirtyMaps = [];
  }
}
