/** `wasm-kcov fuzz`. */

import type { Command } from "commander";
import { describeFlags, parseEngineArguments } from "../fuzz/builtin/flags.ts";
import { EXIT_USAGE, Failure } from "./failure.ts";
import { addTargetOptions, type TargetFlags } from "./target_options.ts";

interface FuzzFlags extends TargetFlags {
  json: boolean;
  initTimeout: number;
  emitRunner?: string;
}

const DEFAULT_INIT_TIMEOUT = 60;

const HELP = `
Flags of libFuzzer control the engine; -help=1 lists them. Directories are fuzzed, and new inputs go into the first;
files are run. Exit codes: 0, 1 failure, 2 usage, 70 timeout, 71 out of memory, 72 interrupted, 77 crash.

Examples:
  $ wasm-kcov fuzz parser.wasm corpus                 fuzz LLVMFuzzerTestOneInput, until it crashes
  $ wasm-kcov fuzz parser.wasm corpus -max_total_time=60 -dict=json.dict
  $ wasm-kcov fuzz parser.wasm crash-1d2f…            run one input again
  $ wasm-kcov fuzz parser.wasm -minimize_crash=1 crash-1d2f…
  $ wasm-kcov fuzz parser.wasm -merge=1 corpus new    add to corpus what new reaches beyond it
  $ wasm-kcov fuzz parser.wasm corpus -fork=4 -ignore_crashes=1
  $ wasm-kcov fuzz parser.wasm corpus --sanitize      find memory errors, too
  $ wasm-kcov fuzz lib.wasm --entry parse --reset memory corpus
  $ wasm-kcov fuzz parser.wasm --emit-runner "$OUT"   an executable for ClusterFuzzLite and OSS-Fuzz
`;

export function addFuzzCommand(program: Command): void {
  const command = program
    .command("fuzz")
    .summary("find inputs that crash a module")
    .description(
      "Fuzzes a WebAssembly module, guided by its coverage: the built-in engine, with libFuzzer's command line. The module " +
        "is instrumented on the fly.",
    )
    .argument("<target>", "module (.wasm) or program")
    .argument("[args...]", "directories with inputs, or files; -flag=value")
    .helpOption("--help", "display help for command")
    .allowUnknownOption()
    .option(
      "--emit-runner <directory>",
      "write an executable for each target that takes libFuzzer's arguments, and end",
    )
    .option("--json", "print what happens as JSON, a line an event, on stdout", false)
    .option(
      "--init-timeout <seconds>",
      "time that loading and initialising the target may take",
      parseSeconds,
      DEFAULT_INIT_TIMEOUT,
    );
  addTargetOptions(command)
    .addHelpText("after", HELP)
    .action(async (target: string, args: string[], flags: FuzzFlags) => {
      await fuzz(target, args, flags);
    });
}

async function fuzz(target: string, args: readonly string[], flags: FuzzFlags): Promise<void> {
  if (flags.emitRunner !== undefined) {
    const { emitRunners } = await import("./fuzzing/emit_runner.ts");
    emitRunners(flags.emitRunner, [target, ...args], flags);
    return;
  }
  const engine = parseEngineArguments(args);
  if (engine.flags.help !== 0) {
    process.stdout.write(describeFlags());
    return;
  }
  const { runFuzz } = await import("./fuzzing/run.ts");
  process.exitCode = await runFuzz({
    target,
    engine,
    targetFlags: flags,
    json: flags.json,
    initTimeout: flags.initTimeout,
  });
}

function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (!(seconds > 0)) throw new Failure(`--init-timeout ${text} is not a number of seconds`, EXIT_USAGE);
  return seconds;
}
