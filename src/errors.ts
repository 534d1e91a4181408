/** What this library throws besides TypeError and RangeError, which mean misuse of the API. */

import * as errno from "./abi/errno.ts";
import { visible } from "./text.ts";

/** The names of `abi/errno.ts` by number. */
const ERRNO_NAMES: Readonly<Record<number, string>> = Object.fromEntries(
  Object.entries(errno).map(([name, number]) => [number, name]),
);

/**
 * A system call of the kcov device that failed. The state of the device is unchanged, except after a KCOV_REMOTE_ENABLE that
 * failed on its handles, which stays as the kernel leaves it.
 */
export class KcovError extends Error {
  /** "KcovError". */
  override readonly name = "KcovError";
  /** Name of the error, "EINVAL". */
  readonly code: string;
  /** Negative error number, as Node.js gives it. */
  readonly errno: number;
  /** The call that failed: "open", "ioctl", "mmap", "dup", "close". */
  readonly syscall: string;

  /**
   * @param errno positive error number of `abi/errno.ts`
   * @param reason what was wrong, in words: "size 1 is below 2"
   * @param syscall the call that failed
   * @param detail what follows the call's name in the message, such as the ioctl's name
   */
  constructor(errno: number, reason: string, syscall: string, detail = "") {
    const code = ERRNO_NAMES[errno] ?? `E${errno}`;
    super(`${code}: ${reason}, ${syscall}${detail && ` ${detail}`}`);
    this.code = code;
    this.errno = -errno;
    this.syscall = syscall;
  }
}

/** Codes of {@link InstrumentError}. */
export type InstrumentErrorCode =
  /** The input is not a WebAssembly module, or not a valid one. */
  | "ERR_MALFORMED"
  /** The input already carries a `wasm-kcov` section. */
  | "ERR_ALREADY_INSTRUMENTED"
  /** The module is not instrumented: it has no `wasm-kcov` section. */
  | "ERR_NOT_INSTRUMENTED"
  /** The `wasm-kcov` section is of another version, or damaged. */
  | "ERR_PC_TABLE"
  /** The input uses something that the pass cannot carry over. */
  | "ERR_UNSUPPORTED"
  /** The pass produced something invalid: a bug of this library. */
  | "ERR_INTERNAL";

/** A module that could not be instrumented, or whose pc table could not be read. */
export class InstrumentError extends Error {
  /** "InstrumentError". */
  override readonly name = "InstrumentError";
  /** What kind of failure it is. */
  readonly code: InstrumentErrorCode;
  /** Index of the function concerned, where one is. */
  readonly function: number | undefined;
  /** Byte offset in the input, where one is known. */
  readonly offset: number | undefined;

  constructor(code: InstrumentErrorCode, message: string, where: { function?: number; offset?: number } = {}) {
    super(visible(message));
    this.code = code;
    this.function = where.function;
    this.offset = where.offset;
  }
}

/** Codes of {@link TargetError}. */
export type TargetErrorCode =
  /** The file is not there, cannot be read, or is no target. */
  | "ERR_TARGET"
  /** It does not export the function that would be called. */
  | "ERR_TARGET_EXPORT"
  /** It imports what nobody provides. */
  | "ERR_TARGET_IMPORT"
  /** It failed before it could take an input. */
  | "ERR_TARGET_INITIALIZATION"
  /** There is no memory for inputs. */
  | "ERR_TARGET_BUFFER"
  /** It is instrumented, but not in the way that fuzzing needs. */
  | "ERR_TARGET_INSTRUMENTATION"
  /** It cannot be reset as asked. */
  | "ERR_TARGET_RESET";

/** Something that cannot be fuzzed, or not in the way asked for. The message is one line, for the user. */
export class TargetError extends Error {
  /** "TargetError". */
  override readonly name = "TargetError";
  /** What kind of failure it is. */
  readonly code: TargetErrorCode;

  constructor(code: TargetErrorCode, message: string, options?: ErrorOptions) {
    super(visible(message), options);
    this.code = code;
  }
}

/** The message of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
