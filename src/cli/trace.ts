/** `wasm-kcov trace`. */

import { Command, Option } from "commander";
import { optimizeLate } from "../cache/engine_tuning.ts";
import { describeFailure, EXIT_FAILURE, EXIT_USAGE, Failure } from "./failure.ts";
import {
  addInstrumentOptions,
  collectValues,
  type InstrumentFlags,
  toInstrumentOptions,
} from "./instrument_options.ts";
import { Output, say } from "./io.ts";
import { parseSize, parseTail } from "./program_options.ts";
import { addHaltOption, addSanitizeOptions, type SanitizeFlags, toSanitize } from "./sanitize_options.ts";
import { CALLS_FORMATS, type CallsFormat } from "./tracing/calls.ts";
import type { Recording, TraceMode } from "./tracing/module_pass.ts";
import type { ModuleInstrumenter } from "./tracing/modules.ts";
import type { ProgramEnd } from "./tracing/program.ts";
import { isFull, Records, type TraceResult } from "./tracing/records.ts";
import { formatReport } from "./tracing/report.ts";
import { findTarget, type Target } from "./tracing/target.ts";

interface TraceFlags extends InstrumentFlags, SanitizeFlags {
  mode: TraceMode;
  size?: number;
  invoke?: string;
  dir?: string[];
  env?: string[];
  cache: boolean;
  json: boolean;
  pcs: boolean;
  unreached: boolean;
  all: boolean;
  output?: string;
  calls: boolean;
  callsFormat: CallsFormat;
}

/** 16 Mi words, 128 MiB: the most that users of the kernel's kcov take. Memory that is never written costs nothing. */
const DEFAULT_SIZE = 1 << 24;
/** How many child processes are named. */
const NAMED_CHILDREN = 3;

const EXAMPLES = `
Examples:
  $ wasm-kcov trace test.mjs                        which functions of the modules that test.mjs loads does it reach?
  $ wasm-kcov trace --unreached test.mjs            which does it not reach?
  $ wasm-kcov trace --json -o cov.json test.mjs     the same for programs
  $ wasm-kcov trace vitest run --pool=threads       a command of the project's packages; a path is always that file
  $ wasm-kcov trace sum.wasm --invoke add 1 2       call one export
  $ wasm-kcov trace --mode cmp parser.wasm          which values does the WASI program compare?
  $ wasm-kcov trace --calls --calls-format folded test.mjs | flamegraph.pl > calls.svg

Executions are counted, however many there are, in counters that need no device. --pcs, --calls and --mode cmp record
what the kcov device records, to an area for each thread, of --size words; what comes when it is full is missing, and a
message says so.

A program runs as node would run it, in a process of its own, and ends as it would. Its child processes are not
traced: wasm-kcov coverage covers those. A WASI program sees no variable but those of --env, and no directory but
those of --dir. With --json, and with every format of --calls but the tree, the program's standard output goes to
standard error unless --output is given.
`;

export function addTraceCommand(program: Command): void {
  const command = program
    .command("trace")
    .summary("run a program or a module and show which code it reached")
    .description(
      "Runs a JavaScript program, or a WebAssembly module, and counts which code it executes. Every module is " +
        "instrumented before it is compiled, also those that packages load with glue code of their own. Prints the " +
        "functions that executed.",
    )
    .argument("<target>", "program, module (told by their contents) or command")
    .argument("[args...]", "arguments of the program, of the WASI program, or of the export")
    .passThroughOptions();
  addTraceOptions(command)
    .addHelpText("after", EXAMPLES)
    .action(async (given: string, args: string[], flags: TraceFlags) => {
      const target = findTarget(given);
      if (target.kind === "module") await runModule(target.path, args, flags);
      else await runProgramOf(target, given, args, withCalls(flags));
    });
}

