/** The public face of the device: `Kcov`. */

import { COUNTERS_INIT, DIRTY_MAP_INIT, HOOKS, type HookName, IMPORT_MODULE } from "../abi/hooks.ts";
import { FLAG_ABI_V5_18, FLAG_COMPARISONS, HEADER_SLIDE } from "../abi/layout.ts";
import { Device, type FailAllocation, NO_AREA, type TaskGlobals } from "../kcov/device.ts";
import { close, dup, open } from "../kcov/file.ts";
import { ioctl } from "../kcov/ioctl.ts";
import type { KcovMapping } from "../kcov/mapping.ts";
import { mmap } from "../kcov/mmap.ts";
import type { KcovRemoteArg } from "../kcov/remote_arg.ts";
import { remoteStart, remoteStop } from "../kcov/remote_section.ts";
import { inspect, type KcovSnapshot } from "../kcov/snapshot.ts";
import { adoptTask, reap, setInTask, startThread, switchTo, taskExit, taskInit } from "../kcov/tasks.ts";
import { Arena, MAX_MEMORY_BYTES, MIN_MEMORY_BYTES } from "../memory/arena.ts";
import { AsyncTasks } from "./async_tasks.ts";
import { CounterRegions, type KcovCounters } from "./counters.ts";
import { DirtyMaps, type KcovDirtyMap } from "./dirty_maps.ts";
import { type ComparisonCounts, type FoldRoutines, foldComparisons, foldPcs, type PcCounts } from "./fold.ts";
import { compileHooks, type HookImports, instantiateHooks, type KcovHooks } from "./hooks.ts";
import { withOwnMemories } from "./own_memory.ts";
import { SwitchTable } from "./switch_table.ts";
import { isThenable, type Trace, type TraceOptions, trace } from "./trace.ts";

export interface KcovCreateOptions {
  /** Whether comparisons can be traced; default true. False: enabling KCOV_TRACE_CMP fails with ENOTSUPP. */
  comparisons?: boolean;
  /** What the device's memory may grow to, in bytes: 1 MiB to 4 GiB − 64 KiB; default 256 MiB. It starts small. */
  maxBytes?: number;
  /** What one area may take, in bytes after rounding to 4096; default 1 GiB. More is ENOMEM. */
  areaLimitBytes?: number;
  /** Load base that `hooks` subtract from every pc, modulo 2^64; default 0n. Instrumented modules are not concerned. */
  slide?: bigint;
  /** Which kernel's INIT_TRACE and mmap: "v5.5" (default; mmap allocates) or "v5.18" (INIT_TRACE does). */
  abi?: "v5.5" | "v5.18";
  /** Fault injection for tests of consumers: called before each allocation of this thread, true makes it fail. */
  failAllocation?: FailAllocation;
}

export interface KcovAttachOptions {
  /** Task that the thread's first task descends from: its common handle is inherited. Default: none. */
  parent?: number;
  /** Task, made for this thread by `taskInit` on another, to begin with. Excludes `parent`. */
  task?: number;
  /** As in {@link KcovCreateOptions}. */
  failAllocation?: FailAllocation;
}

/** What an instrumented module imports. Spread it into the import object, whichever way the module is linked. */
export type KcovImports = {
  kcov: HookImports &
    TaskGlobals & { memory: WebAssembly.Memory } & {
      [COUNTERS_INIT]: CounterRegions["init"];
      [DIRTY_MAP_INIT]: DirtyMaps["init"];
    };
};

/**
 * A kcov device, as one thread sees it. All threads that attach to one memory share one device: its descriptors,
 * tasks, handles and areas.
 *
 * Every method throws `RangeError` when called from within a call of the same device (fault injection, a getter of an
 * argument), and for a call that needs a current task when there is none any more.
 */
export class Kcov {
  /** The AssemblyScript hooks, for direct calls. */
  readonly hooks: KcovHooks;
  /** Import object for instrumented modules. */
  readonly imports: KcovImports;
  readonly #device: Device;
  readonly #asyncTasks: AsyncTasks;
  readonly #fold: FoldRoutines;
  readonly #switchTable: SwitchTable;
  readonly #counters: CounterRegions;
  readonly #dirtyMaps: DirtyMaps;

