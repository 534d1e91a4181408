/** `wasm-kcov bench`. */

import { Command } from "commander";
import { MODE_NAMES, MODES, type ModeName } from "./bench/modes.ts";
import type { NamedComparison } from "./bench/report.ts";
import type { Workload } from "./bench/side.ts";
import { EXIT_USAGE, Failure } from "./failure.ts";
import { addSiteOptions, collectValues, type InstrumentFlags, toInstrumentOptions } from "./instrument_options.ts";
import { checkTarget, isModuleFile, say, writeOutput } from "./io.ts";
import { parseSize, parseTail } from "./program_options.ts";

interface Flags extends Omit<InstrumentFlags, "link" | "trace" | "counters"> {
  invoke?: string;
  input?: string;
  malloc: string;
  modes?: ModeName[];
  rounds: number;
  roundTime: number;
  warmUp: number;
  size: number;
  node?: string[];
  json: boolean;
  chart?: string;
  output: string;
}

/** 64 Mi words, 512 MiB: memory that is never written costs nothing. */
const DEFAULT_SIZE = 1 << 26;

const DESCRIPTION =
  "Measures what coverage costs a program: each mode runs in a process of its own, is warmed up until it gets no " +
  "faster, and then takes its turn in many short rounds. Slowdowns are medians over the rounds.";

const EXAMPLES = `
Modes:
${MODES.map(({ name, meaning }) => `  ${name.padEnd(10)} ${meaning}`).join("\n")}

A script that exports a function (run, or default) is loaded once, and the function is measured. One that does not is
run as a whole each time, in a new process.

Examples:
  $ wasm-kcov bench sum.wasm --invoke sum 1000
  $ wasm-kcov bench parser.wasm --input document.json        LLVMFuzzerTestOneInput, or the export that --invoke names
  $ wasm-kcov bench --chart slowdown.svg test.mjs            options before a script: what follows it is its own
  $ wasm-kcov bench --modes fused,counters --node node22/bin/node --node node26/bin/node test.mjs
`;

export function addBenchCommand(program: Command): void {
  const command = program
    .command("bench")
    .summary("measure what coverage costs a program")
    .description(DESCRIPTION)
    .argument("<target>", "module (.wasm) or program (.js, .mjs, .ts …)")
    .argument("[args...]", "arguments of the export, of the WASI program, or of the program")
    .passThroughOptions();
  addBenchOptions(command)
    .addHelpText("after", EXAMPLES)
    .action((target: string, rest: string[], flags: Flags) => {
      const isModule = isModuleFile(target);
      const parsed = isModule
        ? parseTail(addBenchOptions(new Command("wasm-kcov bench <module>")), rest, flags)
        : { args: rest, flags };
      return run(workloadOf(target, parsed.args, parsed.flags), parsed.flags);
    });
}

function addBenchOptions(command: Command): Command {
  command
    .option("--invoke <name>", "call this export of a module, instead of _start")
    .option("--input <file>", "call the export with the address and the length of a file's contents")
    .option("--malloc <name>", "export that gives memory for the input", "malloc")
    .option("--modes <list>", "what to compare with the original, comma-separated (default: all)", parseModes)
    .option("--rounds <number>", "how often each mode has its turn", parseCount("--rounds", 1), 41)
    .option("--round-time <ms>", "how long a turn is", parseCount("--round-time", 1), 20)
    .option("--warm-up <ms>", "the most that a mode is warmed up; 0: not at all", parseCount("--warm-up", 0), 8000)
    .option("--size <words>", "length of the trace area in 64-bit words", parseSize, DEFAULT_SIZE)
    .option("--node <path>", "measure with this Node.js (default: the one that runs this) (repeatable)", collectValues)
    .option("--json", "print JSON", false)
    .option("--chart <file>", "write a bar chart of the slowdowns (SVG)")
    .option("-o, --output <file>", "write the report to a file", "-");
  return addSiteOptions(command);
}

function workloadOf(path: string, args: string[], { invoke, input, malloc }: Flags): Workload {
  if (!isModuleFile(path)) {
    if (invoke !== undefined || input !== undefined)
      throw new Failure("--invoke and --input are for modules", EXIT_USAGE);
    return { kind: "script", path, args };
  }
  if (input !== undefined) {
    if (args.length > 0) throw new Failure("with --input there are no other arguments", EXIT_USAGE);
    return { kind: "input", path, invoke: invoke ?? "LLVMFuzzerTestOneInput", input, malloc };
  }
  return invoke === undefined ? { kind: "command", path, args } : { kind: "export", path, invoke, args };
}

async function run(workload: Workload, flags: Flags): Promise<void> {
  checkTarget(workload.path);
  const { benchProgram, circumstancesOf } = await import("./bench/session.ts");
  const { formatComparisons } = await import("./bench/report.ts");
  const { rounds, roundTime: roundMs, warmUp: warmUpMs, modes = MODE_NAMES, size } = flags;
  const instrument = toInstrumentOptions(flags);
  const nodes = flags.node ?? [process.execPath];
  const comparisons: NamedComparison[] = await benchProgram({
    workload,
    modes,
    size,
    instrument,
    nodes,
    rounds,
    roundMs,
    warmUpMs,
  });
  const circumstances = circumstancesOf(rounds, roundMs);
  const report = flags.json
    ? `${JSON.stringify({ ...circumstances, comparisons }, null, 2)}\n`
    : formatComparisons(comparisons, circumstances);
  writeOutput(flags.output, report);
  if (flags.chart !== undefined) {
    const { chartOf } = await import("./bench/session.ts");
    writeOutput(flags.chart, chartOf(comparisons));
    say(`${flags.chart}: the slowdowns as a chart`);
  }
}

function parseModes(text: string): ModeName[] {
  return text.split(",").map((name) => {
    const mode = MODE_NAMES.find((each) => each === name.trim());
    if (mode === undefined) throw new Failure(`--modes ${name} is not one of ${MODE_NAMES.join(", ")}`, EXIT_USAGE);
    return mode;
  });
}

function parseCount(option: string, least: number): (text: string) => number {
  return (text) => {
    const count = Number(text);
    if (!Number.isInteger(count) || count < least || count > 1e6) {
      throw new Failure(`${option} ${text} is not a number from ${least} to 1000000`, EXIT_USAGE);
    }
    return count;
  };
}
