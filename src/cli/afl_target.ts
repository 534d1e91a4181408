/** `wasm-kcov afl-target`: the program under test, for AFL++'s tools. */

import { type ChildProcess, spawn } from "node:child_process";
import { fstatSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Command, Option } from "commander";
import type { ExecutorOrder, ExecutorReport } from "../fuzz/afl/supervisor.ts";
import { openAflTarget } from "./afl_open.ts";
import { describeFailure, EXIT_FAILURE } from "./failure.ts";
import { readFileOrStdin, say } from "./io.ts";
import { addTargetOptions, type TargetFlags, toTargetArguments } from "./target_options.ts";

interface Flags extends TargetFlags {
  /** Id of the segment with the state of the run, if this process is an executor. */
  executor?: number;
}

const CHILD_CONTROL_FD = 4;
const CHILD_STATUS_FD = 5;

const EXAMPLES = `
AFL++'s tools start it as the program under test. Without them it runs the target once on a file, or standard input, and
ends with SIGABRT if the target crashes. \`wasm-kcov afl\` starts afl-fuzz with all of this set.

Examples:
  $ AFL_SKIP_BIN_CHECK=1 afl-fuzz -i in -o out -- wasm-kcov afl-target parser.wasm
  $ AFL_SKIP_BIN_CHECK=1 afl-showmap -t 10000 -o map.txt -- wasm-kcov afl-target parser.wasm < input
  $ AFL_SKIP_BIN_CHECK=1 afl-tmin -i crash -o small -- wasm-kcov afl-target parser.wasm @@
  $ wasm-kcov afl-target parser.wasm out/default/crashes/id:000000*
`;

export function addAflTargetCommand(program: Command): void {
  const command = program
    .command("afl-target")
    .summary("be the program under test of AFL++")
    .description("Runs a target under AFL++: fork server, shared memory, CmpLog, and a dictionary of its own.")
    .argument("<target>", "module (.wasm), or JavaScript module that exports fuzz(bytes)")
    .argument("[input]", "file with the test case, @@ for AFL++ to fill in; default: standard input");
  addTargetOptions(command)
    .addOption(new Option("--executor <segment>").argParser(Number).hideHelp())
    .addHelpText("after", EXAMPLES)
    .action(async (path: string, input: string | undefined, flags: Flags) => {
      if (flags.executor !== undefined) await runExecutor(path, input, flags, flags.executor);
      else if (await hasForkServer()) await runSupervisor(path, input, flags);
      else await runOnce(path, input, flags);
    });
}

/** Whether AFL++ started this process with its two pipes. */
async function hasForkServer(): Promise<boolean> {
  const { CONTROL_FD, STATUS_FD } = await import("../fuzz/afl/protocol.ts");
  return [CONTROL_FD, STATUS_FD].every((fd) => {
    try {
      const kind = fstatSync(fd);
      return kind.isFIFO() || kind.isSocket();
    } catch {
      return false;
    }
  });
}

async function runSupervisor(path: string, input: string | undefined, flags: Flags): Promise<void> {
  const { loadKoffi } = await import("../fuzz/native/koffi.ts");
  const { Supervisor } = await import("../fuzz/afl/supervisor.ts");
  const { CONTROL_FD, INPUT_VARIABLE, STATUS_FD } = await import("../fuzz/afl/protocol.ts");
  const start = (state: number): ChildProcess => {
    const positional = input === undefined ? [path] : [path, input];
    const args = ["afl-target", ...toTargetArguments(flags), "--executor", String(state), "--", ...positional];
    return spawn(process.execPath, [...process.execArgv, MAIN, ...args], {
      stdio: ["inherit", "inherit", "inherit", "ipc", CONTROL_FD, STATUS_FD],
      serialization: "advanced",
    });
  };
  await new Supervisor(start, await loadKoffi(), INPUT_VARIABLE in process.env).serve();
}

