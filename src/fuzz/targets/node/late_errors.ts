/**
 * What fails when the execution that began it is long over: rejections that nobody handles, throws in timers. Each is
 * told together with the input that it is of.
 *
 *     execution n ── creates ──▶ promise, timer … ── creates ──▶ promise … ── fails ──▶ of which execution? ──▶ input n
 */

import { type AsyncHook, createHook, executionAsyncId } from "node:async_hooks";
import { setTimeout as sleep, setImmediate as turn } from "node:timers/promises";

/** Something that failed late. */
export interface LateError {
  readonly error: unknown;
  /** The input of the execution that began it. */
  readonly input: Uint8Array<ArrayBuffer>;
}

/** Asynchronous resources whose execution is known, the last ones; a power of two. */
const RESOURCES = 1 << 16;
/** Executions whose inputs are kept, of those that left something behind. */
const INPUTS = 1024;
/** Executions between turns of the event loop where none seems to be needed. */
const UNASKED = 1024;
/** Milliseconds that is waited for timers at the end. */
const PATIENCE = 1000;

export class LateErrors {
  readonly #hook: AsyncHook;
  readonly #ids = new Float64Array(RESOURCES);
  readonly #owners = new Uint32Array(RESOURCES);
  readonly #inputs = new Map<number, Uint8Array<ArrayBuffer>>();
  readonly #errors: { readonly error: unknown; readonly owner: number }[] = [];
  /** The execution that began last, from 1; what is left behind by no execution has owner 0. */
  #execution = 0;
  #isInside = false;
  /** The execution, or what it left, created something asynchronous. */
  #isPending = false;
  #countdown = UNASKED;

  constructor() {
    this.#hook = createHook({ init: (id) => this.#created(id) }).enable();
    process.on("uncaughtException", this.#failed);
    process.on("unhandledRejection", this.#failed);
  }

  /** An execution begins. What is created until {@link end} is its. */
  begin(): void {
    this.#execution++;
    this.#isInside = true;
  }

  /** The synchronous part of the execution is over. @returns whether the event loop is to have its turn: see {@link settle} */
  end(input: Uint8Array<ArrayBuffer>): boolean {
    this.#isInside = false;
    if (this.#isPending) this.#keep(input);
    return this.#isPending || --this.#countdown <= 0;
  }

  /** Lets the event loop have its turn. @returns what failed in it, or before it */
  async settle(): Promise<LateError | undefined> {
    this.#isPending = false;
    this.#countdown = UNASKED;
    await turn();
    return this.take();
  }

  /** Waits for timers, as long as there is some hope. @returns what failed */
  async finish(): Promise<LateError | undefined> {
    const end = performance.now() + PATIENCE;
    await turn();
    while (
      this.#errors.length === 0 &&
      performance.now() < end &&
      process.getActiveResourcesInfo().includes("Timeout")
    ) {
      await sleep(1);
    }
    await turn();
    return this.take();
  }

  /** What failed and was not taken before. */
  take(): LateError | undefined {
    const failed = this.#errors.shift();
    if (failed === undefined) return undefined;
    const input = this.#inputs.get(failed.owner) ?? this.#inputs.get(this.#execution) ?? new Uint8Array(0);
    return { error: failed.error, input };
  }

  [Symbol.dispose](): void {
    this.#hook.disable();
    process.off("uncaughtException", this.#failed);
    process.off("unhandledRejection", this.#failed);
  }

  #created(id: number): void {
    const owner = this.#isInside ? this.#execution : this.#ownerOf(executionAsyncId());
    if (owner === 0) return;
    const slot = id & (RESOURCES - 1);
    this.#ids[slot] = id;
    this.#owners[slot] = owner;
    this.#isPending = true;
  }

  #ownerOf(id: number): number {
    const slot = id & (RESOURCES - 1);
    return this.#ids[slot] === id ? (this.#owners[slot] as number) : 0;
  }

  #keep(input: Uint8Array<ArrayBuffer>): void {
    this.#inputs.set(this.#execution, input);
    if (this.#inputs.size <= INPUTS) return;
    for (const oldest of this.#inputs.keys()) {
      this.#inputs.delete(oldest);
      return;
    }
  }

  readonly #failed = (error: unknown): void => {
    this.#errors.push({ error, owner: this.#ownerOf(executionAsyncId()) });
  };
}