function addTraceOptions(command: Command): Command {
  command
    .addOption(
      new Option("--mode <mode>", "record executed sites, or operands of comparisons")
        .choices(["pc", "cmp"])
        .default("pc"),
    )
    .option("--invoke <name>", "call this export of a module, instead of _start")
    .option("--dir <guest=host>", "let a WASI program open a directory (repeatable)", collectValues)
    .option("--env <name[=value]>", "let a WASI program see a variable (repeatable)", collectValues)
    .option(
      "--size <words>",
      `with --pcs, --calls or --mode cmp: length of the trace area in 64-bit words (default: ${DEFAULT_SIZE})`,
      parseSize,
    )
    .option("--pcs", "print the PCs in the order of execution", false)
    .option("--calls", "show who called whom, and how often (a proposal: it may change)", false)
    .addOption(
      new Option("--calls-format <format>", "how: a tree; folded stacks or speedscope's JSON, for flame graphs")
        .choices(CALLS_FORMATS)
        .default("tree"),
    )
    .option("--no-cache", "instrument anew, and keep nothing")
    .option("--unreached", "list what did not execute", false)
    .option("--all", "list all functions, however many", false)
    .option("--json", "print JSON (docs/trace-json.md)", false)
    .option("-o, --output <file>", "write the report to a file");
  return addHaltOption(addSanitizeOptions(addInstrumentOptions(command)));
}

async function runProgramOf(
  target: Exclude<Target, { kind: "module" }>,
  given: string,
  args: string[],
  flags: TraceFlags,
): Promise<void> {
  optimizeLate();
  const instrumenter = startInstrumenter(flags);
  const { endLike, runProgram } = await import("./tracing/program.ts");
  const { mode } = flags;
  const trace = recordingOf(flags) === "counts" ? undefined : { mode, size: sizeOf(flags) };
  const end = await runProgram({ target, args, trace, stdout: programOutput(flags) }, instrumenter);
  const { modules, remarks: unmatched } = await instrumenter;
  const result = resultOf(end, mode);
  if (modules.length > 0 && result !== undefined) writeReport({ mode, modules, ...result }, flags);
  for (const line of unmatched) say(`wasm-kcov: ${line}`);
  for (const line of remarks(given, modules.length, end)) say(line);
  endLike(end);
}

/** @returns undefined if the program ended before it could leave any results */
function resultOf({ records, counts }: ProgramEnd, mode: TraceMode): Pick<TraceResult, "tasks" | "counts"> | undefined {
  if (counts !== undefined) return { tasks: counts.tasks, counts: counts.modules };
  if (records === undefined) return undefined;
  return { tasks: records.map(({ task, words }) => new Records(task, words, mode)), counts: undefined };
}

/** Remarks on what is not in the report, and why. */
function remarks(target: string, modules: number, end: ProgramEnd): string[] {
  const { records, counts, children, started, signal, isStuck, isUntraceable } = end;
  const lines: string[] = [];
  if (!started) lines.push(`${target} started no Node.js that could be traced`);
  else if (isUntraceable)
    lines.push(`${target} ran in a Node.js whose WebAssembly is frozen or not there: nothing can be traced`);
  else if (isStuck)
    lines.push(
      `${target} was in code that never returned when ${signal} came: what it executed is lost, there is no report`,
    );
  else if (records === undefined && counts === undefined)
    lines.push(`${target} was ended${signal ? ` by ${signal}` : ""}: what it executed is lost, there is no report`);
  else if (modules === 0) lines.push(`${target} loaded no WebAssembly module that could be traced`);
  if (children.length > 0) lines.push(describeChildren(children));
  return lines.map((line) => `wasm-kcov: ${line}`);
}

function describeChildren(children: readonly string[]): string {
  const [what, were] = children.length === 1 ? ["child process", "was"] : ["child processes", "were"];
  const names = [...new Set(children)];
  const listed = names.slice(0, NAMED_CHILDREN).join(", ") + (names.length > NAMED_CHILDREN ? ", …" : "");
  return `${children.length} ${what} ${were} not traced: ${listed}; use wasm-kcov coverage`;
}

