/**
 * Tracing a program: it runs in a process of its own, started as node itself would start it, with a preload that
 * installs the loader. This process instruments what the program loads, and reports when it has ended.
 */

import { type ChildProcess, type StdioOptions, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { preloadVariables } from "../../coverage/node/node_options.ts";
import { HOST, preloadOptions } from "../../loader/node/index.ts";
import { ChildSignals } from "../child_signals.ts";
import { EXIT_FAILURE, Failure } from "../failure.ts";
import type { ProgramCounts } from "./counts.ts";
import { InstrumentService } from "./instrument_service.ts";
import type { ModuleInstrumenter } from "./modules.ts";
import type { TaskWords } from "./records.ts";
import type { TraceSetup } from "./session.ts";
import { settingsVariable } from "./settings.ts";
import type { Target } from "./target.ts";

const PRELOAD = fileURLToPath(new URL("../../trace_preload.cjs", import.meta.url));

export interface ProgramRun {
  target: Exclude<Target, { kind: "module" }>;
  args: readonly string[];
  /** How the program is recorded; undefined if executions are counted. */
  trace: TraceSetup | undefined;
  /** Where the program's standard output goes: 2 reserves stdout for the report. */
  stdout: 1 | 2;
}

/** The end of a program, and its results. */
export interface ProgramEnd {
  /** Areas of its tasks; undefined if it was not recorded, or had no time to leave them when it ended. */
  records: TaskWords[] | undefined;
  /** Its counts; undefined if nothing was counted, or it had no time to leave them when it ended. */
  counts: ProgramCounts | undefined;
  /** Child processes that were not traced. */
  children: string[];
  code: number | null;
  /** The signal that ended it; for a program that was stuck, the one that would have. */
  signal: NodeJS.Signals | null;
  /** Whether it was in code that never returns when the signal came, and was killed. */
  isStuck: boolean;
  /** Whether its Node.js has no WebAssembly, or none that can be replaced. */
  isUntraceable: boolean;
  /** Whether a Node.js process with the loader in it was ever started. */
  started: boolean;
}

/**
 * Runs a program to its end.
 *
 * @throws {Failure} it cannot be started
 */
export async function runProgram(run: ProgramRun, instrumenter: Promise<ModuleInstrumenter>): Promise<ProgramEnd> {
  using service = new InstrumentService(instrumenter);
  const child = start(run, service.directory);
  const { directory } = service;
  using signals = new ChildSignals({ child, directory, isWatching: (pid) => service.wasClaimedBy(pid) });
  const [code, signal] = await ended(child, run.target.path);
  const { stuckAt } = signals;
  const left = { records: service.records(), counts: service.counts(), children: service.children() };
  return {
    ...left,
    code,
    signal: stuckAt ?? signal,
    isStuck: stuckAt !== undefined,
    started: service.wasClaimed(),
    isUntraceable: service.isUntraceable(),
  };
}

/** Ends this process as the program ended: with the same exit code, or by the same signal. */
export function endLike({ code, signal }: ProgramEnd): void {
  if (signal !== null) process.kill(process.pid, signal);
  else process.exitCode = process.exitCode === EXIT_FAILURE && code === 0 ? EXIT_FAILURE : (code ?? EXIT_FAILURE);
}

function start({ target, args, trace, stdout }: ProgramRun, directory: string): ChildProcess {
  const settings = { trace, directory, server: process.pid };
  const env = { ...process.env, ...settingsVariable(settings, process.env) };
  const stdio: StdioOptions = ["inherit", stdout, "inherit"];
  // Deno translates the Node.js options that it is started with into its own, but not those of a preload.
  if (target.kind === "script" && HOST !== "deno") {
    const all = [...process.execArgv, ...preloadOptions(PRELOAD), target.path, ...args];
    return spawn(process.execPath, all, { env, stdio });
  }
  const [path, all] = target.kind === "script" ? [process.execPath, [target.path, ...args]] : [target.path, args];
  return spawn(path, all, { env: { ...env, ...preloadVariables(process.env, PRELOAD) }, stdio });
}

function ended(child: ChildProcess, path: string): Promise<[code: number | null, signal: NodeJS.Signals | null]> {
  return new Promise((resolve, reject) => {
    child.once("error", (error) => reject(new Failure(`cannot start ${path}: ${error.message}`)));
    child.once("exit", (code, signal) => resolve([code, signal]));
  });
}
