/** Options of {@link instrument} and their defaults. */

import type { HookName } from "../abi/hooks.ts";
import { BOOLEAN, checkOptions, INTEGER, OBJECT, type OptionKinds, oneOf, someOf } from "../option_checks.ts";
import { checkFilter, type FunctionFilter } from "./filters.ts";
import { hasMultiMemory } from "./ir/features.ts";
import { LEVELS, type Level, LINKS, type LinkMode, TRACES, type Trace } from "./pc_table.ts";

/** How to instrument. */
export interface InstrumentOptions {
  /** What to trace; `["pc"]` by default. */
  trace?: readonly Trace[];
  /** How finely control flow is traced; "edge" by default. */
  level?: Level;
  /**
   * How code reaches the hooks: "fused" makes them part of the module, which needs an engine with multiple memories;
   * "import" runs everywhere. By default what this engine can run. An explicit "fused" is honoured on any engine, since
   * the module may be meant for another one.
   */
  link?: LinkMode;
  /**
   * In the fused link, what to make small: "speed", the default, puts what records a PC at every site; "size" puts it into
   * one function that the sites call, which takes a fifth of the code and several times as long an event.
   */
  optimize?: Optimization;
  /** Leave out sites that are implied by others; true by default. */
  prune?: boolean;
  /**
   * With `trace: ["counters"]`, what the byte of a site tells: "8bit", the default, how often the site was executed;
   * "bool-flag" whether it was.
   */
  counters?: CounterForm;
  /**
   * Make the state of instances restorable: "globals" adds functions that keep and put back all mutable globals;
   * "memory" besides marks the pages of the memory that are written to, and exports memory and tables, whatever the
   * module itself exports. See `STATE_EXPORTS`. Default: not.
   */
  state?: StateScope;
  /** Which functions to instrument; all by default. */
  functions?: FunctionFilter;
  /** Added to every PC; from 0, the default, to 2^64 − 2^32. */
  pcBase?: bigint | number;
}

/** What fused code is made for. */
export const OPTIMIZATIONS = ["speed", "size"] as const;

/** What fused code is made for. */
export type Optimization = (typeof OPTIMIZATIONS)[number];
/** How much of an instance's state can be put back. */
export const STATE_SCOPES = ["globals", "memory"] as const;

/** How much of an instance's state can be put back. */
export type StateScope = (typeof STATE_SCOPES)[number];

/** Forms of inline counters: clang's `inline-8bit-counters` and `inline-bool-flag`. */
export const COUNTER_FORMS = ["8bit", "bool-flag"] as const;

/** A form of inline counters. */
export type CounterForm = (typeof COUNTER_FORMS)[number];

/** Options with every default filled in. */
export interface Settings {
  trace: readonly Trace[];
  level: Level;
  link: LinkMode;
  optimize: Optimization;
  prune: boolean;
  counters: CounterForm;
  state: StateScope | undefined;
  functions: FunctionFilter;
  pcBase: bigint;
}

/** What there is to say. An option that is added is added here, too: the compiler asks for it. */
const OPTION_KINDS: OptionKinds<InstrumentOptions> = {
  trace: someOf(TRACES),
  level: oneOf(LEVELS),
  link: oneOf(LINKS),
  optimize: oneOf(OPTIMIZATIONS),
  prune: BOOLEAN,
  counters: oneOf(COUNTER_FORMS),
  state: oneOf(STATE_SCOPES),
  functions: OBJECT,
  pcBase: INTEGER,
};

/**
 * Checks options and fills in the defaults.
 *
 * @throws {TypeError} for an option that there is not, or an unknown value
 * @throws {RangeError} for a pcBase out of range
 */
export function settingsFrom(options: InstrumentOptions): Settings {
  checkOptions("instrument", options, OPTION_KINDS);
  const { trace = ["pc"], functions = {} } = options;
  checkFilter("instrument", functions);
  return {
    trace: TRACES.filter((each) => trace.includes(each)),
    level: options.level ?? "edge",
    link: options.link ?? (hasMultiMemory() ? "fused" : "import"),
    optimize: options.optimize ?? "speed",
    prune: options.prune ?? true,
    counters: options.counters ?? "8bit",
    state: options.state,
    functions,
    pcBase: pcBaseFrom(options.pcBase ?? 0),
  };
}

/** PCs must be unique and never 0: with any file behind it, the base must not reach 2^64. */
function pcBaseFrom(value: bigint | number): bigint {
  if (typeof value === "number" && !Number.isSafeInteger(value)) throw new RangeError(`pcBase: ${value} is no integer`);
  const base = BigInt(value);
  if (base < 0n || base + 0xffff_ffffn >= 1n << 64n)
    throw new RangeError(`pcBase: ${value} is not from 0 to 2^64 - 2^32`);
  return base;
}

/** Hooks that the code may call. */
export function hooksFor({ trace, state }: Settings): HookName[] {
  const hooks = trace.flatMap((each) => HOOKS_OF[each]);
  return state === "memory" ? [...hooks, ...DIRTY_HOOKS] : hooks;
}

const DIRTY_HOOKS: readonly HookName[] = ["__kcov_dirty_page", "__kcov_dirty_range"];

const HOOKS_OF: Readonly<Record<Trace, readonly HookName[]>> = {
  pc: ["__sanitizer_cov_trace_pc"],
  cmp: [
    "__sanitizer_cov_trace_cmp1",
    "__sanitizer_cov_trace_cmp2",
    "__sanitizer_cov_trace_cmp4",
    "__sanitizer_cov_trace_cmp8",
    "__sanitizer_cov_trace_const_cmp1",
    "__sanitizer_cov_trace_const_cmp2",
    "__sanitizer_cov_trace_const_cmp4",
    "__sanitizer_cov_trace_const_cmp8",
  ],
  switch: ["__sanitizer_cov_trace_switch_range"],
  div: ["__sanitizer_cov_trace_div4", "__sanitizer_cov_trace_div8"],
  "indirect-calls": ["__sanitizer_cov_trace_pc_indir"],
  loads: [
    "__sanitizer_cov_load1",
    "__sanitizer_cov_load2",
    "__sanitizer_cov_load4",
    "__sanitizer_cov_load8",
    "__sanitizer_cov_load16",
  ],
  stores: [
    "__sanitizer_cov_store1",
    "__sanitizer_cov_store2",
    "__sanitizer_cov_store4",
    "__sanitizer_cov_store8",
    "__sanitizer_cov_store16",
  ],
  "stack-depth": ["__sanitizer_cov_stack_depth"],
  counters: ["__sanitizer_cov_8bit_counter", "__sanitizer_cov_bool_flag"],
};
