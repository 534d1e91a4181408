/** Parses libFuzzer's command line: `-flag=value`, files and directories. */

import { DEFAULTS, HELP } from "./flag_table.ts";

/** libFuzzer flags that tools pass but that have no effect here: what they control does not exist, or is always on. */
const WITHOUT_EFFECT: ReadonlySet<string> = new Set([
  "use_counters",
  "use_indir_calls",
  "use_memmem",
  "use_extra_counters",
  "purge_allocated_data_interval",
  "purge_allocator_interval",
  "trace_malloc",
  "mutation_graph_file",
  "print_unstable",
  "print_unit_on_crash",
  "abort_on_timeout",
  "cross_over_uniform_dist",
  "entropic_feature_frequency_threshold",
  "entropic_number_of_rarest_features",
  "entropic_scale_per_exec_time",
  "reduce_depth",
  "fork_corpus_groups",
  "keep_seed_inputs",
  "collect_data_flow",
  "data_flow_trace",
  "features_dir",
  "interruptable",
  "use_clang_coverage",
  "trim",
  "load_coverage_summary",
  "dump_coverage",
  "exit_on_src_pos",
  "exit_on_item",
  "minimize_crash_internal_step",
  "lazy_counters",
]);

const WHOLE = /^-?\d{1,15}$/;
/** Fractions of a second are an extension: libFuzzer's alarm has whole seconds only. */
const SECONDS = /^-?(\d{1,15}|\d{0,9}\.\d{1,6})$/;

export type EngineFlags = { -readonly [Name in keyof typeof DEFAULTS]: (typeof DEFAULTS)[Name] };
type FlagName = keyof EngineFlags;

/** A flag with an invalid value. */
export class FlagError extends Error {
  override readonly name = "FlagError";
}

/** A parsed command line. */
export interface EngineArguments {
  readonly flags: EngineFlags;
  /** Names of the flags that were given. */
  readonly given: ReadonlySet<string>;
  /** Files and directories. */
  readonly paths: readonly string[];
  /** Warnings, one line each. */
  readonly warnings: readonly string[];
}

/** Parses a command line. @throws {FlagError} */
export function parseEngineArguments(args: readonly string[]): EngineArguments {
  const flags: EngineFlags = { ...DEFAULTS };
  const given = new Set<string>();
  const paths: string[] = [];
  const warnings: string[] = [];
  for (const arg of args) {
    if (!arg.startsWith("-") || arg === "-") {
      paths.push(arg);
      continue;
    }
    const [, name = "", value] = /^-+([^=]*)(?:=(.*))?$/s.exec(arg) ?? [];
    if (arg === "--") continue;
    if (name === "ignore_remaining_args") {
      if (value !== "0") break;
      continue;
    }
    if (isFlag(name) && !arg.startsWith("--")) {
      setFlag(flags, name, value);
      given.add(name);
    } else if (!WITHOUT_EFFECT.has(name) || arg.startsWith("--"))
      warnings.push(`WARNING: unrecognized flag '${arg}'; use -help=1 to list all flags`);
  }
  return { flags, given, paths, warnings };
}

/** What `-help=1` prints. */
export function describeFlags(): string {
  const lines = Object.entries(HELP).map(([name, text]) => {
    const value = DEFAULTS[name as FlagName];
    return `  -${name.padEnd(20)} ${text}${value === "" ? "" : ` (${value})`}\n`;
  });
  return `Flags, -flag=value, with their defaults:\n${lines.join("")}`;
}

function isFlag(name: string): name is FlagName {
  return Object.hasOwn(DEFAULTS, name);
}

function setFlag(flags: EngineFlags, name: FlagName, value: string | undefined): void {
  if (value === undefined) throw new FlagError(`-${name} needs a value: -${name}=${DEFAULTS[name] || "…"}`);
  const values = flags as Record<FlagName, string | number>;
  if (typeof DEFAULTS[name] === "string") {
    values[name] = value;
    return;
  }
  const number = parseNumber(name, value);
  if (number < 0 && name !== "runs") throw new FlagError(`-${name}=${value}: below 0`);
  values[name] = number;
}

function parseNumber(name: FlagName, value: string): number {
  const [form, what] = name === "timeout" ? [SECONDS, "number of seconds"] : [WHOLE, "whole number"];
  if (!form.test(value)) throw new FlagError(`-${name}=${value}: not a ${what}`);
  return Number(value);
}