const MAIN = fileURLToPath(new URL("./main.js", import.meta.url));

async function runExecutor(path: string, input: string | undefined, flags: Flags, state: number): Promise<void> {
  try {
    const { loadKoffi } = await import("../fuzz/native/koffi.ts");
    const { Executor } = await import("../fuzz/afl/executor.ts");
    const { Processes } = await import("../fuzz/native/processes.ts");
    const koffi = await loadKoffi();
    new Processes(koffi).dieWithParent();
    const { target, layout } = await openAflTarget(path, flags);
    const dictionary = await readDictionary(path);
    const order = await report({ kind: "ready", mapBytes: layout.bytes, dictionary });
    if (order === undefined) return;
    const links = { ...(await segmentsOfAfl(order)), state, file: input };
    const fds = { controlFd: CHILD_CONTROL_FD, statusFd: CHILD_STATUS_FD };
    const executor = new Executor(target, layout, { ...links, ...fds }, koffi);
    process.disconnect();
    await executor.run();
  } catch (error) {
    if (!process.connected) throw error;
    // The supervisor prints it.
    await report({ kind: "failed", line: describeFailure(error).line });
    process.disconnect();
    process.exitCode = EXIT_FAILURE;
  }
}

/** Reports to the supervisor. @returns its order; undefined if it is gone, or the report is a failure */
function report(message: ExecutorReport): Promise<ExecutorOrder | undefined> {
  return new Promise((resolve) => {
    process.once("message", (order) => resolve(order as ExecutorOrder));
    process.once("disconnect", () => resolve(undefined));
    process.send?.(message, () => {
      if (message.kind === "failed") resolve(undefined);
    });
  });
}

/** The ids of the segments that AFL++ passes in the environment. */
async function segmentsOfAfl({ sharedInput }: ExecutorOrder): Promise<{
  map: number;
  input: number | undefined;
  cmplog: number | undefined;
}> {
  const names = await import("../fuzz/afl/protocol.ts");
  const { env } = process;
  const segment = (name: string): number | undefined => (env[name] === undefined ? undefined : Number(env[name]));
  return {
    map: segment(names.MAP_VARIABLE) ?? -1,
    input: sharedInput ? segment(names.INPUT_VARIABLE) : undefined,
    cmplog: names.CMPLOG_MODE_VARIABLE in env ? segment(names.CMPLOG_VARIABLE) : undefined,
  };
}

async function runOnce(path: string, input: string | undefined, flags: Flags): Promise<void> {
  const { readInput: readTestCase } = await import("../fuzz/afl/file_input.ts");
  const { loadKoffi } = await import("../fuzz/native/koffi.ts");
  const { runOneShot } = await import("../fuzz/afl/one_shot.ts");
  const { MAP_VARIABLE } = await import("../fuzz/afl/protocol.ts");
  const bytes = readTestCase(input);
  const { target, layout } = await openAflTarget(path, flags);
  const segment = process.env[MAP_VARIABLE];
  const map = segment && { koffi: await loadKoffi(), segment: Number(segment), layout };
  const outcome = await runOneShot(target, bytes, map || undefined);
  if (outcome.kind === "ok") return;
  say(`wasm-kcov: ${path}: ${outcome.crash.reason}`);
  for (const { name, offset } of outcome.crash.frames) {
    say(`    in ${name}${offset === undefined ? "" : ` at 0x${offset.toString(16)}`}`);
  }
  process.exitCode = EXIT_FAILURE;
  // AFL++'s tools recognise a crash by the signal.
  process.kill(process.pid, "SIGABRT");
}

/** A dictionary from the file itself; empty for a JavaScript module. */
async function readDictionary(path: string): Promise<Uint8Array[]> {
  const { dictionaryOf } = await import("../fuzz/afl/auto_dictionary.ts");
  const contents = readFileOrStdin(path);
  return contents[0] === 0 ? dictionaryOf(contents) : [];
}
