/**
 * The device as one thread sees it: the shared memory, the thread's current task, and the globals that its hooks read.
 * Everything else in this folder is functions on it, one file per group of calls.
 */

import { KCOV_MODE_DISABLED, KCOV_MODE_TRACE_CMP, KCOV_MODE_TRACE_PC } from "../abi/kcov.ts";
import {
  FLAG_COMPARISONS,
  FLAG_PC_EXT,
  FLAG_UNIQUE,
  HEADER_ABI,
  HEADER_AREA_LIMIT,
  HEADER_FLAGS,
  HEADER_NO_COUNT,
  HEADER_WARNED_ONCE,
  HEADER_WARNINGS,
  PAGE_BYTES,
} from "../abi/layout.ts";
import { KCOV_MODE_UNIQUE_PC } from "../abi/proposals.ts";
import type { Arena } from "../memory/arena.ts";
import { fitsRun } from "../memory/page_allocator.ts";
import { RULES, type Rules } from "./rules.ts";
import { Task } from "./task.ts";
import { Thread } from "./threads.ts";
import { Vmas } from "./vmas.ts";

/**
 * What a thread executes: its current task, or an interrupt on top of it. `softirq_hardirq` and `softirq_nmi` are a
 * hard interrupt, or an NMI, on top of a soft one.
 */
export type KcovContext = "task" | "softirq" | "hardirq" | "nmi" | "softirq_hardirq" | "softirq_nmi";

/** The cached `t->kcov_*` fields of the current task, imported by the hooks and by every instrumented module. */
export type TaskGlobals = {
  mode: WebAssembly.Global<"i32">;
  area: WebAssembly.Global<"i32">;
  size: WebAssembly.Global<"i32">;
  /** Proposal: length in words of the bitmap before `area`. */
  bitmap: WebAssembly.Global<"i32">;
  /** Proposal: the pc of the calling function's entry, which instrumented code sets before a call. */
  frame: WebAssembly.Global<"i64">;
  /** (Number of PCs that the area has room for) << 32 | area while PCs are traced, else {@link NO_AREA}. */
  pc_area: WebAssembly.Global<"i64">;
  /** The same for comparisons, whose records have four words. */
  cmp_area: WebAssembly.Global<"i64">;
};

/** The value of `pc_area` and `cmp_area` while their kind is not traced: no room, and a count that stays 0. */
export const NO_AREA: bigint = BigInt(HEADER_NO_COUNT);

/** Allocations that can fail, by the name of the kernel's function. */
export type AllocationKind =
  /** A descriptor. */
  | "kzalloc"
  /** The entry of one remote handle. */
  | "kmalloc"
  /** The kernel's copy of the REMOTE_ENABLE argument. */
  | "memdup_user"
  /** The private area of a remote section. */
  | "vmalloc"
  /** The area of a descriptor. */
  | "vmalloc_user"
  /** One page of a mapping. */
  | "vm_insert_page";

/** Fault injection: called before every allocation, from within the device; true makes it fail. */
export type FailAllocation = (what: AllocationKind) => boolean;

export class Device {
  readonly arena: Arena;
  readonly globals: TaskGlobals;
  /** Whether comparisons can be traced: CONFIG_KCOV_ENABLE_COMPARISONS. */
  readonly comparisons: boolean;
  /** Proposals that are on: entry and exit records, and unique PCs. */
  readonly hasPcExt: boolean;
  readonly hasUnique: boolean;
  /** The rules of the kernel that it follows. */
  readonly rules: Rules;
  /** What this thread holds: mappings, and memory of its instances. */
  readonly vmas: Vmas;
  failAllocation: FailAllocation | undefined;
  onWarning: ((message: string) => void) | undefined;
  /** What this thread executes: its current task, or an interrupt on top of it. */
  context: KcovContext = "task";
  /** Id of the current task; 0 if that has exited and no other has become current. */
  currentId = 0;
  /** Id of the task that this thread began with. */
  rootId = 0;
  #cpu: Thread | undefined;
  #currentAddress = 0;
  #pendingWarnings: string[] = [];

  constructor(arena: Arena, globals: TaskGlobals) {
    this.arena = arena;
    this.globals = globals;
    this.vmas = new Vmas(this);
    const flags = arena.load(HEADER_FLAGS);
    this.comparisons = (flags & FLAG_COMPARISONS) !== 0;
    this.hasPcExt = (flags & FLAG_PC_EXT) !== 0;
    this.hasUnique = (flags & FLAG_UNIQUE) !== 0;
    const rules = RULES[arena.load(HEADER_ABI)];
    if (rules === undefined) throw new RangeError("the device's memory is damaged: it follows no kernel's rules");
    this.rules = rules;
  }

