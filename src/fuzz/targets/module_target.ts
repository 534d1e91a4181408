/** A target that is a single WebAssembly module. */

import { COUNTERS_INIT, IMPORT_MODULE } from "../../abi/hooks.ts";
import type { PcTable } from "../../instrument/index.ts";
import type { Kcov } from "../../runtime/kcov.ts";
import type {
  ComparisonTrace,
  CustomMutations,
  FuzzTarget,
  Reset,
  RunOutcome,
  TargetCounters,
  TargetModule,
} from "../engine.ts";
import { DeviceComparisons } from "./comparison_trace.ts";
import { CounterMemories } from "./counter_memories.ts";
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
  /** The name that messages use. */
  readonly name: string;
  /** The module, instrumented and compiled. */
  readonly module: WebAssembly.Module;
  readonly table: PcTable;
  /** Returns the module with comparisons traced, compiled by the first call; undefined if there is only `module`. */
  readonly traced: (() => WebAssembly.Module) | undefined;
  /** The binary that `module` was compiled from. */
  readonly instrumented: Uint8Array<ArrayBuffer>;
  /** The binary before instrumentation; undefined if the module was instrumented already. */
  readonly original: Uint8Array<ArrayBuffer> | undefined;
  /** Names of the original's functions by index. */
  readonly functionNames: ReadonlyMap<number, string>;
  readonly entry: Entry;
  readonly reset: Reset;
}

/**
 * Traced comparisons cost a test each even while nobody records them. So there are two instances: one without them,
 * which runs unless comparisons are enabled, and one with them, created when it is first needed. The two share their
 * counters.
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
  readonly #memories = new CounterMemories();
  readonly #main: Lane;
  /** The instance that traces comparisons, and the counters that it was created with. */
  #traced: { readonly lane: Lane; readonly counters: TargetCounters | undefined } | undefined;

  /** @throws {TargetError} the module cannot be fuzzed as the options say */
  constructor(prepared: PreparedModule, kcov: Kcov, options: TargetOptions) {
    const { name, module, table, entry, reset } = prepared;
    this.name = name;
    this.kcov = kcov;
    this.#ownsDevice = options.kcov === undefined;
    this.#prepared = prepared;
    // The traced module is compiled when comparisons are enabled, so that the first input's time does not include it.
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
    const hooks = { [IMPORT_MODULE]: this.#memories.over(kcov.imports[IMPORT_MODULE]) };
    this.#plan = { name, module, imports: { ...imports, ...hooks }, entry, wasi, names: frames };
    this.#main = new Lane({
      plan: this.#plan,
      reset,
      kcov,
      memories: this.#memories,
      onInput: () => this.#comparisons.clear(),
    });
    this.custom = customMutationsOf(this.#plan, fallback, this.#main.maxInputBytes);
  }

  get counters(): readonly TargetCounters[] {
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
    // Frames can be resolved for the main instance only. If it does not crash, its state differs from this one's.
    const records = this.#comparisons.words[0];
    const again = this.#main.run(input);
    this.#comparisons.words[0] = records ?? 0n;
    return again.kind === "crash" ? again : outcome;
  }

  /** Runs an input that misused heap memory again, to find out where the block was allocated and freed. */
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

  /** The lane that traces comparisons; for a module that was instrumented already, the main lane itself. */
  #tracedLane(): Lane {
    const { traced: compile, reset } = this.#prepared;
    if (compile === undefined) return this.#main;
    const [counters] = this.#main.counters;
    if (this.#traced && this.#traced.counters === counters) return this.#traced.lane;
    this.#traced?.lane[Symbol.dispose]();
    this.#traced = undefined;
    const init = { [COUNTERS_INIT]: { value: () => this.#main.counters[0]?.address ?? 0, enumerable: true } };
    const hooks = this.#memories.over(Object.create(this.kcov.imports[IMPORT_MODULE], init));
    const imports = { ...this.#plan.imports, [IMPORT_MODULE]: hooks };
    const plan = { ...this.#plan, module: compile(), imports };
    const lane = new Lane({
      plan,
      reset,
      kcov: this.kcov,
      memories: this.#memories,
      onInput: () => this.#comparisons.clear(),
      // What initialisation reached belongs to no input, and nothing else was counted since the engine zeroed them.
      onInstantiate: () => () => {
        for (const { bytes } of this.#main.counters) bytes.fill(0);
      },
    });
    this.#traced = { lane, counters };
    return lane;
  }
}