  /**
   * Makes a device. The calling thread gets its first task, number 1.
   *
   * @throws {TypeError | RangeError} an option is not what it should be; the engine has no shared memory
   */
  static async create(options: KcovCreateOptions = {}): Promise<Kcov> {
    const { comparisons = true, maxBytes = 1 << 28, areaLimitBytes = 2 ** 30, slide = 0n, abi = "v5.5" } = options;
    if (typeof comparisons !== "boolean") throw new TypeError("comparisons must be a boolean");
    checkBytes(maxBytes, "maxBytes", MIN_MEMORY_BYTES, MAX_MEMORY_BYTES);
    checkBytes(areaLimitBytes, "areaLimitBytes", 0, Number.MAX_SAFE_INTEGER);
    if (typeof slide !== "bigint") throw new TypeError("slide must be a bigint");
    if (abi !== "v5.5" && abi !== "v5.18") throw new TypeError(`abi must be "v5.5" or "v5.18", not ${String(abi)}`);
    if (typeof SharedArrayBuffer === "undefined") {
      throw new TypeError("kcov needs shared memory; in a browser the page must be cross-origin isolated (COOP, COEP)");
    }
    const flags = (comparisons ? FLAG_COMPARISONS : 0) | (abi === "v5.18" ? FLAG_ABI_V5_18 : 0);
    const arena = Arena.create({ maxBytes, areaLimitBytes, flags, slide: BigInt.asUintN(64, slide) });
    const device = new Device(arena, createGlobals());
    device.failAllocation = options.failAllocation;
    startThread(device, undefined);
    return new Kcov(device, await compileHooks());
  }

  /**
   * Joins the device that lives in `memory`, from another thread. The thread gets a task of its own.
   *
   * @param memory another thread's `kcov.memory`, received by `postMessage`
   * @throws {TypeError | RangeError} it is no device's memory, or of another version; there is no such task
   * @throws {KcovError} ENOMEM
   */
  static async attach(memory: WebAssembly.Memory, options: KcovAttachOptions = {}): Promise<Kcov> {
    const { parent, task } = options;
    if (parent !== undefined && task !== undefined) throw new TypeError("pass parent or task, not both");
    const hooks = await compileHooks();
    const device = new Device(Arena.attach(memory), createGlobals());
    device.failAllocation = options.failAllocation;
    if (task === undefined) startThread(device, parent);
    else adoptTask(device, task);
    return new Kcov(device, hooks);
  }

  private constructor(device: Device, hooksModule: WebAssembly.Module) {
    const { arena, globals } = device;
    this.#device = device;
    this.#asyncTasks = new AsyncTasks(device);
    this.#switchTable = new SwitchTable(device);
    this.#counters = new CounterRegions(device);
    this.#dirtyMaps = new DirtyMaps(device);
    const slide = arena.load64(HEADER_SLIDE);
    this.hooks = instantiateHooks(hooksModule, arena.memory, globals, slide) as unknown as KcovHooks;
    // Instrumented modules carry link-time PCs, which need no canonicalisation.
    const linkTime = instantiateHooks(hooksModule, arena.memory, globals, 0n);
    this.#fold = linkTime as unknown as FoldRoutines;
    const names = Object.keys(HOOKS) as HookName[];
    const functions = Object.fromEntries(names.map((name) => [name, linkTime[name]])) as HookImports;
    const regions = {
      [COUNTERS_INIT]: this.#counters.init.bind(this.#counters),
      [DIRTY_MAP_INIT]: this.#dirtyMaps.init.bind(this.#dirtyMaps),
    };
    const values = { memory: arena.memory, ...globals, ...functions, ...regions };
    this.imports = { [IMPORT_MODULE]: withOwnMemories(values) };
  }

  /** The device's memory: post it to a worker, which attaches. */
  get memory(): WebAssembly.Memory {
    return this.#device.arena.memory;
  }

  /** Id of this thread's current task; 0 when it has none any more. */
  get current(): number {
    return this.#device.currentId;
  }

  /** How many warnings the device gave so far, on all threads. */
  get warnings(): number {
    return this.#device.warnings;
  }

  /** Called for every warning that a call on this thread gives, when the call is over: the kernel's WARN_ON. */
  get onWarning(): ((message: string) => void) | undefined {
    return this.#device.onWarning;
  }
  set onWarning(callback: ((message: string) => void) | undefined) {
    this.#device.onWarning = callback;
  }

  /** The inline counters of the instances that this thread made, in order of instantiation. */
  get counters(): readonly KcovCounters[] {
    return this.#counters.regions;
  }

  /** Called when a module with inline counters is instantiated on this thread, before its code runs. */
  get onCounters(): ((counters: KcovCounters) => void) | undefined {
    return this.#counters.onCounters;
  }
  set onCounters(callback: ((counters: KcovCounters) => void) | undefined) {
    this.#counters.onCounters = callback;
  }

