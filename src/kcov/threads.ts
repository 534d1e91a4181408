/** The threads of a device. To the device, each is a CPU. */

import { ENOMEM } from "../abi/errno.ts";
import { KCOV_MODE_DISABLED } from "../abi/kcov.ts";
import {
  HEADER_NEXT_THREAD,
  HEADER_TASKS,
  LIST_NEXT,
  TASK_ID,
  TASK_ROOT,
  TASK_THREAD,
  THREAD_AGENT,
  THREAD_BYTES,
  THREAD_CLAIMS,
  THREAD_ID,
  THREAD_IRQ_AREA,
  THREAD_ROOT,
  THREAD_SAVED_AREA,
  THREAD_SAVED_KCOV,
  THREAD_SAVED_MODE,
  THREAD_SAVED_REMOTE_AREA,
  THREAD_SAVED_SEQUENCE,
  THREAD_SAVED_SIZE,
  THREADS_ADDRESS,
  THREADS_MAX,
} from "../abi/layout.ts";
import { KcovError } from "../errors.ts";
import type { Arena } from "../memory/arena.ts";
import { Descriptor } from "./descriptor.ts";
import type { Tracing } from "./task.ts";

/** A task's saved fields. The mode is never DISABLED: an idle task has nothing to save. */
export interface SavedTracing extends Tracing {
  kcov: Descriptor;
}

/**
 * For each device memory, the id of this JavaScript thread's first thread on that device: it has one for each `Kcov`.
 * They die together, and whoever reaps one may not know about the others. Module state, since it concerns all devices.
 */
const agents = new WeakMap<WebAssembly.Memory, number>();

/** How many tasks are visited without the lock before the list is given up because it must be changing meanwhile. */
const MOST_TASKS = 1 << 20;

/**
 * A view of one thread's slot. A thread takes a slot before it can take the lock, so that whoever cleans up after the
 * thread can tell whether it holds the lock: the caller knows a task, the lock names a thread, and no list can be
 * trusted that a dead thread may have left half changed. Hence a table, written atomically.
 *
 *     free ──enter──▶ claims a task ──under the lock: it may have it──▶ began with the task ──leave, reap──▶ free
 *                           └──it may not──▶ free
 *
 * | field | written by                                |
 * | ----- | ----------------------------------------- |
 * | id    | the thread when it enters; its remover    |
 * | agent | the thread, when it enters                |
 * | root  | the thread, when it enters and has begun  |
 * | saved | `remoteStart` and `remoteStop` in softirq |
 */
export class Thread {
  readonly arena: Arena;
  readonly address: number;

  constructor(arena: Arena, address: number) {
    this.arena = arena;
    this.address = address;
  }

  /**
   * Gives this thread an id of its own, under which it can take the lock, and a slot.
   *
   * @param task the task that it will begin with, as its caller says; undefined: a new one
   * @throws {KcovError} ENOMEM too many threads
   */
  static enter(arena: Arena, task: number | undefined): Thread {
    const id = arena.atomicAdd(HEADER_NEXT_THREAD, 1);
    const agent = agents.get(arena.memory) ?? id;
    for (const thread of slots(arena)) {
      if (!arena.atomicReplace(thread.address + THREAD_ID, 0, id)) continue;
      agents.set(arena.memory, agent);
      arena.atomicStore(thread.address + THREAD_AGENT, agent);
      if (isTaskId(task)) arena.atomicStore(thread.address + THREAD_ROOT, (task | THREAD_CLAIMS) >>> 0);
      arena.owner = id;
      return thread;
    }
    throw new KcovError(ENOMEM, `${THREADS_MAX} threads are attached`, "attach");
  }

  /** The thread with an id. */
  static find(arena: Arena, id: number): Thread | undefined {
    for (const thread of slots(arena)) if (thread.id === id) return thread;
    return undefined;
  }

  /** All threads. */
  static all(arena: Arena): Thread[] {
    return [...slots(arena)].filter(({ id }) => id !== 0);
  }

