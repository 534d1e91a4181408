/** The public interface of the device: `Kcov`. */

import { setContext, setInTask } from "../kcov/context.ts";
import type { Device, KcovContext } from "../kcov/device.ts";
import { close, dup, open } from "../kcov/file.ts";
import { ioctl } from "../kcov/ioctl.ts";
import type { KcovMapping } from "../kcov/mapping.ts";
import { mmap } from "../kcov/mmap.ts";
import type { KcovRemoteArg } from "../kcov/remote_arg.ts";
import { commonHandle, remoteStart, remoteStop } from "../kcov/remote_section.ts";
import type { KcovAbi } from "../kcov/rules.ts";
import { inspect, type KcovSnapshot } from "../kcov/snapshot.ts";
import { leaveDevice, reap, switchTo, taskExit, taskInit } from "../kcov/tasks.ts";
import { AsyncTasks } from "./async_tasks.ts";
import { CounterStore } from "./counter_store.ts";
import type { KcovCounters } from "./counters.ts";
import type { KcovDirtyMap } from "./dirty_maps.ts";
import { type ComparisonCounts, type FoldRoutines, foldComparisons, foldPcs, type PcCounts } from "./fold.ts";
import { compileHooks, compileHooksSync, type KcovHooks } from "./hooks.ts";
import { importsOf, type KcovImports, type ThreadParts, threadHooks, threadParts } from "./imports.ts";
import {
  attachDevice,
  checkCreateOptions,
  createDevice,
  type KcovAttachOptions,
  type KcovCreateOptions,
} from "./options.ts";
import { runInSection } from "./remote_section.ts";
import type { OnMemoryError } from "./sanitizer.ts";
import { watchSuspensions } from "./suspending.ts";
import { SwitchTable } from "./switch_table.ts";
import { type Trace, type TraceOptions, trace } from "./trace.ts";

/**
 * A kcov device, as one thread sees it. All threads that attach to one memory share one device: its descriptors,
 * tasks, handles and areas.
 *
 * Every method throws `RangeError` when called from within a call of the same device (fault injection, a getter of an
 * argument), and if it needs a current task and there no longer is one.
 */
export class Kcov {
  /** The AssemblyScript hooks, for direct calls. */
  readonly hooks: KcovHooks;
  /** Import object for instrumented modules. */
  readonly imports: KcovImports;
  /** Counters of modules that do not have them in device memory. */
  readonly counterStore: CounterStore = new CounterStore();
  readonly #device: Device;
  readonly #asyncTasks: AsyncTasks;
  readonly #fold: FoldRoutines;
  readonly #switchTable: SwitchTable;
  readonly #parts: ThreadParts;

  /**
   * Creates a device. The calling thread gets its first task, number 1.
   *
   * @throws {TypeError | RangeError} an option is invalid; the engine has no shared memory
   */
  static async create(options: KcovCreateOptions = {}): Promise<Kcov> {
    checkCreateOptions(options);
    const hooks = await compileHooks();
    return new Kcov(createDevice(options), hooks);
  }

  /**
   * {@link Kcov.create}, synchronously. Compiles the hooks, some 5 KB, which every engine allows except on the main
   * thread of a browser that limits it: old versions of Chrome allow 4 KB there, newer ones 8 MB.
   *
   * @throws {TypeError | RangeError} as `create`; the browser refuses to compile here
   */
  static createSync(options: KcovCreateOptions = {}): Kcov {
    checkCreateOptions(options);
    const hooks = compileHooksSync();
    return new Kcov(createDevice(options), hooks);
  }

  /**
   * Joins the device that lives in `memory`, from another thread. The thread gets a task of its own.
   *
   * @param memory another thread's `kcov.memory`, received by `postMessage`; a page can post it only when it is
   *   cross-origin isolated
   * @throws {TypeError | RangeError} it is not a device's memory, or has another version; there is no such task
   * @throws {KcovError} ENOMEM
   */
  static async attach(memory: WebAssembly.Memory, options: KcovAttachOptions = {}): Promise<Kcov> {
    const hooks = await compileHooks();
    return new Kcov(attachDevice(memory, options), hooks);
  }

