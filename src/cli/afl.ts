/** `wasm-kcov afl`: AFL++ on a target. */

import { type ChildProcess, spawn } from "node:child_process";
import { constants } from "node:os";
import { fileURLToPath } from "node:url";
import { Command } from "commander";
import { type AflArguments, optionValue, splitArguments } from "../fuzz/afl/arguments.ts";
import type { FuzzTarget } from "../fuzz/engine.ts";
import { openAflTarget } from "./afl_open.ts";
import { EXIT_USAGE, Failure } from "./failure.ts";
import { addTargetOptions, type TargetFlags, toTargetArguments } from "./target_options.ts";

interface Flags {
  cmplog: boolean;
  aflFuzz: string;
}

const EXAMPLES = `
Options of afl-fuzz come before the target, options of the target after it: see afl-target --help.
Test cases are passed in shared memory; CmpLog and the module's own dictionary are on.

Examples:
  $ wasm-kcov afl -i in -o out parser.wasm
  $ wasm-kcov afl -i in -o out -M main parser.wasm                   two processes of one campaign
  $ wasm-kcov afl --no-cmplog -i in -o out -S second parser.wasm
  $ wasm-kcov afl -i in -o out -x json.dict parser.wasm --reset memory
`;

export function addAflCommand(program: Command): void {
  program
    .command("afl")
    .summary("fuzz a target with AFL++")
    .description("Runs afl-fuzz on a target, with everything set that it needs.")
    .usage("[options] -i <in> -o <out> [options of afl-fuzz] <target> [options of the target]")
    .option("--no-cmplog", "do not let AFL++ see comparisons: two processes fewer")
    .option("--afl-fuzz <program>", "the program to run", "afl-fuzz")
    .argument("[args...]", "options of afl-fuzz, the target, and its options")
    .allowUnknownOption()
    .passThroughOptions()
    .addHelpText("after", EXAMPLES)
    .action(run);
}

async function run(args: string[], flags: Flags): Promise<void> {
  const split = splitArguments(args);
  if (split === undefined) throw new Failure("name the target: wasm-kcov afl -i in -o out TARGET", EXIT_USAGE);
  const memory = optionValue(split.fuzzer, "m");
  if (memory !== undefined && memory !== "none" && memory !== "0") {
    throw new Failure(`-m ${memory}: Node.js reserves more address space than that; leave -m out`, EXIT_USAGE);
  }
  const targetFlags = parseTargetFlags(split.rest);
  const { loadKoffi } = await import("../fuzz/native/koffi.ts");
  await loadKoffi();
  // Errors of the target are reported here, once: AFL++ does not show what a target prints.
  const opened = await openAflTarget(split.target, targetFlags);
  const { bytes } = opened.layout;
  const fuzzer = [...split.fuzzer, ...defaultOptions(split, opened.target, flags)];
  opened.target[Symbol.dispose]();
  const program = [process.execPath, ...process.execArgv, MAIN, "afl-target", split.target];
  await runToEnd(flags.aflFuzz, [...fuzzer, "--", ...program, ...toTargetArguments(targetFlags)], environment(bytes));
}

const MAIN = fileURLToPath(new URL("./main.js", import.meta.url));

function parseTargetFlags(args: readonly string[]): TargetFlags {
  const command = addTargetOptions(new Command("target options")).exitOverride();
  command.parse(args, { from: "user" });
  return command.opts<TargetFlags>();
}

/** Options of afl-fuzz that the user has not set. */
function defaultOptions({ fuzzer }: AflArguments, target: FuzzTarget, { cmplog }: Flags): string[] {
  const options: string[] = [];
  if (cmplog && optionValue(fuzzer, "c") === undefined) options.push("-c", "0");
  if (target.maxInputBytes < AFL_MAX_INPUT_BYTES && optionValue(fuzzer, "G") === undefined) {
    options.push("-G", String(target.maxInputBytes));
  }
  if (optionValue(fuzzer, "t") === undefined) options.push("-t", AFL_TIMEOUT_MS);
  return options;
}

/** AFL++ would choose a timeout by the first runs, often 20 ms, which a garbage collection may take. */
const AFL_TIMEOUT_MS = "1000";

/** The longest test case that AFL++ makes by default. */
const AFL_MAX_INPUT_BYTES = 1 << 20;
/** The largest map that AFL++ supports by default. */
const AFL_DEFAULT_MAP_BYTES = 1 << 16;

/** The environment of afl-fuzz. Variables that the user has set are kept. */
function environment(mapBytes: number): NodeJS.ProcessEnv {
  return {
    // AFL++ would look for its own instrumentation in the node executable.
    AFL_SKIP_BIN_CHECK: "1",
    // Node.js starts and instruments more slowly than a native program.
    AFL_FORKSRV_INIT_TMOUT: "60000",
    // Crashes are reported over the pipe, not by dying: where core dumps go does not matter.
    AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES: "1",
    ...(mapBytes > AFL_DEFAULT_MAP_BYTES ? { AFL_MAP_SIZE: String(mapBytes) } : {}),
    ...process.env,
  };
}

/** Runs the fuzzer as if in place of this process: same terminal, same signals, same exit code. */
function runToEnd(program: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: "inherit", env });
    const stop = passSignals(child);
    child.once("error", (error) => {
      stop();
      reject(startFailure(program, error));
    });
    child.once("close", (code, signal) => {
      stop();
      process.exitCode = signal === null ? (code ?? 0) : 128 + constants.signals[signal];
      resolve();
    });
  });
}

/** Ctrl-C reaches both processes; a signal to this one alone is forwarded. */
function passSignals(child: ChildProcess): () => void {
  const ignore = (): void => {};
  const terminate = (): void => void child.kill("SIGTERM");
  process.on("SIGINT", ignore);
  process.on("SIGTERM", terminate);
  return () => {
    process.off("SIGINT", ignore);
    process.off("SIGTERM", terminate);
  };
}

function startFailure(program: string, error: NodeJS.ErrnoException): Failure {
  if (error.code !== "ENOENT") return new Failure(`cannot run ${program}: ${error.message}`);
  return new Failure(`${program} is not installed: on Debian and Ubuntu apt-get install afl++, or see aflplus.plus`);
}
