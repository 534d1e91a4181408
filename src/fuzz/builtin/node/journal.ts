/**
 * The input that is running, in a file: it is still there when the process is gone, whatever ended it. The file has no
 * name and is gone with the processes that have it open.
 *
 *         0         4         8
 *       ┌─────────┬─────────┬──────────────┐
 *       │ state   │ size    │ input        │     little-endian
 *       └─────────┴─────────┴──────────────┘
 */

import { closeSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadKoffi } from "../../native/koffi.ts";
import { mapFile } from "../../native/mapped_file.ts";

/** Nothing has run so far. */
const STATE_EMPTY = 0;
/** The input is that of the execution that began last. */
const STATE_INPUT = 1;
/** Executions began, and their inputs are not kept. */
const STATE_UNKNOWN = 2;

const HEADER_BYTES = 8;
/** Where files are memory, on Linux. */
const SHARED_MEMORY = "/dev/shm";
/** Milliseconds that an execution takes where another microsecond for a write does not matter. */
const SLOW_MILLISECONDS = 0.02;
/** Executions between looks at how long they take. */
const WINDOW = 1024;

/** What a process was doing when it ended. */
export type LastInput = Uint8Array<ArrayBuffer> | "nothing ran" | "unknown";

/** The side that outlives the other. */
export class JournalFile {
  readonly fd: number;
  readonly #capacity: number;

  /** @param capacity bytes of the longest input @throws {Error} there is no room for a temporary file */
  static create(capacity: number): JournalFile {
    try {
      return new JournalFile(SHARED_MEMORY, capacity);
    } catch {
      return new JournalFile(tmpdir(), capacity);
    }
  }

  private constructor(directory: string, capacity: number) {
    const path = join(directory, `wasm-kcov-${process.pid}-${Math.random().toString(36).slice(2)}`);
    this.fd = openSync(path, "wx+", 0o600);
    rmSync(path);
    this.#capacity = capacity;
    try {
      // All of it is there from the beginning: on a full disk, a store into a page that is not ends the process.
      const zeros = new Uint8Array(HEADER_BYTES + capacity);
      for (let at = 0; at < zeros.length; ) at += writeSync(this.fd, zeros, at, zeros.length - at, at);
    } catch (error) {
      closeSync(this.fd);
      throw error;
    }
  }

  read(): LastInput {
    const header = new Uint32Array(HEADER_BYTES / 4);
    readSync(this.fd, header, 0, HEADER_BYTES, 0);
    const [state, size = 0] = header;
    if (state === STATE_EMPTY) return "nothing ran";
    if (state !== STATE_INPUT) return "unknown";
    const input = new Uint8Array(Math.min(size, this.#capacity));
    readSync(this.fd, input, 0, input.length, HEADER_BYTES);
    return input;
  }

  close(): void {
    closeSync(this.fd);
  }
}

/** When inputs are written to a file that cannot be mapped. */
export type JournalPolicy =
  /** Before every execution: code other than WebAssembly runs, or a process has died before. */
  | "always"
  /** Where executions take so long that a write does not matter. */
  | "cheap";

/** The side that runs the target. */
export class Journal {
  /** The file in memory, where koffi is there to map it. */
  readonly #mapped: Uint8Array | undefined;
  readonly #mappedHeader: Uint32Array | undefined;
  readonly #fd: number;
  readonly #buffer: Uint8Array;
  readonly #header: Uint32Array;
  readonly #always: boolean;
  #writes: boolean;
  #countdown = WINDOW;
  #windowBegan = performance.now();

  /** @param fd of {@link JournalFile}, inherited */
  static async open(fd: number, capacity: number, policy: JournalPolicy): Promise<Journal> {
    const mapped = await map(fd, HEADER_BYTES + capacity);
    return new Journal(fd, capacity, policy, mapped);
  }

  private constructor(fd: number, capacity: number, policy: JournalPolicy, mapped: Uint8Array | undefined) {
    this.#fd = fd;
    this.#mapped = mapped;
    this.#mappedHeader = mapped && new Uint32Array(mapped.buffer, mapped.byteOffset, HEADER_BYTES / 4);
    this.#buffer = new Uint8Array(HEADER_BYTES + (mapped ? 0 : capacity));
    this.#header = new Uint32Array(this.#buffer.buffer, 0, HEADER_BYTES / 4);
    this.#always = policy === "always";
    this.#writes = this.#always;
    // Until something is written, a death is one of nobody knows which input.
    if (!mapped && !this.#writes) this.#write(STATE_UNKNOWN, new Uint8Array(0));
  }

  /** An execution of an input begins. */
  note(input: Uint8Array): void {
    const mapped = this.#mapped;
    const header = this.#mappedHeader;
    if (mapped !== undefined && header !== undefined) {
      const size = Math.min(input.length, mapped.length - HEADER_BYTES);
      mapped.set(size === input.length ? input : input.subarray(0, size), HEADER_BYTES);
      header[1] = size;
      header[0] = STATE_INPUT;
      return;
    }
    if (this.#writes) this.#write(STATE_INPUT, input);
    if (--this.#countdown === 0) this.#look();
  }

  /** A write takes a microsecond, which some executions do not take themselves. */
  #look(): void {
    const now = performance.now();
    const writes = this.#always || (now - this.#windowBegan) / WINDOW > SLOW_MILLISECONDS;
    if (this.#writes && !writes) this.#write(STATE_UNKNOWN, new Uint8Array(0));
    this.#writes = writes;
    this.#countdown = WINDOW;
    this.#windowBegan = now;
  }

  #write(state: number, input: Uint8Array): void {
    const size = Math.min(input.length, this.#buffer.length - HEADER_BYTES);
    this.#header[0] = state;
    this.#header[1] = size;
    this.#buffer.set(size === input.length ? input : input.subarray(0, size), HEADER_BYTES);
    try {
      writeSync(this.#fd, this.#buffer, 0, HEADER_BYTES + size, 0);
    } catch {
      // A full disk: what is lost is lost only if the process dies too.
    }
  }
}

async function map(fd: number, bytes: number): Promise<Uint8Array | undefined> {
  try {
    return mapFile(await loadKoffi(), fd, bytes);
  } catch {
    return undefined;
  }
}
