/** Files and streams of the command line. Machine output goes to stdout, talk to stderr. */

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

/** Reads a module; what is plainly none is said in a word, whatever the file is called. @throws {Failure} */
export function readModuleFile(path: string): Uint8Array<ArrayBuffer> {
  const contents = readFileOrStdin(path);
  checkContents(path === "-" ? "standard input" : path, contents);
  return contents;
}

/**
 * Says early what a command would run into that runs a module or a program: there is no file, it cannot be read, or it is
 * plainly neither.
 *
 * @returns what is in it; undefined for what is no regular file, and can perhaps be read but once
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

/** Whether a file is a module, by its first bytes. One that cannot be read is one if it is called so. */
export function isModuleFile(path: string): boolean {
  try {
    return hasMagic(readFileSync(path)) || path.endsWith(".wasm");
  } catch {
    return path.endsWith(".wasm");
  }
}

/** Says early what {@link readFileOrStdin} would say. @throws {Failure} */
export function checkReadable(path: string): void {
  try {
    accessSync(path, constants.R_OK);
  } catch (error) {
    throw fileFailure("read", path, error);
  }
}

/** Where a command's result goes: a file, which appears as a whole or not at all, or standard output for "-". */
export class Output {
  readonly #path: string;
  readonly #temporary: string;
  readonly #fd: number;

  /** @throws {Failure} the file can not be created */
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
   * @returns whether there is still somebody who reads
   * @throws {Failure} the disk is full, for example; the file is then not there
   */
  write(data: string | Uint8Array): boolean {
    try {
      return writeFully(this.#fd, typeof data === "string" ? new TextEncoder().encode(data) : data);
    } catch (error) {
      if (this.#path !== "-") rmSync(this.#temporary, { force: true });
      throw fileFailure("write", this.#path === "-" ? "standard output" : this.#path, error);
    }
  }

  /** All was written: the file takes its place. */
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

/** Talk: one line, whatever the names in it hold. */
export function say(line: string): void {
  process.stderr.write(`${visible(line)}\n`);
}

/** Talk of several lines. */
export function sayLines(text: string): void {
  process.stderr.write(`${visibleLines(text)}\n`);
}

/**
 * Writes all of `data` before it returns, so that it can be used while the process exits. A reader that has gone away
 * (`| head`) is no error.
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
      // A pipe in non-blocking mode is full: its reader needs a moment.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
  return true;
}
