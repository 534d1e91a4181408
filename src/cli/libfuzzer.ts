/** `wasm-kcov libfuzzer`: the real libFuzzer on a target. */

import { writeSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Command } from "commander";
import type { Crash } from "../fuzz/engine.ts";
import { visible } from "../text.ts";
import { describeFailure, EXIT_USAGE, Failure } from "./failure.ts";
import { say } from "./io.ts";
import { addTargetOptions, type TargetFlags, toTargetArguments, toTargetSettings } from "./target_options.ts";

interface Flags extends TargetFlags {
  build: boolean;
  clang?: string;
}

const EXAMPLES = `
libFuzzer comes with clang. Build it once:
  $ apt-get install clang-19 libclang-rt-19-dev
  $ npm install koffi
  $ wasm-kcov libfuzzer --build --clang clang-19

Options of the target come before it, arguments of libFuzzer after it (-help=1 lists them).

Examples:
  $ wasm-kcov libfuzzer parser.wasm corpus
  $ wasm-kcov libfuzzer --reset memory parser.wasm -max_total_time=60 -fork=2 corpus seeds
  $ wasm-kcov libfuzzer parser.wasm -merge=1 small corpus
  $ wasm-kcov libfuzzer parser.wasm crash-da39a3ee5e6b4b0d3255bfef95601890afd80709
`;

export function addLibFuzzerCommand(program: Command): void {
  const command = program
    .command("libfuzzer")
    .summary("fuzz a target with libFuzzer")
    .description("Runs the libFuzzer of your clang on a target, in this process.")
    .argument("[target]", "module (.wasm), or JavaScript module that exports fuzz(bytes)")
    .argument("[args...]", "arguments of libFuzzer")
    .option("--build", "build libFuzzer from clang's runtime, once", false)
    .option("--clang <program>", "the clang to build with; default: the newest that is found")
    .passThroughOptions();
  addTargetOptions(command).addHelpText("after", EXAMPLES).action(run);
}

async function run(path: string | undefined, args: string[], flags: Flags): Promise<void> {
  if (flags.build) await build(flags.clang);
  if (path !== undefined) await fuzz(path, args, flags);
  else if (!flags.build) throw new Failure("name the target: wasm-kcov libfuzzer TARGET", EXIT_USAGE);
}

async function build(clang: string | undefined): Promise<void> {
  const { buildLibrary } = await import("../fuzz/libfuzzer/build.ts");
  const { path, compiler, runtime } = buildLibrary(clang);
  say(`wasm-kcov: libFuzzer of ${compiler} (${runtime}) is built: ${path}`);
}

async function fuzz(path: string, args: string[], flags: Flags): Promise<void> {
  const { loadKoffi } = await import("../fuzz/native/koffi.ts");
  const { openTarget } = await import("../fuzz/index.ts");
  const { runLibFuzzer } = await import("../fuzz/libfuzzer/driver.ts");
  const { writeLauncher } = await import("../fuzz/libfuzzer/launcher.ts");
  const koffi = await loadKoffi();
  const target = await openTarget(path, await toTargetSettings(flags));
  if (target.modules.length === 0) await target.runOne(new Uint8Array(0));
  const main = fileURLToPath(new URL("./main.js", import.meta.url));
  const command = [process.execPath, ...process.execArgv, main, "libfuzzer", ...toTargetArguments(flags)];
  const launcher = writeLauncher([...command, "--", resolve(path)]);
  process.exitCode = runLibFuzzer(koffi, target, { launcher, args, onCrash: printCrash, onFailure: printFailure });
}

/** Prints synchronously, because libFuzzer exits the process next. */
function printCrash({ reason, frames }: Crash): void {
  const lines = frames.map(({ name, offset }, k) => {
    return `    #${k} in ${visible(name)}${offset === undefined ? "" : ` at 0x${offset.toString(16)}`}\n`;
  });
  writeSync(process.stderr.fd, `wasm-kcov: ${visible(reason)}\n${lines.join("")}`);
}

function printFailure(error: unknown): void {
  writeSync(process.stderr.fd, `wasm-kcov: ${visible(describeFailure(error).line)}\n`);
}
