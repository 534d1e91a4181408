/** A real thread that has attached to a device and does what a test tells it. */

import { Worker } from "node:worker_threads";
import type { Kcov, KcovAttachOptions } from "../../src/index.ts";

interface Message {
  id?: number;
  result?: unknown;
  error?: { name: string; code?: string; message: string };
  ready?: number;
  blocked?: string;
  warning?: string;
}

/** A refusal of the device on the other thread: errors lose their class on the way. */
export class ThreadError extends Error {
  readonly code: string | undefined;

  constructor({ name, code, message }: { name: string; code?: string; message: string }) {
    super(`${name}: ${message}`);
    this.code = code;
  }
}

export class Thread {
  /** The task that the thread began with. */
  task = 0;
  readonly warnings: string[] = [];
  readonly #worker: Worker;
  readonly #waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  #nextId = 0;
  #onReady: (() => void) | undefined;
  #onBlocked: (() => void) | undefined;
  #terminated = false;

  static async start(kcov: Kcov, options: Omit<KcovAttachOptions, "failAllocation"> = {}): Promise<Thread> {
    const thread = new Thread(kcov, options);
    await new Promise<void>((resolve, reject) => {
      thread.#onReady = resolve;
      thread.#worker.once("error", reject);
    });
    return thread;
  }

  private constructor(kcov: Kcov, options: object) {
    const data = { memory: kcov.memory, options };
    this.#worker = new Worker(new URL("thread_worker.mjs", import.meta.url), { workerData: data });
    this.#worker.on("message", (message: Message) => this.#receive(message));
  }

  /** Runs a command of the worker, or a method of its `Kcov`. */
  call<T = unknown>(command: string, ...args: unknown[]): Promise<T> {
    const id = this.#nextId++;
    return new Promise<T>((resolve, reject) => {
      this.#waiting.set(id, { resolve: resolve as (value: unknown) => void, reject });
      this.#worker.postMessage({ id, command, args });
    });
  }

  /** Runs a command that never comes back, since its first allocation of `what` blocks. Resolves when it is there. */
  async hang(what: string, command: string, ...args: unknown[]): Promise<void> {
    await this.call("blockOn", what);
    const blocked = new Promise<void>((resolve) => {
      this.#onBlocked = resolve;
    });
    this.call(command, ...args).catch(() => undefined);
    await blocked;
  }

  /** Kills the thread, wherever it is. */
  async terminate(): Promise<void> {
    if (this.#terminated) return;
    this.#terminated = true;
    await this.#worker.terminate();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.terminate();
  }

  #receive({ id, result, error, ready, blocked, warning }: Message): void {
    if (warning !== undefined) this.warnings.push(warning);
    if (blocked !== undefined) this.#onBlocked?.();
    if (ready !== undefined) {
      this.task = ready;
      this.#onReady?.();
    }
    if (id === undefined) return;
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error === undefined) waiting?.resolve(result);
    else waiting?.reject(new ThreadError(error));
  }
}
