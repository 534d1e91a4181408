/**
 * Messages between a traced program and the command line: files in a directory of their own, each written under another
 * name first, so that it exists whole or not at all, whenever a thread is terminated or a process killed.
 *
 *     program (any thread)                     command line
 *       N.request  {source} and a module  ────▶  instruments it
 *                                         ◀────  N.reply  the module to compile instead
 *       claimed    contains the id of the process that is traced
 *       children   a line for each child process that is not traced
 *       untraceable  exists if nothing can be traced in the process
 *       records    what was recorded, or
 *       counts     what was counted       ────▶  reads them when the program has ended, and reports
 */

import fs from "node:fs";
import { join } from "node:path";
import timers from "node:timers";
import { threadId } from "node:worker_threads";
import type { ModuleSource } from "../../loader/index.ts";
import { encodeProgramCounts, type ProgramCounts } from "./counts.ts";

// Captured now, because the program may replace them, and imports by name would change with them. Only functions that
// do not use others of node:fs: readFileSync and its like would call replaced ones.
const { closeSync, existsSync, fstatSync, mkdirSync, openSync, readSync, renameSync, unlinkSync, writeSync } = fs;

const { setTimeout } = timers;

/** Names of files. */
export const MAILBOX = {
  claimed: "claimed",
  children: "children",
  untraceable: "untraceable",
  records: "records",
  counts: "counts",
  request: ".request",
  reply: ".reply",
} as const;

/** How long to wait between two looks, in milliseconds. */
const PAUSE = 1;
/** After so many looks, it is checked whether the command line still exists. */
const LOOKS = 200;

/** The program's side. */
export class Mailbox {
  readonly #directory: string;
  /** Process id of the command line. */
  readonly #server: number;
  #requests = 0;
  readonly #kill = process.kill.bind(process);

  constructor(directory: string, server: number) {
    this.#directory = directory;
    this.#server = server;
  }

  /**
   * Claims to be the traced process.
   *
   * @returns whether this process is the one: the first to ask is
   * @throws {Error} the process must not write there: `node --permission`
   */
  claim(): boolean {
    try {
      mkdirSync(join(this.#directory, MAILBOX.claimed));
      mkdirSync(join(this.#directory, MAILBOX.claimed, `${process.pid}`));
      return true;
    } catch (error) {
      // Another process has asked before, or the command line is gone.
      const { code } = error as NodeJS.ErrnoException;
      if (code === "EEXIST" || code === "ENOENT") return false;
      throw error;
    }
  }

  /**
   * Has a module instrumented, and waits for it.
   *
   * @returns what to compile instead; undefined if the module stays as it is, or the command line is gone
   */
  instrument(binary: Uint8Array, source: ModuleSource): Uint8Array<ArrayBuffer> | undefined {
    try {
      const reply = this.#ask(binary, source);
      return this.#waitFor(reply) ? take(reply) : undefined;
    } catch {
      return undefined;
    }
  }

  /** The same, while the program's event loop turns. */
  async instrumentLater(binary: Uint8Array, source: ModuleSource): Promise<Uint8Array<ArrayBuffer> | undefined> {
    try {
      const reply = this.#ask(binary, source);
      for (let look = 1; !existsSync(reply); look++) {
        await new Promise((resume) => setTimeout(resume, PAUSE));
        if (look % LOOKS === 0 && !this.#isServed()) return undefined;
      }
      return take(reply);
    } catch {
      return undefined;
    }
  }

  /** @returns path of the answer */
  #ask(binary: Uint8Array, source: ModuleSource): string {
    const id = `${process.pid}-${threadId}-${++this.#requests}`;
    const header = new TextEncoder().encode(JSON.stringify(source));
    this.#put(id + MAILBOX.request, [Uint32Array.of(header.length), header, binary]);
    return join(this.#directory, id + MAILBOX.reply);
  }

  /** Notes that nothing of this process can be traced: its WebAssembly cannot be replaced, or it has none. */
  noteUntraceable(): void {
    try {
      mkdirSync(join(this.#directory, MAILBOX.untraceable));
    } catch {
      // The command line is gone, and with it the directory.
    }
  }

  /** Notes a child process. */
  addChild(commandLine: string): void {
    try {
      const fd = openSync(join(this.#directory, MAILBOX.children), "a", 0o600);
      writeAll(fd, new TextEncoder().encode(`${JSON.stringify(commandLine)}\n`));
      closeSync(fd);
    } catch {
      // The command line is gone, and with it the directory.
    }
  }

  /** Leaves what was recorded: for each task its number, the length of its area in words, and the area. */
  putRecords(tasks: Iterable<{ task: number; words: BigUint64Array<ArrayBufferLike> }>): void {
    const pieces: Uint8Array[] = [];
    for (const { task, words } of tasks) {
      const bytes = new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
      pieces.push(new Uint8Array(BigUint64Array.of(BigInt(task), BigInt(words.length)).buffer), bytes);
    }
    this.#put(MAILBOX.records, pieces);
  }

  /** Leaves what was counted. */
  putCounts(counts: ProgramCounts): void {
    const pieces = encodeProgramCounts(counts);
    this.#put(
      MAILBOX.counts,
      pieces.map(({ buffer }) => new Uint8Array(buffer)),
    );
  }

  #put(name: string, pieces: readonly (Uint8Array | Uint32Array)[]): void {
    const path = join(this.#directory, name);
    const fd = openSync(`${path}.part`, "wx", 0o600);
    try {
      for (const { buffer, byteOffset, byteLength } of pieces)
        writeAll(fd, new Uint8Array(buffer, byteOffset, byteLength));
    } finally {
      closeSync(fd);
    }
    renameSync(`${path}.part`, path);
  }

  #waitFor(path: string): boolean {
    const clock = new Int32Array(new SharedArrayBuffer(4));
    for (let look = 1; !existsSync(path); look++) {
      Atomics.wait(clock, 0, 0, PAUSE);
      if (look % LOOKS === 0 && !this.#isServed()) return false;
    }
    return true;
  }

  #isServed(): boolean {
    try {
      return this.#kill(this.#server, 0);
    } catch {
      return false;
    }
  }
}

/** @returns undefined for an answer that has no module */
function take(reply: string): Uint8Array<ArrayBuffer> | undefined {
  const contents = readAll(reply);
  unlinkSync(reply);
  return contents.length === 0 ? undefined : contents;
}

function readAll(path: string): Uint8Array<ArrayBuffer> {
  const fd = openSync(path, "r");
  try {
    const bytes = new Uint8Array(fstatSync(fd).size);
    for (let at = 0; at < bytes.length; ) at += readSync(fd, bytes, at, bytes.length - at, null);
    return bytes;
  } finally {
    closeSync(fd);
  }
}

/** The most bytes that are written at once: data in shared memory is copied first. */
const BLOCK = 1 << 22;

function writeAll(fd: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) {
    const block = bytes.subarray(at, at + BLOCK);
    at += writeSync(fd, block.buffer instanceof ArrayBuffer ? block : new Uint8Array(block));
  }
}
