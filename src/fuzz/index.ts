/// <reference lib="esnext.disposable" preserve="true" />

/** Fuzzing: the interface that engines drive, and targets made from WebAssembly modules. */

export { TargetError, type TargetErrorCode } from "../errors.ts";
export {
  type ComparisonTrace,
  type Crash,
  type CrashFrame,
  type CustomMutations,
  type DefaultMutation,
  type FuzzTarget,
  RESETS,
  type Reset,
  type RunOutcome,
  type TargetCounters,
  type TargetModule,
} from "./engine.ts";
export { FuzzedDataProvider } from "./fuzzed_data_provider.ts";
export { measureStability, type Stability, type UnstableCounter } from "./stability.ts";
export { type OpenTargetOptions, openTarget } from "./targets/node/open_target.ts";
export type { CustomMutationOptions } from "./targets/node/script_target.ts";
export type { TargetOptions } from "./targets/options.ts";
