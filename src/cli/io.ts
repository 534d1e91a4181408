/** Files and streams of the command line. Output for machines goes to stdout, messages for people to stderr. */

import {
  accessSync,
  closeSync,
  constants,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { hasMagic } from "../binary_format.ts";
import { isTextForm, TEXT_FORM } from "../instrument/wasm/text_form.ts";
import { visible, visibleLines } from "../text.ts";
import { Failure, fileFailure } from "./failure.ts";

const STDIN = 0;
const STDOUT = 1;

/** Reads a file, or standard input for "-". @throws {Failure} */
export function readFileOrStdin(path: string): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(readFileSync(path === "-" ? STDIN : path));
  } catch (error) {
    throw fileFailure("read", path, error);
  }
}

/** Reads a module. @throws {Failure} it cannot be read, or is plainly not a module, whatever the file is called */
export function readModuleFile(path: string): Uint8Array<ArrayBuffer> {
  const contents = readFileOrStdin(path);
  checkContents(path === "-" ? "standard input" : path, contents);
  return contents;
}

/**
 * Checks a module or a program before a command runs it, to report early that there is no such file, that it cannot be
 * read, or that it is plainly neither.
 *
 * @returns the contents; undefined if it is not a regular file, which can perhaps be read only once
 * @throws {Failure}
 */
export function checkTarget(path: string): Uint8Array<ArrayBuffer> | undefined {
  checkReadable(path);
  const stats = statSync(path);
  if (stats.isDirectory()) throw new Failure(`${path} is a directory: name a script or a module in it`);
  if (!stats.isFile()) return undefined;
  const contents = readFileOrStdin(path);
  checkContents(path, contents);
  return contents;
}

function checkContents(name: string, contents: Uint8Array): void {
  if (contents.length === 0) throw new Failure(`${name} is empty`);
  if (isTextForm(contents)) throw new Failure(`${name} ${TEXT_FORM}`);
}

/** Whether a file is a module, by its first bytes or its name; by its name only if it cannot be read. */
export function isModuleFile(path: string): boolean {
  try {
    return hasMagic(readFileSync(path)) || path.endsWith(".wasm");
  } catch {
    return path.endsWith(".wasm");
  }
}

/** Checks early whether {@link readFileOrStdin} would fail. @throws {Failure} as it does */
export function checkReadable(path: string): void {
  try {
    accessSync(path, constants.R_OK);
  } catch (error) {
    throw fileFailure("read", path, error);
  }
}

/** Where a command's result goes: a file, which appears whole or not at all, or standard output for "-". */
export class Output {
  readonly #path: string;
  readonly #temporary: string;
  readonly #fd: number;

  /** @throws {Failure} the file cannot be created */
  constructor(path: string) {
    this.#path = path;
    this.#temporary = join(dirname(path), `.${basename(path)}.${process.pid}.tmp`);
    try {
      this.#fd = path === "-" ? STDOUT : openSync(this.#temporary, "w");
    } catch (error) {
      throw fileFailure("write", path, error);
    }
  }

  /**
   * @returns whether there is still a reader
   * @throws {Failure} it cannot be written, for example because the disk is full; there is no file then
   */
  write(data: string | Uint8Array): boolean {
    try {
      return writeFully(this.#fd, typeof data === "string" ? new TextEncoder().encode(data) : data);
    } catch (error) {
      if (this.#path !== "-") rmSync(this.#temporary, { force: true });
      throw fileFailure("write", this.#path === "-" ? "standard output" : this.#path, error);
    }
  }

  /** Called when everything is written: moves the file into place. */
  close(): void {
    if (this.#path === "-") return;
    try {
      closeSync(this.#fd);
      renameSync(this.#temporary, this.#path);
    } catch (error) {
      rmSync(this.#temporary, { force: true });
      throw fileFailure("write", this.#path, error);
    }
  }
}

/** Writes all of `data` to {@link Output}. @throws {Failure} */
export function writeOutput(path: string, data: string | Uint8Array): void {
  const output = new Output(path);
  output.write(data);
  output.close();
}

/** Prints a message of one line on stderr, whatever characters the names in it contain. */
export function say(line: string): void {
  process.stderr.write(`${visible(line)}\n`);
}

/** Prints a message of several lines on stderr. */
export function sayLines(text: string): void {
  process.stderr.write(`${visibleLines(text)}\n`);
}

/**
 * Writes all of `data` before it returns, so that it can be used while the process exits. A reader that is gone
 * (`| head`) is not an error.
 *
 * @returns whether there is still a reader
 */
function writeFully(fd: number, data: Uint8Array): boolean {
  let rest = data;
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(fd, rest));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "EPIPE") return false;
      if (code !== "EAGAIN") throw error;
      // A non-blocking pipe is full: give its reader a moment.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
  return true;
}
