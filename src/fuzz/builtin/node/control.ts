/**
 * What the thread that runs the target and the one that watches it share. The input of every execution is there before
 * it begins, so whatever becomes of the thread, the input can be saved.
 *
 *         0        4        8        12                        64
 *       ┌────────┬────────┬────────┬──────────┬─────────────┬───────────────┐
 *       │ phase  │ runs   │ size   │ requests │             │ input         │
 *       └────────┴────────┴────────┴──────────┴─────────────┴───────────────┘
 *  who    runner   runner   runner   watcher                   runner
 */

/** What the runner is about. */
export const PHASE_LOADING = 0;
/** Code of the target may be running, for its initialisation. */
export const PHASE_INITIALISING = 1;
/** Between executions. */
export const PHASE_IDLE = 2;
/** The thread is in an execution. */
export const PHASE_RUNNING = 3;

/** What the watcher asks for: end; look for inputs of others. */
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

  /** @param capacity bytes of the longest input that is kept */
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

  /** Executions that began, modulo 2^32: while it stays, it is the same execution. */
  get runs(): number {
    return Atomics.load(this.#words, RUNS) >>> 0;
  }

  /** An execution of `input` begins. */
  publish(input: Uint8Array): void {
    const size = Math.min(input.length, this.#input.length);
    this.#words[SIZE] = size;
    this.#input.set(size === input.length ? input : input.subarray(0, size));
    this.#words[PHASE] = PHASE_RUNNING;
    Atomics.add(this.#words, RUNS, 1);
  }

  /** The execution is over. The watcher may see that late: it looks seldom, and an atomic store costs every execution. */
  idle(): void {
    this.#words[PHASE] = PHASE_IDLE;
  }

  /** The input of the execution that began last: a copy. */
  input(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#input.subarray(0, Atomics.load(this.#words, SIZE)));
  }

  request(request: number): void {
    Atomics.or(this.#words, REQUESTS, request);
  }

  /** Requests since the last call. Cheap while there are none. */
  takeRequests(): number {
    if (this.#words[REQUESTS] === 0) return 0;
    return Atomics.exchange(this.#words, REQUESTS, 0);
  }
}
