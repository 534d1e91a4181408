/** Tasks: fork, context switch, exit, and the end of a thread that could not exit. */

import { ENOMEM } from "../abi/errno.ts";
import { HEADER_NEXT_TASK, HEADER_TASKS } from "../abi/layout.ts";
import { KcovError } from "../errors.ts";
import { listEntries } from "../memory/list.ts";
import type { Device } from "./device.ts";
import { endTracing } from "./ioctl.ts";
import { putFreeArea } from "./remote_area.ts";
import { Task } from "./task.ts";

/**
 * Makes this thread known to the device, with a first task of its own.
 *
 * @param parent task whose common handle the new one inherits; undefined: none, as for the very first task
 * @throws {RangeError} there is no task `parent`
 * @throws {KcovError} ENOMEM
 */
export function startThread(device: Device, parent: number | undefined): void {
  if (parent !== undefined) checkId(parent);
  // The lock names its owner from the first moment on, so the id must be known before the lock is taken.
  const id = device.arena.atomicAdd(HEADER_NEXT_TASK, 1);
  device.arena.owner = id;
  device.call(() => {
    const task = fork(device, id, parent === undefined ? undefined : findTask(device, parent));
    task.isRoot = true;
    task.thread = device.thread;
    device.setCurrent(task);
  });
}

/**
 * Makes this thread known to the device as `task`, which another thread has made for it with `taskInit`.
 *
 * @throws {RangeError} there is no such task, it runs elsewhere, or a thread began with it before
 */
export function adoptTask(device: Device, id: number): void {
  checkId(id);
  device.arena.owner = id;
  device.call(() => {
    const task = findTask(device, id);
    // A thread goes by the task it began with, in the lock too: no two may begin with the same one.
    if (task.thread !== 0 || task.isRoot) throw new RangeError(`task ${id} is, or was, another thread's`);
    task.isRoot = true;
    task.thread = device.thread;
    device.setCurrent(task);
  });
}

/**
 * kcov_task_init in the parent: a new task, idle, with the parent's common handle. The current task stays.
 *
 * @returns id of the new task
 * @throws {RangeError} there is no task `parent`
 * @throws {KcovError} ENOMEM
 */
export function taskInit(device: Device, parent: number): number {
  checkId(parent);
  return device.call(() => {
    const from = findTask(device, parent);
    return fork(device, device.arena.atomicAdd(HEADER_NEXT_TASK, 1), from).id;
  });
}

/**
 * Makes `task` the current one of this thread: a context switch.
 *
 * @throws {RangeError} there is no such task, or it runs on another thread
 */
export function switchTo(device: Device, id: number): void {
  checkId(id);
  device.call(() => {
    const task = findTask(device, id);
    checkNotElsewhere(device, task);
    if (device.currentId !== 0) device.current().thread = 0;
    task.thread = device.thread;
    device.setCurrent(task);
  });
}

/** Whether this thread could make `task` the current one: it exists, and runs on no other thread. */
export function runsHere(device: Device, id: number): boolean {
  return device.call(() => {
    const task = Task.find(device.arena, id);
    return task !== undefined && (task.thread === 0 || task.thread === device.thread);
  });
}

/**
 * kcov_task_exit: ends the task's tracing as DISABLE does, and the task. If it was the current one, the thread's first
 * task becomes current; when that is gone too, or runs on another thread, this thread has none.
 *
 * A task inside a remote section warns, and the section's area and reference leak, as in the kernel.
 *
 * @throws {RangeError} there is no such task, or it runs on another thread
 */
export function taskExit(device: Device, id: number): void {
  checkId(id);
  device.call(() => {
    const task = findTask(device, id);
    checkNotElsewhere(device, task);
    exitTracing(device, task);
    task.free();
    if (device.currentId === id) returnToFirstTask(device);
  });
}

/**
 * Cleans up after a thread that was killed: `id` is the task it began with. Frees the lock if the thread held it and
 * undoes what it was about, ends the task that ran there and those that it has left idle, drops their open remote
 * sections with the data, and unmaps its mappings. For another task that does not run, ends just that. Again: no effect.
 *
 * @throws {RangeError} the task runs on this thread, or on one that began with another task
 */
export function reap(device: Device, id: number): void {
  checkId(id);
  // 0 stands for "no thread" in tasks and in the lock.
  if (!Number.isInteger(id) || id < 1) throw new RangeError(`${id} can not be a task`);
  if (id === device.thread) throw new RangeError(`task ${id} is this thread's own`);
  device.arena.recover(id);
  // One call each: there may be more tasks than one call can journal.
  while (device.call(() => reapOneOf(device, id)));
  device.vmas.reap(id);
}

/** Sets or clears interrupt context: while `flag` is false, nothing is recorded on this thread. */
export function setInTask(device: Device, flag: boolean): void {
  if (typeof flag !== "boolean") throw new TypeError("setInTask takes a boolean");
  device.call(() => {
    device.inTask = flag;
  });
}

/** @throws {RangeError} */
function findTask(device: Device, id: number): Task {
  const task = Task.find(device.arena, id);
  if (task === undefined) throw new RangeError(`there is no task ${id}`);
  return task;
}

function fork(device: Device, id: number, parent: Task | undefined): Task {
  const task = Task.create(device.arena, id);
  if (task === undefined) throw new KcovError(ENOMEM, "no memory for a task", "fork");
  if (parent !== undefined) task.handle = parent.handle;
  task.home = device.thread;
  return task;
}

function exitTracing(device: Device, task: Task): void {
  const { kcov } = task;
  if (kcov === undefined) return;
  if (kcov.task !== task.address) {
    device.warn(`task ${task.id} exits inside a remote section`);
    return;
  }
  endTracing(task, kcov);
  kcov.put();
}

/** @returns whether there was a task that ends with thread `id` */
function reapOneOf(device: Device, id: number): boolean {
  for (const address of listEntries(device.arena, HEADER_TASKS)) {
    const task = new Task(device.arena, address);
    if (task.id === id && task.thread !== 0 && task.thread !== id && !task.isRoot) {
      throw new RangeError(`task ${id} runs on the thread of task ${task.thread}: reap that`);
    }
    // A task that runs elsewhere by now, also the thread's first, is none of its business any more.
    const idle = task.thread === 0 && (task.id === id || task.home === id);
    if (!idle && task.thread !== id) continue;
    reapTask(task);
    return true;
  }
  return false;
}

function reapTask(task: Task): void {
  const { kcov, remoteArea } = task;
  if (remoteArea !== 0) {
    task.stop();
    putFreeArea(task.arena, remoteArea);
    kcov?.put();
  } else if (kcov !== undefined) {
    endTracing(task, kcov);
    kcov.put();
  }
  task.free();
}

function returnToFirstTask(device: Device): void {
  const first = Task.find(device.arena, device.thread);
  // Another thread may have switched to it meanwhile.
  const free = first?.thread === 0 ? first : undefined;
  if (free !== undefined) free.thread = device.thread;
  device.setCurrent(free);
}

function checkNotElsewhere(device: Device, task: Task): void {
  if (task.thread === 0 || task.thread === device.thread) return;
  throw new RangeError(`task ${task.id} runs on another thread`);
}

function checkId(id: unknown): void {
  if (typeof id !== "number") throw new TypeError("a task's id must be a number");
}
