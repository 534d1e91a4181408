/** A target that is one WebAssembly module. */

import type { PcTable } from "../../instrument/index.ts";
import type { FunctionType } from "../../instrument/module_info.ts";
import type { KcovCounters } from "../../runtime/counters.ts";
import type { Kcov } from "../../runtime/kcov.ts";
import type { ComparisonTrace, FuzzTarget, Reset, RunOutcome, TargetModule } from "../engine.ts";
import { DeviceComparisons } from "./comparison_trace.ts";
import { entryOf } from "./entry.ts";
import { collectImports } from "./imports.ts";
import { type InstancePlan, TargetInstance } from "./instance.ts";
import { LoadedModule } from "./loaded_module.ts";
import { DEFAULT_OUTPUT_LIMIT_BYTES, type TargetOptions } from "./options.ts";
import { crashOf } from "./outcome.ts";
import { WasiState } from "./wasi/state.ts";
import { wasiImports } from "./wasi/wasi.ts";

/** A module that is ready to be instantiated. */
export interface PreparedModule {
  /** For messages. */
  readonly name: string;
  /** Instrumented and compiled. */
  readonly module: WebAssembly.Module;
  readonly table: PcTable;
  /** Names of the original's functions by index. */
  readonly functionNames: ReadonlyMap<number, string>;
  readonly exportedFunctions: ReadonlyMap<string, FunctionType>;
}

export class ModuleTarget implements FuzzTarget {
  readonly name: string;
  readonly modules: readonly TargetModule[];
  readonly comparisons: ComparisonTrace;
  readonly kcov: Kcov;
  readonly #comparisons: DeviceComparisons;
  readonly #plan: InstancePlan;
  readonly #reset: Reset;
  #instance: TargetInstance;
  /** Of the instance. */
  #counters: readonly KcovCounters[] = [];
  /** The instance is used up: the next input needs another. Until then its counters can be read. */
  #stale = false;

  /** @throws {TargetError} the module is not one that can be fuzzed as the options say */
  constructor(prepared: PreparedModule, kcov: Kcov, options: TargetOptions) {
    const { name, module, table } = prepared;
    this.name = name;
    this.kcov = kcov;
    this.#comparisons = new DeviceComparisons(kcov);
    this.comparisons = this.#comparisons;
    const entry = entryOf(name, prepared.exportedFunctions, options);
    this.#reset = options.reset ?? "none";
    const loaded = new LoadedModule(name, table, prepared.functionNames);
    this.modules = [loaded];
    const wasi = new WasiState({
      args: [name, ...(options.args ?? [])],
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
      onUserCall: () => {},
    });
    const names = { resolve: (_url: string, func: number) => loaded.frame(func) };
    this.#plan = { name, module, imports: { ...imports, ...kcov.imports }, entry, wasi, names };
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
      // A module that trapped is in the middle of something.
      this.#stale = outcome.kind === "crash" || this.#reset === "instance";
      return outcome;
    } catch (error) {
      // Initialisation failed, which it did not do the first time.
      return crashOf(error, this.#plan.names);
    }
  }

  [Symbol.dispose](): void {
    this.#comparisons[Symbol.dispose]();
    this.#dropCounters();
  }

  /** Makes an instance of which no code has been counted. */
  #renew(): void {
    this.#dropCounters();
    this.#instance = this.#instantiate();
    for (const { bytes } of this.#counters) bytes.fill(0);
    this.#stale = false;
  }

  #instantiate(): TargetInstance {
    const before = this.kcov.counters.length;
    try {
      return new TargetInstance(this.#plan);
    } finally {
      this.#counters = this.kcov.counters.slice(before);
    }
  }

  #dropCounters(): void {
    for (const counters of this.#counters) counters[Symbol.dispose]();
    this.#counters = [];
  }
}
