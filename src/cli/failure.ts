/** Errors of the command line, and how the user sees any error: one line that says what, where and what to do. */

import { InstrumentError, KcovError, messageOf } from "../errors.ts";
import { FlagError } from "../fuzz/builtin/flags.ts";

export const EXIT_FAILURE = 1;
export const EXIT_USAGE = 2;

/** An error that the user can fix. The message is complete; no stack trace is shown. */
export class Failure extends Error {
  readonly exitCode: number;

  constructor(message: string, exitCode: number = EXIT_FAILURE) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** Turns any thrown value into a line for stderr and an exit code. */
export function describeFailure(error: unknown): { line: string; exitCode: number } {
  if (error instanceof Failure) return { line: error.message, exitCode: error.exitCode };
  if (error instanceof FlagError) return { line: error.message, exitCode: EXIT_USAGE };
  if (error instanceof InstrumentError || error instanceof KcovError) {
    return { line: error.message, exitCode: EXIT_FAILURE };
  }
  const message = messageOf(error);
  return { line: message.split("\n", 1)[0] ?? "unknown error", exitCode: EXIT_FAILURE };
}

/** Describes a failed file operation in words. */
export function fileFailure(action: string, path: string, error: unknown): Failure {
  const code = (error as NodeJS.ErrnoException).code;
  const reasons: Record<string, string> = {
    ENOENT: "there is no such file or directory",
    EISDIR: "it is a directory",
    EACCES: "permission denied",
    ENOTDIR: "a part of the path is not a directory",
    ENOSPC: "the disk is full",
    EROFS: "the file system is read-only",
    EEXIST: "a file is in the way",
  };
  return new Failure(`cannot ${action} ${path}: ${reasons[code ?? ""] ?? (error as Error).message}`);
}

/** Runs `fn` on a module, and adds the file's name to errors of the pass. */
export function ofModule<T>(path: string, fn: () => T): T {
  try {
    return fn();
  } catch (error) {
    throw ofFile(path, error);
  }
}

/** As {@link ofModule}, for what is under way. */
export async function ofModuleLater<T>(path: string, made: Promise<T>): Promise<T> {
  try {
    return await made;
  } catch (error) {
    throw ofFile(path, error);
  }
}

function ofFile(path: string, error: unknown): unknown {
  if (!(error instanceof InstrumentError)) return error;
  return new Failure(`${path === "-" ? "standard input" : path}: ${error.message}`);
}
