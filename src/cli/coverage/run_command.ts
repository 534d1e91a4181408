/** Runs a command as a shell would: on this terminal, with signals forwarded and its exit code kept. */

import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { constants } from "node:os";
import { BEGUN_EXTENSION } from "../../coverage/node/profile_directory.ts";
import { ChildSignals } from "../child_signals.ts";
import { Failure } from "../failure.ts";

/** How a command ended. */
export interface CommandEnd {
  /** As from a shell: 128 plus the signal's number if a signal ended it. */
  readonly exitCode: number;
  readonly signal: NodeJS.Signals | null;
}

/** Exit codes as in shells. */
const EXIT_NOT_FOUND = 127;
const EXIT_NOT_EXECUTABLE = 126;
const SIGNAL_BASE = 128;

/** Directories to which the command's processes write. */
export interface RunPlaces {
  /** The directory for profiles. */
  readonly profiles: string;
  /** The directory for notes on how signals are handled. */
  readonly signals: string;
}

/** @throws {Failure} there is no such command, or it cannot be run */
export async function runCommand(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  { profiles, signals: directory }: RunPlaces,
): Promise<CommandEnd> {
  const child = spawn(command, args, { env, stdio: "inherit", windowsHide: true });
  using signals = new ChildSignals({ child, directory, isWatching: (pid) => hasBegun(profiles, pid) });
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((fulfil, reject) => {
    child.on("error", (error) => reject(failureOf(command, error)));
    child.on("exit", (...end) => fulfil(end));
  });
  const endedBy = signals.stuckAt ?? signal;
  return { exitCode: exitCodeOf(code, endedBy), signal: endedBy };
}

/** Whether the process with this id has loaded a module. */
function hasBegun(directory: string, pid: number): boolean {
  return readdirSync(directory).some((name) => name.startsWith(`${pid}-`) && name.endsWith(BEGUN_EXTENSION));
}

function exitCodeOf(code: number | null, signal: NodeJS.Signals | null): number {
  return code ?? SIGNAL_BASE + (signal === null ? 0 : constants.signals[signal]);
}

function failureOf(command: string, error: NodeJS.ErrnoException): Failure {
  if (error.code === "ENOENT") return new Failure(`there is no command ${command}`, EXIT_NOT_FOUND);
  if (error.code === "EACCES") return new Failure(`${command} is not executable`, EXIT_NOT_EXECUTABLE);
  return new Failure(`cannot run ${command}: ${error.message}`, EXIT_NOT_EXECUTABLE);
}