async function runModule(path: string, rest: string[], flags: TraceFlags): Promise<void> {
  const { args, flags: given } = parseTail(addTraceOptions(new Command("wasm-kcov trace <module>")), rest, flags);
  const all = withCalls(given);
  const instrumenter = await startInstrumenter(all);
  const { countModule, recordModule } = await import("./tracing/module_tracer.ts");
  const { traceModule } = await import("./tracing/module.ts");
  const { mode } = all;
  const tracer = recordingOf(all) === "counts" ? countModule() : recordModule(mode, sizeOf(all));
  const { invoke, dir = [], env = [] } = all;
  const run = { invoke, args, directories: dir, variables: env, stdout: programOutput(all) };
  await traceModule(path, run, instrumenter, tracer, () => {
    writeReport({ mode, modules: instrumenter.modules, ...tracer.finish() }, all);
    for (const line of instrumenter.remarks) say(`wasm-kcov: ${line}`);
  });
}

/** Applies `--calls`, which is a mode of its own. @throws {Failure} another option contradicts it */
function withCalls(flags: TraceFlags): TraceFlags {
  if (!flags.calls) return flags;
  const other =
    flags.mode === "cmp"
      ? "--mode cmp"
      : ["json", "pcs", "unreached"].find((name) => name in flags && flags[name as "json"]);
  if (other === undefined) return { ...flags, mode: "calls" };
  const option = other.startsWith("--") ? other : `--${other}`;
  throw new Failure(`${option} does not go with --calls, which has formats of its own (--calls-format)`, EXIT_USAGE);
}

/** Where the program's output goes: not to stdout if that is for a report that programs read. */
function programOutput({ json, calls, callsFormat, output }: TraceFlags): 1 | 2 {
  const forPrograms = json || (calls && callsFormat !== "tree");
  return forPrograms && output === undefined ? 2 : 1;
}

/** Imports the instrumenter only when it is needed: help and usage errors need not wait for it. */
async function startInstrumenter(flags: TraceFlags): Promise<ModuleInstrumenter> {
  const recording = recordingOf(flags);
  if (recording === "counts" && flags.size !== undefined) {
    say("wasm-kcov: --size has no effect here: it is for --pcs, --calls and --mode cmp; counts need no room");
  }
  const sanitize = toSanitize(flags);
  const options = { ...toInstrumentOptions(flags), ...(sanitize && { sanitize }) };
  const { cache } = flags;
  const { ModuleInstrumenter } = await import("./tracing/modules.ts");
  return new ModuleInstrumenter(recording, options, cache);
}

/** The summary of executed sites is made from counts, which never fill up; for everything else events are recorded. */
function recordingOf({ mode, pcs }: TraceFlags): Recording {
  return mode === "pc" && !pcs ? "counts" : mode;
}

function sizeOf({ size = DEFAULT_SIZE }: TraceFlags): number {
  return size;
}

function writeReport(result: TraceResult, flags: TraceFlags): void {
  try {
    const output = new Output(flags.output ?? "-");
    for (const block of inBlocks(formatReport(result, flags))) if (!output.write(block)) return;
    output.close();
    const full = result.tasks.filter(isFull);
    if (full.length > 0) {
      const tasks = full.map(({ task }) => task).join(", ");
      say(
        `wasm-kcov: the area of task ${tasks} is full: later events are missing; give a --size above ${sizeOf(flags)}`,
      );
    }
  } catch (error) {
    say(`wasm-kcov: ${describeFailure(error).line}`);
    process.exitCode = EXIT_FAILURE;
  }
}

/** Length of the blocks that are written. */
const BLOCK_LENGTH = 1 << 16;

function* inBlocks(pieces: Iterable<string>): Generator<string, void, void> {
  let block = "";
  for (const piece of pieces) {
    block += piece;
    if (block.length < BLOCK_LENGTH) continue;
    yield block;
    block = "";
  }
  yield block;
}
