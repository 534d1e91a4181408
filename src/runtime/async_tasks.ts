/** Logical tasks of one thread: the current task follows asynchronous code. */

import type { Device } from "../kcov/device.ts";
import { runsHere, switchTo } from "../kcov/tasks.ts";

/** The parts of node:async_hooks that are used. */
interface AsyncHooks {
  AsyncLocalStorage: new () => { run<T>(store: number, fn: () => T): T; getStore(): number | undefined };
  createHook(callbacks: { before(): void; after(): void }): { enable(): void; disable(): void };
}

/**
 * Keeps a task current for what a function started: the storage travels with promises, timers and callbacks; before
 * each continuation the task in it becomes current, and afterwards the one that was.
 *
 * Where there is no node:async_hooks (browsers) only the synchronous part of the function runs in the task.
 */
export class AsyncTasks {
  readonly #device: Device;
  readonly #hooks = asyncHooks();
  #storage: InstanceType<AsyncHooks["AsyncLocalStorage"]> | undefined;
  #hook: ReturnType<AsyncHooks["createHook"]> | undefined;
  /** What was current before each continuation that is being run: they may nest. */
  readonly #previous: number[] = [];

  constructor(device: Device) {
    this.#device = device;
  }

  /** @throws {RangeError} there is no task, or it runs on another thread */
  run<T>(task: number, fn: () => T): T {
    this.#enable();
    const previous = this.#device.currentId;
    switchTo(this.#device, task);
    try {
      return this.#storage === undefined ? fn() : this.#storage.run(task, fn);
    } finally {
      this.#return(previous);
    }
  }

  /** Continuations are not followed any more. */
  disable(): void {
    this.#hook?.disable();
    this.#hook = undefined;
  }

  /** Not before it is needed: following every promise costs all of them something. */
  #enable(): void {
    if (this.#hooks === undefined || this.#hook !== undefined) return;
    const storage = new this.#hooks.AsyncLocalStorage();
    this.#storage = storage;
    this.#hook = this.#hooks.createHook({
      before: () => {
        const { currentId } = this.#device;
        this.#previous.push(currentId);
        const task = storage.getStore();
        if (task !== undefined && task !== currentId) this.#return(task);
      },
      after: () => {
        const previous = this.#previous.pop();
        if (previous !== undefined && previous !== this.#device.currentId) this.#return(previous);
      },
    });
    this.#hook.enable();
  }

  /** A task that has exited meanwhile can not become current; what it left behind runs in the task that is. */
  #return(task: number): void {
    if (runsHere(this.#device, task)) switchTo(this.#device, task);
  }
}

/** Not by an import: the library runs in browsers too. */
function asyncHooks(): AsyncHooks | undefined {
  const { process } = globalThis as { process?: { getBuiltinModule?: (name: string) => unknown } };
  return process?.getBuiltinModule?.("node:async_hooks") as AsyncHooks | undefined;
}
