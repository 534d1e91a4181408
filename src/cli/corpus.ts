/** `wasm-kcov corpus`. */

import type { Command } from "commander";
import { parseEngineArguments } from "../fuzz/builtin/flags.ts";
import { addReporterOptions, type CorpusReportFlags } from "./coverage/flags.ts";
import type { FuzzRequest } from "./fuzzing/plan.ts";
import { addTargetOptions, type TargetFlags } from "./target_options.ts";

interface CorpusFlags extends TargetFlags, CorpusReportFlags {
  timeout: string;
  json?: boolean;
  edges?: boolean;
  output?: string;
}

const EXAMPLES = `
Examples:
  $ wasm-kcov corpus coverage parser.wasm corpus          which functions do the inputs reach, and each of them?
  $ wasm-kcov corpus coverage -r html parser.wasm corpus  which lines?
  $ wasm-kcov corpus merge parser.wasm corpus new more    add to corpus what new and more reach beyond it
  $ wasm-kcov corpus minimize parser.wasm corpus -o small the fewest short inputs that reach the same
`;

export function addCorpusCommand(program: Command): void {
  const corpus = program
    .command("corpus")
    .summary("show, merge or minimize a directory of inputs")
    .description("Tools for directories of inputs, as fuzzers keep them: a file an input.")
    .addHelpText("after", EXAMPLES);
  addCoverage(corpus);
  addMerge(corpus);
  addMinimize(corpus);
}

function addCoverage(corpus: Command): void {
  const command = corpus
    .command("coverage")
    .description("Shows which functions and edges the inputs reach together, and each input alone.")
    .argument("<target>", "module (.wasm) or program")
    .argument("<dirs...>", "directories with inputs")
    .option("--edges", "with --json: list the offsets of the edges reached", false)
    .option("--json", "print JSON", false);
  addReporterOptions(command);
  addCommonOptions(command).action(async (target: string, dirs: string[], flags: CorpusFlags) => {
    const { showCoverage } = await import("./fuzzing/corpus_coverage.ts");
    process.exitCode = await showCoverage(toRequest(target, dirs, flags), flags);
  });
}

function addMerge(corpus: Command): void {
  const command = corpus
    .command("merge")
    .description("Adds to the first directory the inputs of the others that reach what it does not.")
    .argument("<target>", "module (.wasm) or program")
    .argument("<output>", "directory to add to")
    .argument("<dirs...>", "directories to take from");
  addCommonOptions(command).action(async (target: string, output: string, dirs: string[], flags: CorpusFlags) => {
    const { mergeCorpus } = await import("./fuzzing/corpus_merge.ts");
    process.exitCode = await mergeCorpus(toRequest(target, [output, ...dirs], flags));
  });
}

function addMinimize(corpus: Command): void {
  const command = corpus
    .command("minimize")
    .description("Copies the fewest short inputs that reach together what all of them reach.")
    .argument("<target>", "module (.wasm) or program")
    .argument("<dirs...>", "directories with inputs")
    .requiredOption("-o, --output <dir>", "directory for the result; it is made if it is not there");
  addCommonOptions(command).action(async (target: string, dirs: string[], flags: CorpusFlags) => {
    const { minimizeCorpus } = await import("./fuzzing/corpus_merge.ts");
    process.exitCode = await minimizeCorpus(toRequest(target, dirs, flags), flags.output ?? "");
  });
}

function addCommonOptions(command: Command): Command {
  return addTargetOptions(command).option("--timeout <seconds>", "time that one input may take", "60");
}

function toRequest(target: string, paths: string[], flags: CorpusFlags): FuzzRequest {
  const engine = parseEngineArguments([`-timeout=${flags.timeout}`, ...paths]);
  return { target, engine, targetFlags: flags, json: false, initTimeout: 60 };
}
