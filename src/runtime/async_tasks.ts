/** Logical tasks of one thread: the current task follows asynchronous code. */

import { ENOTSUPP } from "../abi/errno.ts";
import { KcovError } from "../errors.ts";
import type { Device } from "../kcov/device.ts";
import { runsHere, switchTo } from "../kcov/tasks.ts";
import { type Continuation, followSuspensions, type SuspensionFollower } from "./suspending.ts";
import { isThenable } from "./thenable.ts";

/** The parts of node:async_hooks that are used. */
interface AsyncHooks {
  AsyncLocalStorage: new () => { run<T>(store: number, fn: () => T): T; getStore(): number | undefined };
  createHook(callbacks: { init?(): void; before?(): void; after?(): void }): { enable(): void; disable(): void };
}

/**
 * Keeps a task current for what a function started: the storage travels with promises, timers and callbacks. Before
 * each continuation the task in the storage becomes current; afterwards the previous one is current again.
 *
 * WebAssembly that was suspended resumes in a job that no hook announces. Two jobs of ours, right before and after that
 * one, take the place of the hooks: see {@link AsyncTasks.follow}.
 *
 * Where no hook announces continuations (browsers, Deno, Bun) an asynchronous function is refused: it would continue in
 * whatever task is current.
 */
export class AsyncTasks implements SuspensionFollower {
  readonly #device: Device;
  readonly #hooks = asyncHooks();
  #storage: InstanceType<AsyncHooks["AsyncLocalStorage"]> | undefined;
  #hook: ReturnType<AsyncHooks["createHook"]> | undefined;
  #stopFollowing: (() => void) | undefined;
  /** The tasks that were current before each of the running continuations, which may nest. */
  readonly #previous: number[] = [];
  /** The task of the suspended WebAssembly that is resuming at the moment. */
  #resumed: number | undefined;

  constructor(device: Device) {
    this.#device = device;
  }

  /**
   * @throws {RangeError} there is no task, or it runs on another thread
   * @throws {KcovError} ENOTSUPP `fn` is asynchronous, and nothing here announces continuations
   */
  run<T>(task: number, fn: () => T): T {
    this.#enable();
    if (this.#storage === undefined && isAsyncFunction(fn))
      throw notFollowed("would leave the task at its first await");
    const previous = this.#device.currentId;
    switchTo(this.#device, task);
    let result: T;
    try {
      result = this.#storage === undefined ? fn() : this.#storage.run(task, fn);
    } finally {
      this.#return(previous);
    }
    if (this.#storage !== undefined || !isThenable(result)) return result;
    // Nobody will look at its promise any more: its rejection must not be reported as unhandled as well.
    result.then(undefined, () => undefined);
    throw notFollowed("has left the task at its first await");
  }

  /** Stops following continuations. */
  disable(): void {
    this.#hook?.disable();
    this.#hook = undefined;
    this.#stopFollowing?.();
    this.#stopFollowing = undefined;
  }

  /**
   * Called when WebAssembly is about to be suspended: it will resume in the task that it is in. Both jobs have a
   * `before` and an `after` of their own, which save and restore the current task; the first job changes what its
   * `after` will find, and the second restores it.
   */
  follow(): Continuation | undefined {
    const task = this.#storage?.getStore() ?? this.#resumed;
    if (task === undefined) return undefined;
    let previous: number | undefined;
    const resume = (): void => {
      const before = this.#previous.at(-1);
      this.#return(task);
      if (before === undefined || this.#device.currentId !== task) return;
      previous = before;
      this.#resumed = task;
      this.#previous[this.#previous.length - 1] = task;
    };
    const suspend = (): void => {
      if (previous === undefined) return;
      this.#resumed = undefined;
      this.#previous[this.#previous.length - 1] = previous;
    };
    return { resume, suspend };
  }

  /** Enables the hook, not before it is needed: following promises makes every promise slower. */
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
    this.#stopFollowing = followSuspensions(this);
  }

  /** Makes a task current again. If it has exited meanwhile, what it left behind runs in the current task. */
  #return(task: number): void {
    if (runsHere(this.#device, task)) switchTo(this.#device, task);
  }
}

/** Not an import, since the library runs in browsers too. @returns undefined if nothing here announces continuations */
function asyncHooks(): AsyncHooks | undefined {
  const { process } = globalThis as { process?: { getBuiltinModule?: (name: string) => unknown } };
  const hooks = process?.getBuiltinModule?.("node:async_hooks") as AsyncHooks | undefined;
  return hooks !== undefined && announces(hooks) ? hooks : undefined;
}

/** Deno and Bun have the module, but its hooks are never called. */
function announces({ createHook }: AsyncHooks): boolean {
  let called = false;
  const probe = createHook({
    init: () => {
      called = true;
    },
  });
  probe.enable();
  new Promise(() => undefined);
  probe.disable();
  return called;
}

function isAsyncFunction(fn: unknown): boolean {
  return Object.prototype.toString.call(fn) === "[object AsyncFunction]";
}

function notFollowed(what: string): KcovError {
  const reason = "this engine does not announce continuations, as Node.js does";
  return new KcovError(ENOTSUPP, `the asynchronous function ${what}: ${reason}`, "runInTask");
}
