/**
 * Failures that occur after the execution that caused them is over: unhandled rejections, exceptions in timers. Each is
 * reported together with the input of that execution.
 *
 *     execution n ── creates ──▶ promise, timer … ── creates ──▶ promise … ── fails ──▶ of which execution? ──▶ input n
 */

import { type AsyncHook, createHook, executionAsyncId } from "node:async_hooks";
import { setTimeout as sleep, setImmediate as turn } from "node:timers/promises";

/** A failure after the end of its execution. */
export interface LateError {
  readonly error: unknown;
  /** The input of the execution that caused it. */
  readonly input: Uint8Array<ArrayBuffer>;
}

/** How many asynchronous resources, the latest, are mapped to their executions; a power of two. */
const RESOURCES = 1 << 16;
/** How many inputs are kept, of executions that left something behind. */
const INPUTS = 1024;
/** The event loop gets a turn after so many executions even if none seems to need it. */
const UNASKED = 1024;
/** Milliseconds to wait for timers at the end. */
const PATIENCE = 1000;

export class LateErrors {
  readonly #hook: AsyncHook;
  readonly #ids = new Float64Array(RESOURCES);
  readonly #owners = new Uint32Array(RESOURCES);
  readonly #inputs = new Map<number, Uint8Array<ArrayBuffer>>();
  readonly #errors: { readonly error: unknown; readonly owner: number }[] = [];
  /** Number of the latest execution, from 1; a resource that no execution created has owner 0. */
  #execution = 0;
  #isInside = false;
  /** The execution, or something that it left behind, created an asynchronous resource. */
  #isPending = false;
  #countdown = UNASKED;

  constructor() {
    this.#hook = createHook({ init: (id) => this.#created(id) }).enable();
    process.on("uncaughtException", this.#failed);
    process.on("unhandledRejection", this.#failed);
  }

  /** Begins an execution, which owns what is created until {@link end}. */
  begin(): void {
    this.#execution++;
    this.#isInside = true;
  }

  /** Ends the synchronous part of an execution. @returns whether the event loop needs a turn: see {@link settle} */
  end(input: Uint8Array<ArrayBuffer>): boolean {
    this.#isInside = false;
    if (this.#isPending) this.#keep(input);
    return this.#isPending || --this.#countdown <= 0;
  }

  /** Gives the event loop a turn. @returns the first failure during or before it */
  async settle(): Promise<LateError | undefined> {
    this.#isPending = false;
    this.#countdown = UNASKED;
    await turn();
    return this.take();
  }

  /** Waits for pending timers, but not for long. @returns the first failure */
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

  /** Takes the oldest failure that was not taken before. */
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
