/**
 * The inputs that ran last, in a file: they are still there when the process is gone, whatever ended it. A signal that a
 * target sends to its own process takes its time, and others may have begun by then. The file has no name and is gone
 * with the processes that have it open.
 *
 *         0         8                          8 + slot
 *       ┌─────────┬───────────┬──────┬───────┬───────────┬──────┬───────┬─ ─
 *       │ state   │ execution │ size │ input │ execution │ size │ input │         little-endian
 *       └─────────┴───────────┴──────┴───────┴───────────┴──────┴───────┴─ ─
 */

import { closeSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadKoffi } from "../../native/koffi.ts";
import { mapFile } from "../../native/mapped_file.ts";

/** Nothing has run so far. */
const STATE_EMPTY = 0;
/** The journal keeps inputs. */
const STATE_INPUT = 1;
/** Executions began, and their inputs are not kept. */
const STATE_UNKNOWN = 2;

const STATE_BYTES = 8;
/** The header of a slot has the number of the execution, from 1, and the size of the input. */
const HEADER_BYTES = 8;
/** How many inputs are kept; a power of two. */
const SLOTS = 4;
/** Where files are memory, on Linux. */
const SHARED_MEMORY = "/dev/shm";
/** Milliseconds that an execution takes where another microsecond for a write does not matter. */
const SLOW_MILLISECONDS = 0.02;
/** Executions between looks at how long they take. */
const WINDOW = 1024;

/** What a process was doing when it ended: the inputs of the executions that began last, the very last one first. */
export type LastInputs = readonly Uint8Array<ArrayBuffer>[] | "nothing ran" | "unknown";

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
      const zeros = new Uint8Array(fileBytes(capacity));
      for (let at = 0; at < zeros.length; ) at += writeSync(this.fd, zeros, at, zeros.length - at, at);
    } catch (error) {
      closeSync(this.fd);
      throw error;
    }
  }

  read(): LastInputs {
    const [state = STATE_EMPTY] = this.#words(0);
    if (state === STATE_EMPTY) return "nothing ran";
    if (state !== STATE_INPUT) return "unknown";
    const slots = Array.from({ length: SLOTS }, (_, slot) => this.#slot(slot)).filter(({ execution }) => execution > 0);
    return slots.sort((a, b) => b.execution - a.execution).map(({ input }) => input);
  }

  #slot(slot: number): { execution: number; input: Uint8Array<ArrayBuffer> } {
    const at = slotAt(slot, this.#capacity);
    const [execution = 0, size = 0] = this.#words(at);
    const input = new Uint8Array(Math.min(size, this.#capacity));
    readSync(this.fd, input, 0, input.length, at + HEADER_BYTES);
    return { execution, input };
  }

  #words(at: number): Uint32Array {
    const words = new Uint32Array(2);
    readSync(this.fd, words, 0, words.byteLength, at);
    return words;
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
  readonly #fd: number;
  readonly #capacity: number;
  readonly #always: boolean;
  /** The file in memory, where koffi is there to map it; else what is written to it. */
  readonly #bytes: Uint8Array;
  readonly #words: Uint32Array;
  readonly #isMapped: boolean;
  #execution = 0;
  #writes: boolean;
  #countdown = WINDOW;
  #windowBegan = performance.now();

  /** @param fd of {@link JournalFile}, inherited */
  static async open(fd: number, capacity: number, policy: JournalPolicy): Promise<Journal> {
    return new Journal(fd, capacity, policy, await map(fd, fileBytes(capacity)));
  }

  private constructor(fd: number, capacity: number, policy: JournalPolicy, mapped: Uint8Array | undefined) {
    this.#fd = fd;
    this.#capacity = capacity;
    this.#always = policy === "always";
    this.#isMapped = mapped !== undefined;
    this.#bytes = mapped ?? new Uint8Array(fileBytes(capacity));
    this.#words = new Uint32Array(this.#bytes.buffer, this.#bytes.byteOffset, this.#bytes.length >> 2);
    this.#writes = this.#always;
    // Until inputs are written, a death is one of nobody knows which.
    this.#setState(this.#isMapped || this.#writes ? STATE_EMPTY : STATE_UNKNOWN);
  }

  /** An execution of an input begins. */
  note(input: Uint8Array): void {
    if (!this.#isMapped && --this.#countdown === 0) this.#look();
    if (!this.#isMapped && !this.#writes) return;
    const execution = ++this.#execution >>> 0;
    const at = slotAt(execution & (SLOTS - 1), this.#capacity);
    const size = Math.min(input.length, this.#capacity);
    this.#bytes.set(size === input.length ? input : input.subarray(0, size), at + HEADER_BYTES);
    this.#words[(at >> 2) + 1] = size;
    this.#words[at >> 2] = execution;
    if (!this.#isMapped) this.#write(at, HEADER_BYTES + size);
    if (execution === 1) this.#setState(STATE_INPUT);
  }

  /** A write takes a microsecond, which some executions do not take themselves. */
  #look(): void {
    const now = performance.now();
    const writes = this.#always || (now - this.#windowBegan) / WINDOW > SLOW_MILLISECONDS;
    if (this.#writes !== writes) this.#setState(writes ? STATE_INPUT : STATE_UNKNOWN);
    this.#writes = writes;
    this.#countdown = WINDOW;
    this.#windowBegan = now;
  }

  #setState(state: number): void {
    this.#words[0] = state;
    if (!this.#isMapped) this.#write(0, STATE_BYTES);
  }

  #write(at: number, length: number): void {
    try {
      writeSync(this.#fd, this.#bytes, at, length, at);
    } catch {
      // A full disk: what is lost is lost only if the process dies too.
    }
  }
}

/** Slots begin at words. */
function slotAt(slot: number, capacity: number): number {
  return STATE_BYTES + slot * (HEADER_BYTES + ((capacity + 3) & ~3));
}

function fileBytes(capacity: number): number {
  return slotAt(SLOTS, capacity);
}

async function map(fd: number, bytes: number): Promise<Uint8Array | undefined> {
  try {
    return mapFile(await loadKoffi(), fd, bytes);
  } catch {
    return undefined;
  }
}
