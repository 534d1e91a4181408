/** How a thread gets a device: the options of `Kcov.create` and `Kcov.attach`. */

import { KCOV_MAX_SIZE } from "../abi/kcov.ts";
import { FLAG_COMPARISONS, FLAG_PC_EXT, FLAG_UNIQUE } from "../abi/layout.ts";
import { engine } from "../engine.ts";
import { Device, type FailAllocation, NO_AREA, type TaskGlobals } from "../kcov/device.ts";
import { ABIS, type KcovAbi } from "../kcov/rules.ts";
import { adoptTask, startThread } from "../kcov/tasks.ts";
import { Arena, MAX_MEMORY_BYTES, MIN_MEMORY_BYTES } from "../memory/arena.ts";

/** A proposal that can be tried. */
export type KcovProposal = "pc-ext" | "unique";

const PROPOSALS: Readonly<Record<KcovProposal, number>> = { "pc-ext": FLAG_PC_EXT, unique: FLAG_UNIQUE };

/** Properties of a new device. */
export interface KcovCreateOptions {
  /** Whether comparisons can be traced; default true. False: enabling KCOV_TRACE_CMP fails with ENOTSUPP. */
  comparisons?: boolean;
  /** Maximum size of the device's memory in bytes: 1 MiB to 4 GiB − 64 KiB; default 256 MiB. It starts small. */
  maxBytes?: number;
  /** Maximum size of one area in bytes, after rounding up to 4096; default 1 GiB. More is ENOMEM. */
  areaLimitBytes?: number;
  /** Load base that `hooks` subtract from every pc, modulo 2^64; default 0n. Instrumented modules are not affected. */
  slide?: bigint;
  /**
   * The kernel whose rules all threads of the device follow.
   *
   * - "v5.5" (default): v5.5–v5.7.
   * - "v5.18": the same, with v5.18's INIT_TRACE and mmap: INIT_TRACE allocates, every mmap maps.
   * - "v6.12": v6.12–v7.1. Sections in soft interrupts, and a mode of its own for a task that enables remotely.
   * - "v7.2": a task may trace and own remote coverage at the same time.
   */
  abi?: KcovAbi;
  /**
   * From v6.12 on: length in words of the area into which a thread's sections in soft interrupts record; default
   * 262144, as in the kernel. A thread gets it with its first soft interrupt.
   */
  irqAreaWords?: number;
  /**
   * Proposals that no kernel has yet, and that may change: "pc-ext", records of the entry and exit of functions
   * (KCOV_TRACE_PC_EXT); "unique", each pc once (KCOV_UNIQUE_ENABLE, KCOV_RESET_TRACE). Default: none.
   */
  proposals?: readonly KcovProposal[];
  /** Fault injection for tests of consumers: called before each allocation of this thread; true makes it fail. */
  failAllocation?: FailAllocation;
}

/** How a thread joins a device. */
export interface KcovAttachOptions {
  /** Parent of the thread's first task, which inherits its common handle. Default: none. */
  parent?: number;
  /** Task with which the thread begins, created for it by `taskInit` on another thread. Excludes `parent`. */
  task?: number;
  /** Makes allocations fail, as in {@link KcovCreateOptions}. */
  failAllocation?: FailAllocation;
}

/** @throws {TypeError | RangeError} an option is invalid */
export function checkCreateOptions(options: KcovCreateOptions): void {
  const { comparisons, maxBytes, areaLimitBytes, slide, abi, irqAreaWords, proposals } = withDefaults(options);
  if (typeof comparisons !== "boolean") throw new TypeError("comparisons must be a boolean");
  checkBytes(maxBytes, "maxBytes", MIN_MEMORY_BYTES, MAX_MEMORY_BYTES);
  checkBytes(areaLimitBytes, "areaLimitBytes", 0, Number.MAX_SAFE_INTEGER);
  if (typeof slide !== "bigint") throw new TypeError("slide must be a bigint");
  if (!ABIS.includes(abi)) {
    throw new TypeError(`abi must be ${ABIS.map((each) => `"${each}"`).join(", ")}, not ${String(abi)}`);
  }
  if (!Array.isArray(proposals) || !proposals.every((each) => Object.hasOwn(PROPOSALS, each))) {
    throw new TypeError(`proposals are a list of ${Object.keys(PROPOSALS).join(", ")}`);
  }
  if (typeof irqAreaWords !== "number") throw new TypeError("irqAreaWords must be a number");
  if (!Number.isInteger(irqAreaWords) || irqAreaWords < 1 || irqAreaWords > KCOV_MAX_SIZE) {
    throw new RangeError(`irqAreaWords ${irqAreaWords} is not between 1 and ${KCOV_MAX_SIZE}`);
  }
}

/** Creates the memory, and this thread's first task. The options have been checked. */
export function createDevice(options: KcovCreateOptions): Device {
  const { comparisons, maxBytes, areaLimitBytes, slide, abi, irqAreaWords, proposals } = withDefaults(options);
  const arena = Arena.create({
    maxBytes,
    areaLimitBytes,
    flags: proposals.reduce((flags, each) => flags | PROPOSALS[each], comparisons ? FLAG_COMPARISONS : 0),
    abi: ABIS.indexOf(abi),
    irqAreaWords,
    slide: BigInt.asUintN(64, slide),
  });
  const device = new Device(arena, createGlobals());
  device.failAllocation = options.failAllocation;
  startThread(device, undefined);
  return device;
}

/**
 * Joins the device in `memory`.
 *
 * @throws {TypeError | RangeError} see {@link Kcov.attach}
 * @throws {KcovError} ENOMEM
 */
export function attachDevice(memory: WebAssembly.Memory, options: KcovAttachOptions): Device {
  const { parent, task } = options;
  if (parent !== undefined && task !== undefined) throw new TypeError("pass parent or task, not both");
  const device = new Device(Arena.attach(memory), createGlobals());
  device.failAllocation = options.failAllocation;
  if (task === undefined) startThread(device, parent);
  else adoptTask(device, task);
  return device;
}

function withDefaults(options: KcovCreateOptions): Required<Omit<KcovCreateOptions, "failAllocation">> {
  const { comparisons = true, maxBytes = 1 << 28, areaLimitBytes = 2 ** 30 } = options;
  const { slide = 0n, abi = "v5.5", irqAreaWords = 1 << 18, proposals = [] } = options;
  return { comparisons, maxBytes, areaLimitBytes, slide, abi, irqAreaWords, proposals };
}

function createGlobals(): TaskGlobals {
  const create = (): WebAssembly.Global<"i32"> => new engine.Global({ value: "i32", mutable: true }, 0);
  const none = (): WebAssembly.Global<"i64"> => new engine.Global({ value: "i64", mutable: true }, NO_AREA);
  return {
    mode: create(),
    area: create(),
    size: create(),
    bitmap: create(),
    frame: new engine.Global({ value: "i64", mutable: true }, 0n),
    pc_area: none(),
    cmp_area: none(),
  };
}

function checkBytes(value: unknown, name: string, least: number, most: number): void {
  if (typeof value !== "number") throw new TypeError(`${name} must be a number of bytes`);
  if (!Number.isSafeInteger(value) || value < least || value > most) {
    throw new RangeError(`${name} ${value} is not between ${least} and ${most} bytes`);
  }
}
