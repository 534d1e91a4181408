/** Options of {@link instrument} and their defaults. */

import { COUNTER_HOOKS, type CounterForm } from "../abi/counters.ts";
import type { HookName } from "../abi/hooks.ts";
import { hasMultiMemory } from "../engine.ts";
import { BOOLEAN, checkOptions, INTEGER, OBJECT, type OptionKinds, oneOf, someOf } from "../option_checks.ts";
import { checkFilter, type FunctionFilter } from "./filters.ts";
import { LEVELS, type Level, LINKS, type LinkMode, TRACES, type TraceKind } from "./pc_table.ts";
import { SANITIZE, type SanitizeOptions, type SanitizeSettings, sanitizeSettingsFrom } from "./sanitize/options.ts";

/** How to instrument. */
export interface InstrumentOptions {
  /** What to trace; `["pc"]` by default. */
  trace?: readonly TraceKind[];
  /** How finely control flow is traced; "edge" by default. */
  level?: Level;
  /**
   * How code reaches the hooks: "fused" makes them part of the module, which needs an engine with multiple memories;
   * "import" runs everywhere. The default is "fused" if this engine can run that. An explicit "fused" is honoured on
   * any engine, since the module may be meant for another one. "standalone" needs no host: the module counts in globals
   * of its own, and exports functions that read them (`STANDALONE_EXPORTS`); it traces only `["counters"]`, by default
   * with 64 bits.
   */
  link?: LinkMode;
  /**
   * In the standalone link, whether a module that runs under WASI (it exports `_start`, or imports functions of
   * `wasi_snapshot_preview1` and no others) writes its profile itself, into the
   * preopened directory that its environment variable WASM_KCOV_PROFILE names; true by default. It then imports the
   * WASI functions that it needs for that.
   */
  wasiProfile?: boolean;
  /**
   * In the fused link, what to optimise for: "speed", the default, puts the code that records a PC at every site;
   * "size" puts it into one function that the sites call, which takes a fifth of the code and several times as long per
   * event.
   */
  optimize?: Optimization;
  /**
   * What code does while nothing is traced: "exact", the default, checks at every site whether it is to record; "fast"
   * checks once, where a function begins, and if not, runs a copy of the function without sites. With "fast", tracing
   * that is enabled in the middle of a function begins with the next function that is entered, not with the next site.
   */
  idle?: Idle;
  /**
   * Leave out sites that are implied by others; true by default. If sites only have counts or flags, true leaves out
   * more: those whose counts follow by flow conservation. "implied" leaves out the same sites as for PCs even then, so
   * that each counter has the number of times that the PC of its site would have been recorded, however a run ends.
   * "calls-return" leaves out more of both: what is implied if every call returns, as clang does. Where a callee throws
   * or exits, what has run then cannot be told from the rest.
   */
  prune?: Pruning;
  /**
   * Treat the condition of a `select` as two edges, like that of an `if`, for PCs and counters at level "edge"; false
   * by default. Compilers turn short conditions into `select`, which is otherwise invisible to fuzzers.
   */
  selects?: boolean;
  /**
   * With `trace: ["counters"]`, what the counter of a site says: "8bit", the default, how often the site was executed,
   * modulo 256; "64bit" how often; "flag" whether it was executed ("bool-flag" is an older name for that).
   */
  counters?: CounterForm | "bool-flag";
  /**
   * Where counters are:
   *
   * - "device": in device memory, a range for every instance (`kcov.counters`).
   * - "memory": in a shared memory of their own, which all instances of the module on a thread import (`CounterStore`),
   *   so that another thread can read them at any time. Their addresses are constants, which takes less time than
   *   "device". The import link calls a function at each site for that, unless
   *   the module has no memory.
   * - "globals": in mutable globals that all instances of the module on a thread import. Faster than "memory" if the
   *   engine lacks multiple memories; no other thread can read them. Engines accept at least 100,000 imports: a module
   *   with more counters gets "memory", and `counterStorage` of the result says so.
   *
   * Default: "device"; for "64bit" counters, if nothing else is traced, "memory" in the fused link and "globals" in the
   * import link.
   */
  counterStorage?: CounterStorage;
  /**
   * Make the state of instances restorable: "globals" adds functions that save and restore all mutable globals;
   * "memory" also marks the pages of the memory that are written to, and exports memory and tables, whatever the module
   * itself exports. See `STATE_EXPORTS`. Default: not restorable.
   */
  state?: StateScope;
  /**
   * Check accesses to memory, as AddressSanitizer does: "memory" for everything that can be checked, or options that
   * say what. By default nothing. See `Kcov.onMemoryError`.
   */
  sanitize?: "memory" | SanitizeOptions;
  /** Which functions to instrument; all by default. */
  functions?: FunctionFilter;
  /** Added to every PC; from 0, the default, to 2^64 − 2^32. */
  pcBase?: bigint | number;
}