  /** {@link Kcov.attach}, synchronously; see {@link Kcov.createSync}. */
  static attachSync(memory: WebAssembly.Memory, options: KcovAttachOptions = {}): Kcov {
    const hooks = compileHooksSync();
    return new Kcov(attachDevice(memory, options), hooks);
  }

  private constructor(device: Device, hooksModule: WebAssembly.Module) {
    this.#device = device;
    this.#asyncTasks = new AsyncTasks(device);
    watchSuspensions();
    this.#switchTable = new SwitchTable(device);
    this.#parts = threadParts(device, this.counterStore);
    const { forCallers, forModules } = threadHooks(device, hooksModule);
    this.hooks = forCallers;
    this.#fold = forModules;
    this.imports = importsOf(device, forModules, this.#parts);
  }

  /** The device's memory: post it to a worker, which attaches to it. */
  get memory(): WebAssembly.Memory {
    return this.#device.arena.memory;
  }

  /** The kernel whose rules the device follows. */
  get abi(): KcovAbi {
    return this.#device.rules.abi;
  }

  /** Id of this thread's current task; 0 if it no longer has one. */
  get current(): number {
    return this.#device.currentId;
  }

  /** Number of warnings that the device has given so far, on all threads. */
  get warnings(): number {
    return this.#device.warnings;
  }

  /** Called for every warning (the kernel's WARN_ON) of a call on this thread, when the call is over. */
  get onWarning(): ((message: string) => void) | undefined {
    return this.#device.onWarning;
  }
  set onWarning(callback: ((message: string) => void) | undefined) {
    this.#device.onWarning = callback;
  }

  /**
   * The inline counters of the instances that this thread created, in order of instantiation. Those of an instance that
   * is collected leave the list: keep a reference to those that you need longer.
   */
  get counters(): readonly KcovCounters[] {
    return this.#parts.counters.regions;
  }

  /** Called when a module with inline counters is instantiated on this thread, before its code runs. */
  get onCounters(): ((counters: KcovCounters) => void) | undefined {
    return this.#parts.counters.onCounters;
  }
  set onCounters(callback: ((counters: KcovCounters) => void) | undefined) {
    this.#parts.counters.onCounters = callback;
  }

  /** The dirty maps of the instances on this thread whose state can be restored, in order of instantiation. */
  get dirtyMaps(): readonly KcovDirtyMap[] {
    return this.#parts.dirtyMaps.maps;
  }

  /**
   * Called before a module that was instrumented with `sanitize` accesses, frees or resizes what it must not. It may
   * throw, into the module; if it returns, the module goes on. Without it a `MemoryError` is thrown.
   */
  get onMemoryError(): OnMemoryError | undefined {
    return this.#parts.sanitizer.onMemoryError;
  }
  set onMemoryError(callback: OnMemoryError | undefined) {
    this.#parts.sanitizer.onMemoryError = callback;
  }

  /**
   * Whether sanitized modules record for every heap block where it was allocated and freed; false by default, since it
   * takes some microseconds each time. Blocks that were allocated before have no stacks.
   */
  get keepsMemoryStacks(): boolean {
    return this.#parts.sanitizer.keepsStacks;
  }
  set keepsMemoryStacks(keeps: boolean) {
    this.#parts.sanitizer.keepsStacks = keeps;
  }

  /**
   * Opens the device.
   *
   * @returns the lowest free fd, from 3 on
   * @throws {KcovError} EMFILE, ENOMEM
   */
  open(): number {
    return open(this.#device);
  }

  /**
   * ioctl(2) by the current task: KCOV_INIT_TRACE (size in words), KCOV_ENABLE (KCOV_TRACE_PC or _CMP), KCOV_DISABLE
   * (0), KCOV_REMOTE_ENABLE (a {@link KcovRemoteArg}).
   *
   * @throws {KcovError} EBADF; ENOTTY unknown cmd; EINVAL, EBUSY, EFAULT, EEXIST, ENOMEM, ENOTSUPP by command
   * @throws {TypeError | RangeError} cmd is not a 32-bit integer, or arg not a 64-bit one
   */
  ioctl(fd: number, cmd: number, arg: number | bigint | KcovRemoteArg = 0): 0 {
    return ioctl(this.#device, fd, cmd, arg);
  }

  /**
   * Maps the area of a descriptor; the first call allocates it. `length` must be size × 8 bytes.
   *
   * @throws {KcovError} EBADF, ENOMEM, EINVAL
   */
  mmap(fd: number, length: number, offset = 0): KcovMapping {
    return mmap(this.#device, fd, length, offset);
  }

  /**
   * Makes another fd share the description.
   *
   * @param to the fd to use, closed first if open; default: the lowest free one
   * @throws {KcovError} EBADF, EMFILE
   */
  dup(fd: number, to?: number): number {
    return dup(this.#device, fd, to);
  }

  /**
   * Closes an fd. Tracing that it enabled goes on until its task exits.
   *
   * @throws {KcovError} EBADF
   */
  close(fd: number): void {
    close(this.#device, fd);
  }

  /**
   * Creates a task: a fork. It is idle and inherits the parent's common handle.
   *
   * @returns its id; the current task stays current
   * @throws {RangeError} there is no task `parent`
   * @throws {KcovError} ENOMEM
   */
  taskInit(parent: number = this.current): number {
    return taskInit(this.#device, parent);
  }

  /**
   * Runs `fn`, and whatever it starts, in a task: the task is current again in every continuation of `fn`'s promises,
   * timers and callbacks, so that requests which overlap in one thread have separate coverage. On return the previous
   * task is current again.
   *
   * Uses node:async_hooks. WebAssembly that was suspended (JSPI) resumes in the task if its `WebAssembly.Suspending`
   * was created after this `Kcov`. Callbacks that the engine does not attribute to what started them (an event
   * emitter's, say) run in the task that emits.
   *
   * @returns what `fn` returns
   * @throws {RangeError} there is no such task, or it runs on another thread
   * @throws {KcovError} ENOTSUPP `fn` is asynchronous, and the engine announces no continuations: browsers, Deno and
   *   Bun only run synchronous functions
   */
  runInTask<T>(task: number, fn: () => T): T {
    return this.#asyncTasks.run(task, fn);
  }

  /**
   * Makes a task the current one of this thread.
   *
   * @throws {RangeError} there is no such task, or it runs on another thread
   */
  switchTo(task: number): void {
    switchTo(this.#device, task);
  }

  /**
   * Ends a task, and its tracing as KCOV_DISABLE does. If it was current, the thread's first task becomes current.
   *
   * @throws {RangeError} there is no such task, or it runs on another thread
   */
  taskExit(task: number = this.current): void {
    taskExit(this.#device, task);
  }

  /**
   * Cleans up after a thread that ended without leaving the device (`worker.terminate()`): whatever it held is freed,
   * including the device's lock. Never call it for a thread that still runs.
   *
   * What stays: fds, which belong to the process, and free remote areas, which are kept for later sections; and, as in
   * the kernel, the area of a section in which a task has exited. A thread that may be killed before it could tell
   * which task it got must be given one (`taskInit` here, `task` there): otherwise nobody can name it.
   *
   * @param task the task that the thread began with
   * @throws {RangeError} it is this thread's own task, or runs on a thread that began with another one
   */
  reap(task: number): void {
    reap(this.#device, task);
  }

  /**
   * Sets what this thread executes from now on: its current task, or an interrupt on top of it. Interrupts record
   * nothing, except in a section of a soft interrupt: under "v6.12" and "v7.2" a callback that interrupts traced code,
   * and works on behalf of somebody else, sets "softirq" and may then begin a section of its own. What it interrupted
   * is saved, and resumes when the section ends.
   *
   * @throws {TypeError} there is no such context
   * @throws {KcovError} ENOMEM for the area of this thread's soft interrupts
   */
  setContext(context: KcovContext): void {
    setContext(this.#device, context);
  }

  /** `setContext("task")` (true) or `setContext("hardirq")` (false). */
  setInTask(flag: boolean): void {
    setInTask(this.#device, flag);
  }

  /**
   * Begins a section of `handle` in the current task, or in a soft interrupt: what it executes is recorded for the
   * descriptor that registered the handle. A malformed handle, or a context in which a section cannot begin, warns; an
   * unknown handle is ignored.
   *
   * @throws {TypeError | RangeError} handle is not a u64
   */
  remoteStart(handle: bigint): void {
    remoteStart(this.#device, handle);
  }

  /** Ends the current section and moves its records to the descriptor's area. Without a section it does nothing. */
  remoteStop(): void {
    remoteStop(this.#device);
  }

  /**
   * Runs `fn` inside a section of `handle`, and ends the section however `fn` ends; if that returns a promise, when it
   * settles. If no section could begin, `fn` just runs.
   *
   * @returns what `fn` returns
   */
  remoteSection<T>(handle: bigint, fn: () => T): T {
    return runInSection(this.#device, handle, fn);
  }

  /** The current task's common handle; 0n: none. Under "v6.12" and "v7.2" also 0n outside of a task. */
  commonHandle(): bigint {
    return commonHandle(this.#device);
  }

  /**
   * Calls the switch hook with a table of cases, which it copies into device memory first.
   *
   * @param cases the table as SanitizerCoverage passes it: n, bits (8, 16, 32 or 64), then n or more case values
   * @throws {TypeError | RangeError} cases is not such a table
   * @throws {KcovError} ENOMEM for the table
   */
  traceSwitch(val: bigint, cases: readonly bigint[], pc: bigint): void {
    const address = this.#switchTable.write(cases);
    this.hooks.__sanitizer_cov_trace_switch(val, address, pc);
  }

  /**
   * The distinct PCs in an area of mode TRACE_PC, with how often each was recorded. Several times as fast as visiting
   * each record in JavaScript.
   *
   * @throws {KcovError} ENOMEM for the table, in device memory; EFAULT the mapping has no pages
   */
  foldPcs(area: KcovMapping): PcCounts {
    return foldPcs(this.#device, this.#fold, area);
  }

  /**
   * The same for mode TRACE_CMP.
   *
   * @throws {KcovError} ENOMEM, EFAULT
   */
  foldComparisons(area: KcovMapping): ComparisonCounts {
    return foldComparisons(this.#device, this.#fold.__kcov_fold_comparisons, area);
  }

  /** The device's state: descriptors, tasks, handles, free remote areas, allocations. */
  inspect(): KcovSnapshot {
    return inspect(this.#device);
  }

  /**
   * Records what `fn` executes, the convenient way: opens a descriptor, enables it for the current task around `fn`,
   * decodes, and closes it. For an asynchronous `fn` tracing lasts until its promise settles; whatever else the task
   * runs meanwhile is recorded too.
   *
   * @throws {KcovError} EBUSY the task is traced already; ENOMEM; ENOTSUPP
   */
  trace<T>(fn: () => Promise<T>, options?: TraceOptions): Promise<Trace<T>>;
  trace<T>(fn: () => T, options?: TraceOptions): Trace<T>;
  trace<T>(fn: () => T, options?: TraceOptions): Trace<Awaited<T>> | Promise<Trace<Awaited<T>>> {
    return trace(this, fn, options);
  }

  /**
   * Leaves the device: ends the tasks that this thread ran last or created, and releases all memory that it holds:
   * mappings, and the counters and dirty maps of its instances, which must no longer run. fds stay open, since they
   * belong to the process. The device itself lives as long as its memory.
   */
  [Symbol.dispose](): void {
    this.#asyncTasks.disable();
    leaveDevice(this.#device);
    this.#parts.counters.clear();
    this.#parts.dirtyMaps.clear();
    this.#switchTable.forget();
  }
}
