/** The errors of this library, other than TypeError and RangeError, which mean misuse of the API. */

import * as errno from "./abi/errno.ts";
import { visible } from "./text.ts";

/** The names of `abi/errno.ts` by number. */
const ERRNO_NAMES: Readonly<Record<number, string>> = Object.fromEntries(
  Object.entries(errno).map(([name, number]) => [number, name]),
);

/**
 * A system call of the kcov device failed. The state of the device is unchanged, except after a KCOV_REMOTE_ENABLE that
 * failed at a handle, which leaves it as the kernel does.
 */
export class KcovError extends Error {
  /** "KcovError". */
  override readonly name = "KcovError";
  /** Name of the error, "EINVAL". */
  readonly code: string;
  /** Negative error number, as in Node.js. */
  readonly errno: number;
  /** The call that failed: "open", "ioctl", "mmap", "dup", "close". */
  readonly syscall: string;

  /**
   * @param errno positive error number of `abi/errno.ts`
   * @param reason what was wrong, as text: "size 1 is below 2"
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
  /** The input already has a `wasm-kcov` section. */
  | "ERR_ALREADY_INSTRUMENTED"
  /** The module is not instrumented: it has no `wasm-kcov` section. */
  | "ERR_NOT_INSTRUMENTED"
  /** The `wasm-kcov` section has another version, or is damaged. */
  | "ERR_PC_TABLE"
  /** The input uses something that the pass cannot carry over. */
  | "ERR_UNSUPPORTED"
  /** The pass produced something invalid: a bug of this library. */
  | "ERR_INTERNAL";

/** A module could not be instrumented, or its pc table could not be read. */
export class InstrumentError extends Error {
  /** "InstrumentError". */
  override readonly name = "InstrumentError";
  /** What kind of failure it is. */
  readonly code: InstrumentErrorCode;
  /** Index of the function concerned, if there is one. */
  readonly function: number | undefined;
  /** Byte offset in the input, if known. */
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
  /** The file does not exist, cannot be read, or is not a target. */
  | "ERR_TARGET"
  /** It does not export the function to call. */
  | "ERR_TARGET_EXPORT"
  /** It imports something that nobody provides. */
  | "ERR_TARGET_IMPORT"
  /** It failed before it could take an input. */
  | "ERR_TARGET_INITIALIZATION"
  /** There is no memory for inputs. */
  | "ERR_TARGET_BUFFER"
  /** It is instrumented, but not in the way that fuzzing needs. */
  | "ERR_TARGET_INSTRUMENTATION"
  /** It cannot be reset as requested. */
  | "ERR_TARGET_RESET";

/** Something cannot be fuzzed, or not in the requested way. The message is one line, for the user. */
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