/** Which sites are left out: none, or those that others imply under certain conditions. */
export type Pruning = boolean | "implied" | "calls-return";

/** What fused code is optimised for. */
export const OPTIMIZATIONS = ["speed", "size"] as const;

/** What fused code is optimised for. */
export type Optimization = (typeof OPTIMIZATIONS)[number];

/** Where code finds out that nothing is traced. */
export const IDLES = ["exact", "fast"] as const;

/** Where code finds out that nothing is traced. */
export type Idle = (typeof IDLES)[number];

/** How much of an instance's state can be restored. */
export const STATE_SCOPES = ["globals", "memory"] as const;

/** How much of an instance's state can be restored. */
export type StateScope = (typeof STATE_SCOPES)[number];

/** Forms of inline counters. */
export const COUNTER_FORMS = ["64bit", "8bit", "flag"] as const;

/** Where counters can be. */
export const COUNTER_STORAGES = ["device", "memory", "globals"] as const;

/** Where counters are. */
export type CounterStorage = (typeof COUNTER_STORAGES)[number];

/** The rules of {@link Pruning} that have names. */
export const PRUNINGS = ["implied", "calls-return"] as const;

/** Options with every default filled in. */
export interface Settings {
  trace: readonly TraceKind[];
  level: Level;
  link: LinkMode;
  wasiProfile: boolean;
  optimize: Optimization;
  idle: Idle;
  prune: Pruning;
  selects: boolean;
  counters: CounterForm;
  counterStorage: CounterStorage;
  state: StateScope | undefined;
  sanitize: SanitizeSettings | undefined;
  functions: FunctionFilter;
  pcBase: bigint;
}

/** The kinds of all options. The compiler checks that none is missing here. */
const OPTION_KINDS: OptionKinds<InstrumentOptions> = {
  trace: someOf(TRACES),
  level: oneOf(LEVELS),
  link: oneOf(LINKS),
  wasiProfile: BOOLEAN,
  optimize: oneOf(OPTIMIZATIONS),
  idle: oneOf(IDLES),
  prune: {
    what: 'true, false, "implied" or "calls-return"',
    accepts: (value) => BOOLEAN.accepts(value) || PRUNINGS.includes(value as (typeof PRUNINGS)[number]),
  },
  selects: BOOLEAN,
  counters: oneOf([...COUNTER_FORMS, "bool-flag"]),
  counterStorage: oneOf(COUNTER_STORAGES),
  state: oneOf(STATE_SCOPES),
  sanitize: SANITIZE,
  functions: OBJECT,
  pcBase: INTEGER,
};

/**
 * Checks options and fills in the defaults.
 *
 * @throws {TypeError} for an unknown option, or an unknown value
 * @throws {RangeError} for a pcBase out of range
 */
