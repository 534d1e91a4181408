/** Tasks: fork, context switch, exit, and cleaning up after a thread that could not exit. */

import { ENOMEM } from "../abi/errno.ts";
import { HEADER_KCOVS, HEADER_NEXT_TASK, HEADER_TASKS, RUN_ADDRESS } from "../abi/layout.ts";
import { KcovError } from "../errors.ts";
import { listEntries } from "../memory/list.ts";
import { unpinRun } from "../memory/page_allocator.ts";
import { Descriptor } from "./descriptor.ts";
import type { Device } from "./device.ts";
import { putFreeArea } from "./remote_area.ts";
import { isInSection } from "./remote_section.ts";
import { Task } from "./task.ts";
import { Thread } from "./threads.ts";

/**
 * Makes this thread known to the device, with a first task of its own.
 *
 * @param parent task whose common handle the new one inherits; undefined: no parent, as for the very first task
 * @throws {RangeError} there is no task `parent`
 * @throws {KcovError} ENOMEM
 */
export function startThread(device: Device, parent: number | undefined): void {
  if (parent !== undefined) checkId(parent);
  beginThread(device, undefined, () => fork(device, parent === undefined ? undefined : findTask(device, parent)));
}

/**
 * Makes this thread known to the device as `task`, which another thread has created for it with `taskInit`.
 *
 * @throws {RangeError} there is no such task, it runs elsewhere, or a thread began with it before
 */
export function adoptTask(device: Device, id: number): void {
  checkId(id);
  beginThread(device, id, () => {
    const task = findTask(device, id);
    // A thread is reaped by the id of the task it began with: no two may begin with the same one.
    if (task.thread !== 0 || task.isRoot) throw new RangeError(`task ${id} is, or was, another thread's`);
    return task;
  });
}

/** Enters a new thread, which takes the lock under its own id; only then is it checked whether it may have `wanted`. */
function beginThread(device: Device, wanted: number | undefined, find: () => Task): void {
  const thread = Thread.enter(device.arena, wanted);
  try {
    device.call(() => {
      const task = find();
      task.isRoot = true;
      task.thread = device.thread;
      device.rootId = task.id;
      device.setCurrent(task);
      thread.begin(task.id);
    });
  } catch (error) {
    thread.leave();
    throw error;
  }
}

/**
 * Leaves the device: ends the tasks that this thread ran last or created, with their tracing, and releases all memory
 * that the thread holds. A section that is still open is dropped, with a warning.
 */
export function leaveDevice(device: Device): void {
  const { arena, thread } = device;
  const cpu = Thread.find(arena, thread);
  if (cpu === undefined) return;
  while (device.call(() => endOneOf(device)));
  device.vmas.reap(thread);
  device.call(() => {
    device.context = "task";
    freeCpu(device, cpu);
  });
  cpu.leave();
}

/**
 * kcov_task_init in the parent: creates an idle task with the parent's common handle. The current task stays current.
 *
 * @returns id of the new task
 * @throws {RangeError} there is no task `parent`
 * @throws {KcovError} ENOMEM
 */
