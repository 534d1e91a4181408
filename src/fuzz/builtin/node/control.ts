/**
 * Memory shared by the thread that runs the target and the one that watches it. Each input is stored there before its
 * execution begins, so that it can be saved whatever happens to the thread.
 *
 *         0        4        8        12                        64
 *       ┌────────┬────────┬────────┬──────────┬─────────────┬───────────────┐
 *       │ phase  │ runs   │ size   │ requests │             │ input         │
 *       └────────┴────────┴────────┴──────────┴─────────────┴───────────────┘
 * writer  runner   runner   runner   watcher                   runner
 */

/** Phases of the runner: it loads the target. */
export const PHASE_LOADING = 0;
/** It initialises the target, whose code may be running. */
export const PHASE_INITIALISING = 1;
/** It is between executions. */
export const PHASE_IDLE = 2;
/** It is in an execution. */
export const PHASE_RUNNING = 3;

/** Requests of the watcher: stop; look for inputs of other processes. */
export const REQUEST_STOP = 1;
export const REQUEST_RELOAD = 2;

const PHASE = 0;
const RUNS = 1;
const SIZE = 2;
const REQUESTS = 3;
const HEADER_BYTES = 64;

export class Control {
  readonly buffer: SharedArrayBuffer;
  readonly #words: Int32Array;
  readonly #input: Uint8Array;

  /** @param capacity size of the longest input that is kept whole, in bytes */
  static create(capacity: number): Control {
    return new Control(new SharedArrayBuffer(HEADER_BYTES + capacity));
  }

  constructor(buffer: SharedArrayBuffer) {
    this.buffer = buffer;
    this.#words = new Int32Array(buffer, 0, HEADER_BYTES / 4);
    this.#input = new Uint8Array(buffer, HEADER_BYTES);
  }

  get phase(): number {
    return Atomics.load(this.#words, PHASE);
  }
  set phase(phase: number) {
    Atomics.store(this.#words, PHASE, phase);
  }

  /** Number of executions begun, modulo 2^32: as long as it stays the same, so does the execution. */
  get runs(): number {
    return Atomics.load(this.#words, RUNS) >>> 0;
  }

  /** Announces the execution of `input`. */
  publish(input: Uint8Array): void {
    const size = Math.min(input.length, this.#input.length);
    this.#words[SIZE] = size;
    this.#input.set(size === input.length ? input : input.subarray(0, size));
    this.#words[PHASE] = PHASE_RUNNING;
    Atomics.add(this.#words, RUNS, 1);
  }

  /** Ends the execution. The watcher may see that late: it looks rarely, and an atomic store costs every execution. */
  idle(): void {
    this.#words[PHASE] = PHASE_IDLE;
  }

  /** A copy of the input of the latest execution. */
  input(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#input.subarray(0, Atomics.load(this.#words, SIZE)));
  }

  request(request: number): void {
    Atomics.or(this.#words, REQUESTS, request);
  }

  /** Takes the requests made since the last call. Cheap while there are none. */
  takeRequests(): number {
    if (this.#words[REQUESTS] === 0) return 0;
    return Atomics.exchange(this.#words, REQUESTS, 0);
  }
}
