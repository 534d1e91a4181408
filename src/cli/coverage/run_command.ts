/** Runs a command as a shell would run it: with this terminal, signals handed on, and its exit code kept. */

import { spawn } from "node:child_process";
import { constants } from "node:os";
import { Failure } from "../failure.ts";

/** How a command ended. */
export interface CommandEnd {
  /** As a shell gives it: 128 and the signal's number where a signal ended it. */
  readonly exitCode: number;
  readonly signal: NodeJS.Signals | null;
}

/** As shells have it. */
const EXIT_NOT_FOUND = 127;
const EXIT_NOT_EXECUTABLE = 126;
const SIGNAL_BASE = 128;

/** Signals that ask to end: the command decides what it makes of them. */
const HANDED_ON: readonly NodeJS.Signals[] = ["SIGINT", "SIGTERM", "SIGHUP"];

/** @throws {Failure} there is no such command, or it cannot be run */
export async function runCommand(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<CommandEnd> {
  const child = spawn(command, args, { env, stdio: "inherit", windowsHide: true });
  const handOn = (signal: NodeJS.Signals): void => {
    // A terminal has sent it to the command already.
    if (signal === "SIGINT" && process.stdin.isTTY) return;
    child.kill(signal);
  };
  for (const signal of HANDED_ON) process.on(signal, handOn);
  try {
    return await new Promise((fulfil, reject) => {
      child.on("error", (error) => reject(failureOf(command, error)));
      child.on("exit", (code, signal) => fulfil({ exitCode: exitCodeOf(code, signal), signal }));
    });
  } finally {
    for (const signal of HANDED_ON) process.off(signal, handOn);
  }
}

function exitCodeOf(code: number | null, signal: NodeJS.Signals | null): number {
  return code ?? SIGNAL_BASE + (signal === null ? 0 : constants.signals[signal]);
}

function failureOf(command: string, error: NodeJS.ErrnoException): Failure {
  if (error.code === "ENOENT") return new Failure(`there is no command ${command}`, EXIT_NOT_FOUND);
  if (error.code === "EACCES") return new Failure(`${command} is not executable`, EXIT_NOT_EXECUTABLE);
  return new Failure(`cannot run ${command}: ${error.message}`, EXIT_NOT_EXECUTABLE);
}
