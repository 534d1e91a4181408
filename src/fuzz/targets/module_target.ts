/** A target that is one WebAssembly module. */

import { COUNTERS_INIT, IMPORT_MODULE } from "../../abi/hooks.ts";
import type { PcTable } from "../../instrument/index.ts";
import type { KcovCounters } from "../../runtime/counters.ts";
import type { Kcov } from "../../runtime/kcov.ts";
import type { ComparisonTrace, CustomMutations, FuzzTarget, Reset, RunOutcome, TargetModule } from "../engine.ts";
import { DeviceComparisons } from "./comparison_trace.ts";
import { customMutationsOf, DEFAULT_MUTATOR, DefaultMutator } from "./custom_mutations.ts";
import type { Entry } from "./entry.ts";
import { collectImports } from "./imports.ts";
import type { InstancePlan } from "./instance.ts";
import { Lane } from "./lane.ts";
import { LoadedModule } from "./loaded_module.ts";
import { ModuleFrames } from "./module_frames.ts";
import { DEFAULT_OUTPUT_LIMIT_BYTES, type TargetOptions } from "./options.ts";
import { memoryReportOf } from "./outcome.ts";
import { INPUT_FILE } from "./wasi/files.ts";
import { WasiState } from "./wasi/state.ts";
import { wasiImports } from "./wasi/wasi.ts";

type CrashOutcome = Extract<RunOutcome, { kind: "crash" }>;

/** A module that is ready to be instantiated. */
export interface PreparedModule {
  /** The name that messages have. */
  readonly name: string;
  /** The module, instrumented and compiled. */
  readonly module: WebAssembly.Module;
  readonly table: PcTable;
  /** The same module with comparisons traced, made by the first call; undefined where `module` has what there is. */
  readonly traced: (() => WebAssembly.Module) | undefined;
  /** What `module` was compiled from. */
  readonly instrumented: Uint8Array<ArrayBuffer>;
  /** What it was made from; undefined for a module that came instrumented. */
  readonly original: Uint8Array<ArrayBuffer> | undefined;
  /** Names of the original's functions by index. */
  readonly functionNames: ReadonlyMap<number, string>;
  readonly entry: Entry;
  readonly reset: Reset;
}

/**
 * Comparisons cost a test at each of them, also while nobody records any. So there are two instances: one without them,
 * which runs unless they are enabled, and one with them, made when it is first needed. They share their counters.
 */
export class ModuleTarget implements FuzzTarget {
  readonly name: string;
  readonly modules: readonly TargetModule[];
  readonly comparisons: ComparisonTrace;
  readonly kcov: Kcov;
  readonly custom: CustomMutations | undefined;
  readonly #comparisons: DeviceComparisons;
  readonly #ownsDevice: boolean;
  readonly #prepared: PreparedModule;
  readonly #plan: InstancePlan;
  readonly #main: Lane;
  /** The instance that traces comparisons, and the counters that it was made with. */
  #traced: { readonly lane: Lane; readonly counters: KcovCounters | undefined } | undefined;

