/** `wasm-kcov trace`. */

import { Command, Option } from "commander";
import { KCOV_MAX_SIZE, KCOV_MIN_SIZE } from "../abi/kcov.ts";
import { describeFailure, EXIT_USAGE, Failure } from "./failure.ts";
import { addInstrumentOptions, collect, type InstrumentFlags, toInstrumentOptions } from "./instrument_options.ts";
import { checkReadable, Output, say } from "./io.ts";
import type { TraceMode } from "./tracing/records.ts";
import { formatReport } from "./tracing/report.ts";
import type { TraceSession } from "./tracing/session.ts";

interface TraceFlags extends InstrumentFlags {
  mode: TraceMode;
  size: number;
  invoke?: string;
  dir?: string[];
  json: boolean;
  pcs: boolean;
  all: boolean;
  output: string;
}

/** 16 Mi words, 128 MiB: the most that kernel consumers use. It costs what is written. */
const DEFAULT_SIZE = 1 << 24;

const EXAMPLES = `
Examples:
  $ wasm-kcov trace test.mjs                        which functions of the modules that test.mjs loads does it reach?
  $ wasm-kcov trace --json -o cov.json test.mjs     the same for programs
  $ wasm-kcov trace sum.wasm --invoke add 1 2       call one export
  $ wasm-kcov trace --mode cmp parser.wasm          which values does the WASI program compare?
`;

export function addTraceCommand(program: Command): void {
  const command = program
    .command("trace")
    .summary("run a program or a module and show which code it reached")
    .description(
      "Runs a JavaScript program, or a WebAssembly module, under the kcov device. Every module is instrumented before it " +
        "is compiled, also those that packages load with glue code of their own. Prints the functions that executed.",
    )
    .argument("<target>", "program (.js, .mjs, .ts …) or module (.wasm)")
    .argument("[args...]", "arguments of the program, of the WASI program, or of the export")
    .passThroughOptions();
  addTraceOptions(command)
    .addHelpText("after", EXAMPLES)
    .action(async (target: string, args: string[], flags: TraceFlags) => {
      if (target.endsWith(".wasm")) await runModule(target, args, flags);
      else await runScript(target, args, flags);
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
    .option("--dir <guest=host>", "let a WASI program open a directory (repeatable)", collect)
    .option("--size <words>", "length of the trace area in 64-bit words", parseSize, DEFAULT_SIZE)
    .option("--pcs", "print the PCs in the order of execution", false)
    .option("--all", "list all functions that ran", false)
    .option("--json", "print JSON", false)
    .option("-o, --output <file>", "write the report to a file", "-");
  return addInstrumentOptions(command);
}

async function runScript(target: string, args: string[], flags: TraceFlags): Promise<void> {
  checkReadable(target);
  const session = await startSession(flags);
  const { traceScript } = await import("./tracing/script.ts");
  await traceScript(target, args, session, () => writeReport(session, flags));
}

async function runModule(target: string, rest: string[], flags: TraceFlags): Promise<void> {
  const { args, flags: all } = parseTail(rest, flags);
  checkReadable(target);
  const session = await startSession(all);
  const { traceModule } = await import("./tracing/module.ts");
  const run = { invoke: all.invoke, args, directories: all.dir ?? [] };
  await traceModule(target, run, session, () => writeReport(session, all));
}

/**
 * A program's arguments are its own, whatever they look like, so parsing stops at the target. Behind a module options
 * are allowed too: `trace sum.wasm --invoke add 1 2`. Numbers may be negative; `--` ends the options.
 */
function parseTail(rest: string[], flags: TraceFlags): { args: string[]; flags: TraceFlags } {
  const tail = addTraceOptions(new Command("wasm-kcov trace <module>")).argument("[args...]").exitOverride();
  tail.parse(rest, { from: "user" });
  const given = Object.entries(tail.opts()).filter(([name]) => tail.getOptionValueSource(name) === "cli");
  return { args: tail.args, flags: { ...flags, ...Object.fromEntries(given) } };
}

/** What runs is imported when it runs: it brings Binaryen along, which help and usage errors need not wait for. */
async function startSession(flags: TraceFlags): Promise<TraceSession> {
  const instrument = toInstrumentOptions(flags);
  const { TraceSession } = await import("./tracing/session.ts");
  return TraceSession.start({ mode: flags.mode, size: flags.size, instrument });
}

/** Runs while the process exits, too: nothing may be awaited, and a failure must not throw. */
function writeReport(session: TraceSession, flags: TraceFlags): void {
  try {
    session.stop();
    const output = new Output(flags.output);
    for (const block of formatReport(session, flags)) output.write(block);
    output.close();
    const full = session.records().filter(({ dropped }) => dropped);
    if (full.length > 0) {
      const tasks = full.map(({ task }) => task).join(", ");
      say(`wasm-kcov: the area of task ${tasks} is full: later events are missing; give a --size above ${flags.size}`);
    }
  } catch (error) {
    const { line, exitCode } = describeFailure(error);
    say(`wasm-kcov: ${line}`);
    process.exitCode = exitCode;
  }
}

function parseSize(text: string): number {
  const size = Number(text);
  if (!Number.isInteger(size) || size < KCOV_MIN_SIZE || size > KCOV_MAX_SIZE) {
    throw new Failure(`--size ${text} is not a number of words from ${KCOV_MIN_SIZE} to ${KCOV_MAX_SIZE}`, EXIT_USAGE);
  }
  return size;
}