export function settingsFrom(options: InstrumentOptions): Settings {
  checkOptions("instrument", options, OPTION_KINDS);
  const isStandalone = options.link === "standalone";
  const { trace = isStandalone ? ["counters"] : ["pc"], functions = {} } = options;
  if (isStandalone) checkStandalone(options);
  checkFilter("instrument", functions);
  if (options.idle === "fast") checkIdle(trace);
  const link = options.link ?? (hasMultiMemory() ? "fused" : "import");
  const counters = options.counters === "bool-flag" ? "flag" : (options.counters ?? (isStandalone ? "64bit" : "8bit"));
  return {
    trace: TRACES.filter((each) => trace.includes(each)),
    level: options.level ?? "edge",
    link,
    wasiProfile: options.wasiProfile ?? true,
    optimize: options.optimize ?? "speed",
    idle: options.idle ?? "exact",
    prune: options.prune ?? true,
    selects: options.selects ?? false,
    counters,
    counterStorage: options.counterStorage ?? storageFor(trace, counters, link),
    state: options.state,
    sanitize: sanitizeSettingsFrom(options.sanitize),
    functions,
    pcBase: pcBaseFrom(options.pcBase ?? 0),
  };
}

/** Only what can be enabled and disabled can be idle. */
function checkIdle(trace: readonly TraceKind[]): void {
  if (trace.some((each) => each !== "counters")) return;
  throw new TypeError('instrument: idle "fast" is for what a device enables: counters always count');
}

/** Refuses options that need a host, which standalone modules do not have. */
function checkStandalone({
  trace = ["counters"],
  counterStorage = "globals",
  state,
  sanitize,
}: InstrumentOptions): void {
  const refuse = (what: string): never => {
    throw new TypeError(`instrument: link "standalone" ${what}`);
  };
  if (trace.length !== 1 || trace[0] !== "counters") refuse(`has counters alone: trace must be ["counters"]`);
  if (counterStorage !== "globals") refuse(`has its counters in globals, not in "${counterStorage}"`);
  if (state !== undefined || sanitize !== undefined) refuse("has no state that is put back, and no sanitizer");
}

/** The default storage. Other traces need a device anyway, and 8-bit counters tell instances apart. */
function storageFor(trace: readonly TraceKind[], counters: CounterForm, link: LinkMode): CounterStorage {
  if (link === "standalone") return "globals";
  if (counters !== "64bit" || trace.some((each) => each !== "counters")) return "device";
  return link === "fused" ? "memory" : "globals";
}

/** Whether sites only have counters, and these are counts or flags, from which coverage is made. */
export function countsAlone({ trace, counters }: Settings): boolean {
  return counters !== "8bit" && trace.includes("counters") && !trace.includes("pc");
}

/** Whether sites are left out by flow conservation, not by the rules for PCs. */
export function prunesByFlow(settings: Settings): boolean {
  return settings.prune !== "implied" && countsAlone(settings);
}

/** Whether counters are left out if they are sums and differences of others. */
export function derivesCounts(settings: Settings): boolean {
  return settings.prune !== false && settings.counters === "64bit" && prunesByFlow(settings);
}

/** Since PCs must be unique and never 0, the sum of the base and any file offset must stay below 2^64. */
function pcBaseFrom(value: bigint | number): bigint {
  if (typeof value === "number" && !Number.isSafeInteger(value)) throw new RangeError(`pcBase: ${value} is no integer`);
  const base = BigInt(value);
  if (base < 0n || base + 0xffff_ffffn >= 1n << 64n)
    throw new RangeError(`pcBase: ${value} is not from 0 to 2^64 - 2^32`);
  return base;
}

/** Hooks that the code may call. */
export function hooksFor({ trace, state, counters, counterStorage }: Settings): HookName[] {
  const hooks = trace.flatMap((each): readonly HookName[] => {
    if (each !== "counters") return HOOKS_OF[each];
    return counterStorage === "device" ? [COUNTER_HOOKS[counters]] : [];
  });
  return state === "memory" ? [...hooks, ...DIRTY_HOOKS] : hooks;
}

const DIRTY_HOOKS: readonly HookName[] = ["__kcov_dirty_page", "__kcov_dirty_range"];

const HOOKS_OF: Readonly<Record<Exclude<TraceKind, "counters">, readonly HookName[]>> = {
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
};