export function taskInit(device: Device, parent: number): number {
  checkId(parent);
  return device.call(() => {
    return fork(device, findTask(device, parent)).id;
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
 * kcov_task_exit: ends the task's tracing as DISABLE does, and then the task. If it was the current one, the thread's
 * first task becomes current; if that is gone too, or runs on another thread, this thread has no current task.
 *
 * A task inside a remote section warns, and the section's area and reference leak, as in the kernel.
 *
 * DIVERGES: if a task exits inside a section and also owns a descriptor (v7.2), or has a session that a soft interrupt
 * saved, that session ends too; the kernel leaves behind a descriptor whose owner is gone.
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
 * Cleans up after a thread that was killed: `id` is the task it began with, or was to begin with. Frees the lock if the
 * thread held it and undoes the call that it was in, ends the task that ran there and those that it left idle, drops
 * their open remote sections with the data, and releases all memory that it held. The same is done for every other
 * `Kcov` of that JavaScript thread. If `id` is another task and does not run, only that task ends. A second call has no
 * effect.
 *
 * What stays: fds, which belong to the process, and with them their descriptors; free remote areas, as in the kernel;
 * areas and references of sections in which a task has exited, as in the kernel. A thread that was given no `task` and
 * is killed before it could tell which one it got cannot be named: it may have held the lock while it was attaching.
 *
 * @throws {RangeError} the task runs on this thread, or on one that began with another task
 */
export function reap(device: Device, id: number): void {
  checkId(id);
  const { arena } = device;
  if (!Number.isInteger(id) || id < 1) throw new RangeError(`${id} can not be a task`);
  if (id === device.rootId) throw new RangeError(`task ${id} is this thread's own`);
  for (const thread of Thread.gone(arena, id)) arena.recover(thread.id);
  arena.wakeWaiters();
  const gone = device.call(() => Thread.gone(arena, id).map((thread) => ({ thread, name: thread.id })));
  const names = new Set(gone.map(({ name }) => name));
  // One call per task: there may be more tasks than one call can journal.
  while (device.call(() => reapOneOf(device, id, names)));
  for (const { thread, name } of gone) {
    device.vmas.reap(name);
    device.call(() => freeCpu(device, thread));
    thread.leave();
  }
}

/** @throws {RangeError} */
function findTask(device: Device, id: number): Task {
  const task = Task.find(device.arena, id);
  if (task === undefined) throw new RangeError(`there is no task ${id}`);
  return task;
}

function fork(device: Device, parent: Task | undefined): Task {
  const { arena } = device;
  const task = Task.create(arena, arena.load(HEADER_NEXT_TASK));
  if (task === undefined) throw new KcovError(ENOMEM, "no memory for a task", "fork");
  arena.add(HEADER_NEXT_TASK, 1);
  if (parent !== undefined) task.handle = parent.handle;
  task.home = device.thread;
  return task;
}

/** kcov_task_exit. What a task owns ends with it; the section that it is in is not its own, and leaks. */
function exitTracing(device: Device, task: Task): void {
  const { kcov } = task;
  const separate = device.rules.remoteOwner === "remoteKcov";
  if (kcov !== undefined && (kcov.task !== task.address || (separate && kcov.remote))) {
    device.warn(`task ${task.id} exits inside a remote section`);
  }
  // DIVERGES: in the kernel, a task in a section that also owns a descriptor leaves that behind, referring to the task.
  endOwned(device, task);
}

/** Ends all that a task owns, even what a soft interrupt has saved, or has ended in its place. The task goes next. */
function endOwned({ arena, rules }: Device, task: Task): void {
  if (!rules.softirq && task.kcov === undefined) return;
  for (const address of listEntries(arena, HEADER_KCOVS)) {
    const kcov = new Descriptor(arena, address);
    if (kcov.task !== task.address) continue;
    for (const cpu of Thread.all(arena)) if (cpu.saved?.kcov.address === address) cpu.saved = undefined;
    kcov.resetRemote();
    kcov.putOwned();
  }
}

/** Ends one of the tasks that end with this thread. @returns whether there was one */
function endOneOf(device: Device): boolean {
  const { arena, thread } = device;
  for (const address of listEntries(arena, HEADER_TASKS)) {
    const task = new Task(arena, address);
    if (task.thread !== thread && (task.thread !== 0 || task.home !== thread)) continue;
    if (task.id === device.currentId) device.setCurrent(undefined);
    if (isInSection(task)) device.warn(`task ${task.id} exits inside a remote section`);
    reapTask(device, task);
    return true;
  }
  return false;
}

/**
 * Ends one of the tasks that end with dead threads.
 *
 * @param gone ids of the threads that are gone
 * @returns whether there was such a task
 */
function reapOneOf(device: Device, id: number, gone: ReadonlySet<number>): boolean {
  const { arena } = device;
  for (const address of listEntries(arena, HEADER_TASKS)) {
    const task = new Task(arena, address);
    if (task.id === id && task.thread !== 0 && !gone.has(task.thread) && !task.isRoot) {
      const root = Thread.find(arena, task.thread)?.root;
      throw new RangeError(`task ${id} runs on the thread of task ${root}: reap that`);
    }
    // A task that runs on another thread by now, even this thread's first, is left to that thread.
    const idle = task.thread === 0 && (task.id === id || gone.has(task.home));
    if (!idle && !gone.has(task.thread)) continue;
    reapTask(device, task);
    return true;
  }
  return false;
}

/** Ends a task whose thread no longer runs. Unlike exit, it leaks nothing. */
function reapTask(device: Device, task: Task): void {
  const { kcov, remoteArea } = task;
  if (isInSection(task)) {
    task.stop();
    if (remoteArea !== 0) putFreeArea(task.arena, remoteArea);
    kcov?.put();
  }
  endOwned(device, task);
  task.free();
}

/** Frees a thread's area for soft interrupts, and a section saved by one; a saved session has ended with its owner. */
function freeCpu(device: Device, cpu: Thread): void {
  const { arena } = device;
  const { irqArea, saved } = cpu;
  cpu.saved = undefined;
  if (saved !== undefined && saved.remoteArea !== 0) {
    putFreeArea(arena, saved.remoteArea);
    saved.kcov.put();
  }
  if (irqArea === 0) return;
  cpu.irqArea = 0;
  // A task that began a section on this CPU and now runs on another still records into this area, which then must stay.
  const address = arena.load(irqArea + RUN_ADDRESS);
  for (const task of listEntries(arena, HEADER_TASKS)) if (new Task(arena, task).area === address) return;
  unpinRun(arena, irqArea);
}

function returnToFirstTask(device: Device): void {
  const first = Task.find(device.arena, device.rootId);
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