  /** Id of this thread. The lock and everything that belongs to the thread refer to it by this id. */
  get thread(): number {
    return this.arena.owner;
  }

  /** This thread's slot in the shared memory. @throws {RangeError} the thread has left the device */
  get cpu(): Thread {
    this.#cpu ??= Thread.find(this.arena, this.thread);
    if (this.#cpu?.id !== this.thread) throw new RangeError("this thread has left the device");
    return this.#cpu;
  }

  /** Whether this thread executes a task, not an interrupt. */
  get inTask(): boolean {
    return this.context === "task";
  }

  /** Whether this thread executes a soft interrupt, and the kernel has sections in those. */
  get inSoftirq(): boolean {
    return this.context === "softirq" && this.rules.softirq;
  }

  /** Number of warnings so far, on all threads. */
  get warnings(): number {
    return this.arena.load(HEADER_WARNINGS);
  }

  /**
   * One call of the device: `fn` runs under the lock and takes effect completely or, if it throws, not at all. Then the
   * hooks' globals are updated for the current task, and warnings are reported outside of the lock.
   */
  call<T>(fn: () => T): T {
    try {
      return this.arena.transaction(() => {
        const result = fn();
        this.#publish();
        return result;
      });
    } finally {
      this.#giveWarnings();
    }
  }

  /** The current task. @throws {RangeError} this thread no longer has one */
  current(): Task {
    if (this.#currentAddress === 0) throw new RangeError("the current task of this thread has exited");
    return new Task(this.arena, this.#currentAddress);
  }

  /** Makes `task` the current one; undefined: there is no current task. */
  setCurrent(task: Task | undefined): void {
    this.currentId = task?.id ?? 0;
    this.#currentAddress = task?.address ?? 0;
  }

  /** WARN_ON: counted for the device, reported to this thread's callback when the call is over. Survives a throw. */
  warn(message: string): void {
    this.arena.atomicAdd(HEADER_WARNINGS, 1);
    this.#pendingWarnings.push(message);
  }

  /** WARN_ONCE: `bit` identifies the place. */
  warnOnce(bit: number, message: string): void {
    if ((this.arena.atomicOr(HEADER_WARNED_ONCE, bit) & bit) === 0) this.warn(message);
  }

  /** Whether fault injection wants this allocation to fail. */
  injected(what: AllocationKind): boolean {
    return this.failAllocation?.(what) ?? false;
  }

  /** Whether an area of `bytes` can be allocated: within the limit for one area, and room for it in the memory. */
  canAllocateArea(what: "vmalloc" | "vmalloc_user", bytes: number): boolean {
    const rounded = Math.ceil(bytes / PAGE_BYTES) * PAGE_BYTES;
    if (rounded === 0 || rounded > this.arena.load(HEADER_AREA_LIMIT)) return false;
    return !this.injected(what) && fitsRun(this.arena, bytes);
  }

  /**
   * Copies the current task's fields to the globals. An interrupt must not record for the task that it interrupted:
   * hooks see mode DISABLED then, unless a soft interrupt is in a section of its own, which has taken over the task's
   * fields.
   */
  #publish(): void {
    const { mode, area, size, bitmap, pc_area, cmp_area } = this.globals;
    if (this.#currentAddress === 0) {
      mode.value = KCOV_MODE_DISABLED;
      pc_area.value = NO_AREA;
      cmp_area.value = NO_AREA;
      return;
    }
    const task = new Task(this.arena, this.#currentAddress);
    area.value = task.area;
    size.value = task.size;
    bitmap.value = task.mode === KCOV_MODE_UNIQUE_PC ? (task.kcov?.bitmap ?? 0) : 0;
    mode.value = this.inTask || (this.inSoftirq && task.softirq) ? task.mode : KCOV_MODE_DISABLED;
    const room = (mode.value === KCOV_MODE_TRACE_CMP ? (task.size - 1) >>> 2 : task.size - 1) >>> 0;
    const traced = (BigInt(room) << 32n) | BigInt(task.area);
    pc_area.value = mode.value === KCOV_MODE_TRACE_PC ? traced : NO_AREA;
    cmp_area.value = mode.value === KCOV_MODE_TRACE_CMP ? traced : NO_AREA;
  }

  #giveWarnings(): void {
    // This call was refused because it was made from within another, which reports the warnings when it is over.
    if (this.#pendingWarnings.length === 0 || this.arena.inTransaction) return;
    const messages = this.#pendingWarnings;
    this.#pendingWarnings = [];
    if (this.onWarning !== undefined) for (const message of messages) this.onWarning(message);
  }
}
