/** libFuzzer's command line: `-flag=value` beside files and directories. */

/** Every flag with its default: what may be set, and of which type. */
const DEFAULTS = {
  runs: -1,
  max_total_time: 0,
  max_len: 0,
  len_control: 100,
  timeout: 1200,
  rss_limit_mb: 2048,
  malloc_limit_mb: 0,
  seed: 0,
  dict: "",
  mutate_depth: 5,
  reduce_inputs: 1,
  use_cmp: 1,
  use_value_profile: 0,
  entropic: 1,
  keep_seed: 0,
  reload: 1,
  fork: 0,
  jobs: 0,
  workers: 0,
  ignore_crashes: 0,
  ignore_timeouts: 1,
  ignore_ooms: 1,
  merge: 0,
  merge_control_file: "",
  minimize_crash: 0,
  cleanse_crash: 0,
  artifact_prefix: "./",
  exact_artifact_path: "",
  error_exitcode: 77,
  timeout_exitcode: 70,
  report_slow_units: 10,
  print_final_stats: 0,
  close_fd_mask: 0,
  detect_leaks: 1,
  verbosity: 1,
  help: 0,
};

/** What the flags do, in the order in which `-help=1` lists them. */
const HELP: Readonly<Record<keyof typeof DEFAULTS, string>> = {
  runs: "executions before it ends; -1: no end. With files: how often each is run",
  max_total_time: "seconds before it ends; 0: no end",
  max_len: "longest input in bytes; 0: that of the corpus, at least 4096",
  len_control: "how slowly inputs grow up to -max_len; 0: not held back",
  timeout: "seconds that one input may take, and parts of a second: 0.1; 0: no limit",
  rss_limit_mb: "memory that the process may take, in MiB; 0: no limit",
  malloc_limit_mb: "accepted, without effect: -rss_limit_mb is the limit",
  seed: "seed of the random numbers, for a run that can be repeated; 0: another one each time",
  dict: "file with words, a line each",
  mutate_depth: "mutations on top of each other",
  reduce_inputs: "1: shorter inputs take the place of longer ones that reach the same",
  use_cmp: "1: operands of comparisons guide it",
  use_value_profile: "1: also keep inputs that bring operands closer to each other; slower",
  entropic: "1: prefer inputs that reach what is rarely reached",
  keep_seed: "1: keep all seeds, whatever they reach",
  reload: "seconds between looks for what others put into the corpus; 0: never",
  fork: "processes that fuzz the same corpus and are started again when they end",
  jobs: "runs to make, each to its end, with a log of its own",
  workers: "jobs at the same time; 0: half of the processors",
  ignore_crashes: "1: go on after a crash",
  ignore_timeouts: "1: with -fork, go on after a timeout",
  ignore_ooms: "1: with -fork, go on after running out of memory",
  merge: "1: add to the first directory what the others have and it lacks",
  merge_control_file: "file that a merge keeps its progress in, to go on after it was interrupted",
  minimize_crash: "1: make a crashing input shorter",
  cleanse_crash: "1: replace what does not matter in a crashing input",
  artifact_prefix: "what the names of crashing inputs begin with; a directory ends with /",
  exact_artifact_path: "the whole name instead",
  error_exitcode: "exit code after a crash",
  timeout_exitcode: "exit code after a timeout",
  report_slow_units: "seconds from which on an input is reported and saved as slow; 0: never",
  print_final_stats: "1: figures at the end",
  close_fd_mask: "what the target prints: 1 hide its stdout, 2 its stderr, 3 both",
  detect_leaks: "accepted, without effect: a module's memory goes with it",
  verbosity: "0: only results; 1: a status line on a terminal; 2: always lines",
  help: "1: this list",
};

const WHOLE = /^-?\d{1,15}$/;
/** Parts of a second are an extension: libFuzzer's alarm knows whole ones. */
const SECONDS = /^-?(\d{1,15}|\d{0,9}\.\d{1,6})$/;

export type EngineFlags = { -readonly [Name in keyof typeof DEFAULTS]: (typeof DEFAULTS)[Name] };
type FlagName = keyof EngineFlags;

/** A flag with a value that it can not have. */
export class FlagError extends Error {
  override readonly name = "FlagError";
}

/** A command line, taken apart. */
export interface EngineArguments {
  readonly flags: EngineFlags;
  /** Flags that were given. */
  readonly given: ReadonlySet<string>;
  /** Files and directories. */
  readonly paths: readonly string[];
  /** One line each. */
  readonly warnings: readonly string[];
}

/** @throws {FlagError} */
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
    if (arg === "--" || name === "ignore_remaining_args") continue;
    if (isFlag(name) && !arg.startsWith("--")) {
      setFlag(flags, name, value);
      given.add(name);
    } else warnings.push(`WARNING: unrecognized flag '${arg}'; use -help=1 to list all flags`);
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