  /** The dirty maps of the instances that this thread made and whose state can be put back, in order of instantiation. */
  get dirtyMaps(): readonly KcovDirtyMap[] {
    return this.#dirtyMaps.maps;
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
   * @throws {TypeError | RangeError} cmd is not 32 bits, or arg not 64
   */
  ioctl(fd: number, cmd: number, arg: number | bigint | KcovRemoteArg = 0): 0 {
    return ioctl(this.#device, fd, cmd, arg);
  }

  /**
   * Maps the area of a descriptor; the first time makes it. `length` must be size × 8 bytes.
   *
   * @throws {KcovError} EBADF, ENOMEM, EINVAL
   */
  mmap(fd: number, length: number, offset = 0): KcovMapping {
    return mmap(this.#device, fd, length, offset);
  }

  /**
   * Lets another fd share the description.
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
   * Makes a task: a fork. It is idle and inherits the parent's common handle.
   *
   * @returns its id; the current task stays current
   * @throws {RangeError} there is no task `parent`
   * @throws {KcovError} ENOMEM
   */
  taskInit(parent: number = this.current): number {
    return taskInit(this.#device, parent);
  }

  /**
   * Runs `fn` in a task, and whatever it starts: the task is current again in every continuation of `fn`'s promises,
   * timers and callbacks, so that requests which overlap in one thread have coverage of their own. On return the task
   * that was current is so again.
   *
   * Uses node:async_hooks; in a browser only the synchronous part of `fn` runs in the task. Callbacks that the engine
   * does not attribute to what started them (an event emitter's, say) run in the task that emits.
   *
   * @returns what `fn` returns
   * @throws {RangeError} there is no such task, or it runs on another thread
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
   * also the device's lock. Never call it for a thread that still runs.
   *
   * @param task the task that the thread began with
   * @throws {RangeError} it is this thread's own, or runs on a thread that began with another task
   */
  reap(task: number): void {
    reap(this.#device, task);
  }

  /** Enters (false) or leaves (true) interrupt context: until then nothing is recorded on this thread. */
  setInTask(flag: boolean): void {
    setInTask(this.#device, flag);
  }

  /**
   * Begins a section of `handle` in the current task: what it executes is recorded for the descriptor that registered
   * the handle. Bad handles and bad moments warn; an unknown handle is ignored.
   *
   * @throws {TypeError | RangeError} handle is not a u64
   */
  remoteStart(handle: bigint): void {
    remoteStart(this.#device, handle);
  }

  /** Ends the current task's section and hands its records over. Without a section: nothing. */
  remoteStop(): void {
    remoteStop(this.#device);
  }

  /**
   * Runs `fn` inside a section of `handle`, and ends the section however `fn` ends; for a promise, when it settles.
   * If no section could begin, `fn` just runs.
   *
   * @returns what `fn` returns
   */
  remoteSection<T>(handle: bigint, fn: () => T): T {
    if (!remoteStart(this.#device, handle)) return fn();
    const stop = (): void => remoteStop(this.#device);
    let result: T;
    try {
      result = fn();
    } catch (error) {
      stop();
      throw error;
    }
    if (isThenable(result)) return Promise.resolve(result).finally(stop) as T;
    stop();
    return result;
  }

  /** The current task's common handle; 0n: none. */
  commonHandle(): bigint {
    return this.#device.call(() => this.#device.current().handle);
  }

  /**
   * Calls the switch hook with a table of cases, which it puts into device memory first.
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
   * What an area of mode TRACE_PC holds: every PC once, with how often it was recorded. Several times as fast as to look
   * at each in JavaScript.
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
   * Records what `fn` executes, the friendly way: opens a descriptor, enables it for the current task around `fn`,
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

  /** Leaves the device: this thread's tasks exit. The device itself lives as long as its memory. */
  [Symbol.dispose](): void {
    this.#asyncTasks.disable();
    this.#switchTable.free();
    const { thread } = this.#device;
    if (this.current !== 0 && this.current !== thread) this.taskExit();
    if (this.current === thread) this.taskExit();
  }
}

function createGlobals(): TaskGlobals {
  const create = (): WebAssembly.Global<"i32"> => new WebAssembly.Global({ value: "i32", mutable: true }, 0);
  const none = (): WebAssembly.Global<"i64"> => new WebAssembly.Global({ value: "i64", mutable: true }, NO_AREA);
  return { mode: create(), area: create(), size: create(), pc_area: none(), cmp_area: none() };
}

function checkBytes(value: unknown, name: string, least: number, most: number): void {
  if (typeof value !== "number") throw new TypeError(`${name} must be a number of bytes`);
  if (!Number.isSafeInteger(value) || value < least || value > most) {
    throw new RangeError(`${name} ${value} is not between ${least} and ${most} bytes`);
  }
}