  /**
   * The dead threads, when a caller says that the thread of `task` is gone: that thread, and the other threads of the
   * same JavaScript thread, unless that is the caller's own. Needs no lock.
   */
  static gone(arena: Arena, task: number): Thread[] {
    const threads = Thread.all(arena);
    const named = threads.filter((thread) => {
      const root = arena.atomicLoad(thread.address + THREAD_ROOT);
      return root === task || (root === (task | THREAD_CLAIMS) >>> 0 && mayHave(arena, thread.id, task));
    });
    const dead = new Set(named.map(({ agent }) => agent));
    dead.delete(agents.get(arena.memory) ?? 0);
    return threads.filter((thread) => named.includes(thread) || dead.has(thread.agent));
  }

  /** 0: the slot is free. */
  get id(): number {
    return this.arena.atomicLoad(this.address + THREAD_ID);
  }

  /** Id of the task that it began with; 0: not yet. */
  get root(): number {
    const root = this.arena.atomicLoad(this.address + THREAD_ROOT);
    return (root & THREAD_CLAIMS) === 0 ? root : 0;
  }

  /** Id of the first thread of the same JavaScript thread. */
  get agent(): number {
    return this.arena.atomicLoad(this.address + THREAD_AGENT);
  }

  /** Run that holds the area for sections in soft interrupts; 0: none yet. Under the lock, as is all that follows. */
  get irqArea(): number {
    return this.arena.load(this.address + THREAD_IRQ_AREA);
  }
  set irqArea(run: number) {
    this.arena.store(this.address + THREAD_IRQ_AREA, run);
  }

  /** What the task was tracing when a soft interrupt began a section; undefined: nothing is saved. */
  get saved(): SavedTracing | undefined {
    const field = (offset: number): number => this.arena.load(this.address + offset);
    const mode = field(THREAD_SAVED_MODE);
    if (mode === KCOV_MODE_DISABLED) return undefined;
    return {
      mode,
      size: field(THREAD_SAVED_SIZE),
      area: field(THREAD_SAVED_AREA),
      kcov: new Descriptor(this.arena, field(THREAD_SAVED_KCOV)),
      sequence: field(THREAD_SAVED_SEQUENCE),
      remoteArea: field(THREAD_SAVED_REMOTE_AREA),
    };
  }
  set saved(value: SavedTracing | undefined) {
    const store = (offset: number, word: number): void => this.arena.store(this.address + offset, word);
    store(THREAD_SAVED_MODE, value?.mode ?? KCOV_MODE_DISABLED);
    store(THREAD_SAVED_SIZE, value?.size ?? 0);
    store(THREAD_SAVED_AREA, value?.area ?? 0);
    store(THREAD_SAVED_KCOV, value?.kcov.address ?? 0);
    store(THREAD_SAVED_SEQUENCE, value?.sequence ?? 0);
    store(THREAD_SAVED_REMOTE_AREA, value?.remoteArea ?? 0);
  }

  /** Sets the first task, within the call that assigns it: a reaper that undoes that call ends the thread as well. */
  begin(task: number): void {
    this.arena.atomicStore(this.address + THREAD_ROOT, task);
  }

  /** Frees the slot. What belonged to the thread has been released before. */
  leave(): void {
    this.arena.atomicStore(this.address + THREAD_ROOT, 0);
    this.arena.atomicStore(this.address + THREAD_AGENT, 0);
    this.arena.atomicStore(this.address + THREAD_ID, 0);
  }
}

/**
 * Whether a thread that claims `task` would get it. A thread that claims it wrongly is alive, and may hold the lock at
 * this moment, about to be refused. While a claiming thread holds the lock, the task list does not change; if it does
 * change, another thread holds the lock, and will not lose it because of what is found here.
 */
function mayHave(arena: Arena, thread: number, id: number): boolean {
  let task = arena.load(HEADER_TASKS + LIST_NEXT);
  for (let seen = 0; task !== HEADER_TASKS && seen < MOST_TASKS; seen++) {
    if (arena.load(task + TASK_ID) === id) {
      const runsOn = arena.load(task + TASK_THREAD);
      return runsOn === thread || (runsOn === 0 && arena.load(task + TASK_ROOT) === 0);
    }
    task = arena.load(task + LIST_NEXT);
  }
  return false;
}

function isTaskId(task: number | undefined): task is number {
  return Number.isInteger(task) && Number(task) > 0 && Number(task) < THREAD_CLAIMS;
}

function* slots(arena: Arena): Generator<Thread, void, void> {
  for (let slot = 0; slot < THREADS_MAX; slot++) yield new Thread(arena, THREADS_ADDRESS + slot * THREAD_BYTES);
}