  /** @throws {TargetError} the module is not one that can be fuzzed as the options say */
  constructor(prepared: PreparedModule, kcov: Kcov, options: TargetOptions) {
    const { name, module, table, entry, reset } = prepared;
    this.name = name;
    this.kcov = kcov;
    this.#ownsDevice = options.kcov === undefined;
    this.#prepared = prepared;
    // What records them is compiled then, and not while the first input runs: that is not the input's time.
    this.#comparisons = new DeviceComparisons(kcov, prepared.traced);
    this.comparisons = this.#comparisons;
    const loaded = new LoadedModule(name, table, prepared.functionNames, prepared.instrumented, prepared.original);
    this.modules = [loaded];
    const wasi = new WasiState({
      args: [name, ...(options.args ?? []).map((arg) => (arg === "@@" ? `/${INPUT_FILE}` : arg))],
      env: options.env ?? {},
      seed: options.seed ?? 0,
      onOutput: options.onOutput,
      outputLimitBytes: options.outputLimitBytes ?? DEFAULT_OUTPUT_LIMIT_BYTES,
    });
    const fallback = new DefaultMutator();
    const imports = collectImports(name, module, {
      wasi: wasiImports(wasi),
      engine: { [DEFAULT_MUTATOR]: fallback.call },
      user: options.imports ?? {},
      stubImports: options.stubImports ?? false,
      onWarning: options.onWarning ?? (() => {}),
      onUserCall: () => this.#userWrote(),
    });
    const frames = new ModuleFrames(() => [loaded]);
    this.#plan = { name, module, imports: { ...imports, ...kcov.imports }, entry, wasi, names: frames };
    this.#main = new Lane({
      plan: this.#plan,
      reset,
      kcov,
      onInput: () => this.#comparisons.clear(),
      onInstantiate: () => frames.listen(kcov),
    });
    this.custom = customMutationsOf(this.#plan, fallback, this.#main.maxInputBytes);
  }

  get counters(): readonly KcovCounters[] {
    return this.#main.counters;
  }

  get maxInputBytes(): number {
    return this.#main.maxInputBytes;
  }

  runOne(input: Uint8Array): RunOutcome {
    if (input.length > this.maxInputBytes) {
      throw new RangeError(`${this.name}: an input of ${input.length} bytes, where ${this.maxInputBytes} is the most`);
    }
    const outcome = this.#run(input);
    return outcome.kind === "crash" ? this.#withStacks(outcome, input) : outcome;
  }

  #run(input: Uint8Array): RunOutcome {
    const lane = this.#comparisons.enabled ? this.#tracedLane() : this.#main;
    const outcome = lane.run(input);
    if (outcome.kind === "ok" || lane === this.#main) return outcome;
    // What is known of frames is known of the main instance's. If that does not crash, its state is another.
    const records = this.#comparisons.words[0];
    const again = this.#main.run(input);
    this.#comparisons.words[0] = records ?? 0n;
    return again.kind === "crash" ? again : outcome;
  }

  /** Runs an input again on which memory of the heap was misused, to know where that was allocated and freed. */
  #withStacks(outcome: CrashOutcome, input: Uint8Array): RunOutcome {
    const { error, reason } = outcome.crash;
    if (memoryReportOf(error)?.block === undefined) return outcome;
    this.kcov.keepsMemoryStacks = true;
    const again = this.#main.run(input);
    this.kcov.keepsMemoryStacks = false;
    return again.kind === "crash" && again.crash.reason === reason ? again : outcome;
  }

  [Symbol.dispose](): void {
    this.#comparisons[Symbol.dispose]();
    this.#traced?.lane[Symbol.dispose]();
    this.#main[Symbol.dispose]();
    if (this.#ownsDevice) this.kcov[Symbol.dispose]();
  }

  #userWrote(): void {
    this.#main?.userWrote();
    this.#traced?.lane.userWrote();
  }

  /** The main lane itself for a module that came instrumented. */
  #tracedLane(): Lane {
    const { traced: compile, reset } = this.#prepared;
    if (compile === undefined) return this.#main;
    const [counters] = this.#main.counters;
    if (this.#traced && this.#traced.counters === counters) return this.#traced.lane;
    this.#traced?.lane[Symbol.dispose]();
    this.#traced = undefined;
    const init = { [COUNTERS_INIT]: { value: () => this.#main.counters[0]?.address ?? 0, enumerable: true } };
    const imports = { ...this.#plan.imports, [IMPORT_MODULE]: Object.create(this.kcov.imports[IMPORT_MODULE], init) };
    const plan = { ...this.#plan, module: compile(), imports };
    const lane = new Lane({
      plan,
      reset,
      kcov: this.kcov,
      onInput: () => this.#comparisons.clear(),
      // What initialisation reached is no input's, and nothing else was counted since the engine zeroed the counters.
      onInstantiate: () => () => {
        for (const { bytes } of this.#main.counters) bytes.fill(0);
      },
    });
    this.#traced = { lane, counters };
    return lane;
  }
}
