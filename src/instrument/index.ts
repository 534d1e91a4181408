/// <reference lib="esnext.disposable" preserve="true" />

/** The pass that instruments WebAssembly modules, and the pc table that it leaves in them. */

export { type CounterForm, STANDALONE_EXPORTS } from "../abi/counters.ts";
export { STATE_EXPORTS } from "../abi/hooks.ts";
export { hasMultiMemory } from "../engine.ts";
export { InstrumentError, type InstrumentErrorCode } from "../errors.ts";
export type { AdoptedHook } from "./adopt/adoption.ts";
export { type InstrumentCallsOptions, instrumentCalls } from "./calls/instrument_calls.ts";
export type { SetAside } from "./custom_sections.ts";
export { deriveCounts } from "./derive_counts.ts";
export type { FunctionFilter } from "./filters.ts";
export { instrument } from "./instrument.ts";
export { type NearestCounter, nearestCounterIn } from "./nearest_site.ts";
export {
  COUNTER_FORMS,
  COUNTER_STORAGES,
  type CounterStorage,
  IDLES,
  type Idle,
  type InstrumentOptions,
  OPTIMIZATIONS,
  type Optimization,
  type Pruning,
  STATE_SCOPES,
  type StateScope,
} from "./options.ts";
export {
  counterPcs,
  LEVELS,
  type Level,
  type LinkMode,
  originalFunction,
  PC_TABLE_SECTION,
  type PcFunction,
  type PcSite,
  type PcTable,
  type PcTableHeader,
  SITE_KINDS,
  type SiteKind,
  TRACES,
  type TraceKind,
} from "./pc_table.ts";
export { readPcTable } from "./read_pc_table.ts";
export type { InstrumentResult, InstrumentStats, LeftOut } from "./result.ts";
export { ALLOCATOR_ROLES, type AllocatorRole } from "./sanitize/allocators.ts";
export type { SanitizeOptions } from "./sanitize/options.ts";
export { readSanitizerParts, type SanitizerPart } from "./sanitize/parts.ts";
