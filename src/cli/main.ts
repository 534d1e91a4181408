#!/usr/bin/env node
/** The command line: `wasm-kcov COMMAND …`. Exit codes: 0, 1 failure, 2 usage. */

import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { visibleLines } from "../text.ts";
import { addAflCommand } from "./afl.ts";
import { addAflTargetCommand } from "./afl_target.ts";
import { addBenchCommand } from "./bench.ts";
import { addCacheCommand } from "./cache.ts";
import { addCorpusCommand } from "./corpus.ts";
import { addCoverageCommand } from "./coverage.ts";
import { describeFailure, EXIT_USAGE, Failure } from "./failure.ts";
import { addFuzzCommand } from "./fuzz.ts";
import { addInstrumentCommand } from "./instrument.ts";
import { say } from "./io.ts";
import { addLibFuzzerCommand } from "./libfuzzer.ts";
import { addReportCommand } from "./report.ts";
import { addSitesCommand } from "./sites.ts";
import { addTraceCommand } from "./trace.ts";

for (const stream of [process.stdout, process.stderr]) stream.on("error", endWithReader);
await main(process.argv);

async function main(argv: readonly string[]): Promise<void> {
  const program = new Command("wasm-kcov")
    .description("Coverage of WebAssembly, collected as the Linux kernel does it: kcov for any module.")
    .version(packageVersion(), "-V, --version")
    .enablePositionalOptions()
    .configureOutput({ outputError: (text, write) => write(visibleLines(text)) })
    .showHelpAfterError("(--help shows the options and an example)")
    .exitOverride()
    .hook("preAction", checkEngine);
  addCoverageCommand(program);
  addReportCommand(program);
  addTraceCommand(program);
  addFuzzCommand(program);
  addCorpusCommand(program);
  addInstrumentCommand(program);
  addSitesCommand(program);
  addBenchCommand(program);
  addAflCommand(program);
  addAflTargetCommand(program);
  addLibFuzzerCommand(program);
  addCacheCommand(program);
  try {
    await program.parseAsync(argv);
  } catch (error) {
    fail(error);
  }
}

/** @throws {Failure} no command can work in this engine */
function checkEngine(): void {
  if (typeof WebAssembly === "undefined")
    throw new Failure("this Node.js has no WebAssembly: run it without --jitless");
}

function fail(error: unknown): void {
  if (error instanceof CommanderError) {
    // Commander has printed what is wrong, or the requested help.
    process.exitCode = error.exitCode === 0 ? 0 : EXIT_USAGE;
    return;
  }
  const { line, exitCode } = describeFailure(error);
  say(`wasm-kcov: ${line}`);
  process.exitCode = exitCode;
}

/** A reader that is gone (`| head`) is not an error, and there is nothing more to do. */
function endWithReader(error: NodeJS.ErrnoException): void {
  if (error.code !== "EPIPE") throw error;
  process.exit();
}

function packageVersion(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}
