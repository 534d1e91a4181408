/**
 * The latest inputs, in a file: they survive the process, whatever ended it. There are several, because a signal that a
 * target sends to its own process takes time to arrive, and other executions may have begun by then. The file has no
 * name and disappears with the processes that have it open.
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
/** The journal holds the latest inputs. */
const STATE_INPUT = 1;
/** Executions have begun, but their inputs are not kept. */
const STATE_UNKNOWN = 2;

const STATE_BYTES = 8;
/** Size of a slot's header: the number of the execution, from 1, and the size of the input. */
const HEADER_BYTES = 8;
/** How many inputs are kept; a power of two. */
const SLOTS = 4;
/** Directory of a file system in memory, on Linux. */
const SHARED_MEMORY = "/dev/shm";
/** If executions take longer than this many milliseconds, another microsecond for a write does not matter. */
const SLOW_MILLISECONDS = 0.02;
/** The duration of executions is checked once in so many of them. */
const WINDOW = 1024;

/** What a process was doing when it ended: the inputs of the latest executions, the last one first. */
export type LastInputs = readonly Uint8Array<ArrayBuffer>[] | "nothing ran" | "unknown";

/** The side of the process that outlives the other. */
export class JournalFile {
  readonly fd: number;
  readonly #capacity: number;

  /** @param capacity size of the longest input in bytes @throws {Error} there is no room for a temporary file */
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
      // Allocated in full from the beginning: on a full disk, a store to a page without storage would kill the process.
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
  /** Before every execution: if code other than WebAssembly runs, or a process has died before. */
  | "always"
  /** Only while executions take so long that a write does not matter. */
  | "cheap";

/** The side of the process that runs the target. */
export class Journal {
  readonly #fd: number;
  readonly #capacity: number;
  readonly #always: boolean;
  /** The mapped file, if koffi is available to map it; otherwise a buffer that is written to it. */
  readonly #bytes: Uint8Array;
  readonly #words: Uint32Array;
  readonly #isMapped: boolean;
  #execution = 0;
  #writes: boolean;
  #countdown = WINDOW;
  #windowBegan = performance.now();

  /** @param fd inherited file descriptor of a {@link JournalFile} */
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
    // As long as inputs are not written, the process might die on an unknown one.
    this.#setState(this.#isMapped || this.#writes ? STATE_EMPTY : STATE_UNKNOWN);
  }

  /** Notes that the execution of an input begins. */
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

  /** Decides whether to write inputs: a write takes a microsecond, which is longer than some executions. */
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
      // For example a full disk: the input is lost only if the process dies, too.
    }
  }
}

/** Offset of a slot; slots are aligned to words. */
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
