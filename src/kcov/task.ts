/** The kcov fields of `struct task_struct`. */

import { KCOV_MODE_DISABLED, KCOV_MODE_REMOTE } from "../abi/kcov.ts";
import {
  HEADER_TASKS,
  TASK_AREA,
  TASK_HANDLE,
  TASK_HOME,
  TASK_ID,
  TASK_KCOV,
  TASK_MODE,
  TASK_REMOTE_AREA,
  TASK_REMOTE_KCOV,
  TASK_ROOT,
  TASK_SEQUENCE,
  TASK_SIZE,
  TASK_SOFTIRQ,
  TASK_THREAD,
} from "../abi/layout.ts";
import type { Arena } from "../memory/arena.ts";
import { listAddTail, listDel, listEntries } from "../memory/list.ts";
import { allocateCell, freeCell } from "../memory/slab.ts";
import { Descriptor } from "./descriptor.ts";

/** What the hooks need to know of a task: mode, size and area, cached when tracing starts. */
export interface Tracing {
  mode: number;
  /** Words. */
  size: number;
  /** Byte address of word 0. */
  area: number;
  sequence: number;
  /** Remote area (cell) that contains `area`; 0: it is not in one. */
  remoteArea: number;
}

/**
 * A view of one task in shared memory. Read and written under the device lock; all fields but `thread` are written
 * by the thread that the task runs on, or after that thread has ended.
 *
 * | the task…                      | kcov | mode   | area             | kcov.task | remoteKcov |
 * | ------------------------------ | ---- | ------ | ---------------- | --------- | ---------- |
 * | is idle                        | 0    | 0      | 0                | –         | 0          |
 * | called ENABLE                  | set  | trace  | the descriptor's | this      |            |
 * | called REMOTE_ENABLE, to v5.18 | set  | 0      | 0                | this      | 0          |
 * | … v6.12                        | set  | REMOTE | 0                | this      | 0          |
 * | … v7.2                         |      |        |                  |           | set        |
 * | is inside a remote section     | set  | trace  | the section's    | another;  |            |
 * |                                |      |        |                  | v7.2: any |            |
 * | … of a soft interrupt          | set  | trace  | its CPU's        | any       |            |
 *
 * While a soft interrupt is in a section, what the task traced is in the CPU's saved record, and `softirq` is set.
 */
export class Task {
  readonly arena: Arena;
  readonly address: number;

  constructor(arena: Arena, address: number) {
    this.arena = arena;
    this.address = address;
  }

  /** Assigned in ascending order, never reused. */
  get id(): number {
    return this.arena.load(this.address + TASK_ID);
  }
  /** What the hooks act on: KCOV_MODE_DISABLED, _TRACE_PC, _TRACE_CMP, or _REMOTE, which no hook acts on. */
  get mode(): number {
    return this.arena.load(this.address + TASK_MODE);
  }
  /** Length of the area in words. */
  get size(): number {
    return this.arena.load(this.address + TASK_SIZE);
  }
  /** Byte address of the area's word 0. */
  get area(): number {
    return this.arena.load(this.address + TASK_AREA);
  }
  /** The descriptor that keeps this task busy. */
  get kcov(): Descriptor | undefined {
    const address = this.arena.load(this.address + TASK_KCOV);
    return address === 0 ? undefined : new Descriptor(this.arena, address);
  }
  set kcov(value: Descriptor | undefined) {
    this.arena.store(this.address + TASK_KCOV, value?.address ?? 0);
  }
  /** The descriptor's sequence when tracing started; 0 never matches one. */
  get sequence(): number {
    return this.arena.load(this.address + TASK_SEQUENCE);
  }
  /** The common handle, which children inherit. */
  get handle(): bigint {
    return this.arena.load64(this.address + TASK_HANDLE);
  }
  set handle(value: bigint) {
    this.arena.store64(this.address + TASK_HANDLE, value);
  }
  /** Remote area (cell) of the section that the task is in; 0: in none. */
  get remoteArea(): number {
    return this.arena.load(this.address + TASK_REMOTE_AREA);
  }
  set remoteArea(value: number) {
    this.arena.store(this.address + TASK_REMOTE_AREA, value);
  }
  /** Whether it is in a section that began in a soft interrupt. */
  get softirq(): boolean {
    return this.arena.load(this.address + TASK_SOFTIRQ) !== 0;
  }
  set softirq(value: boolean) {
    this.arena.store(this.address + TASK_SOFTIRQ, value ? 1 : 0);
  }
  /** v7.2: the descriptor that the task has enabled remotely. */
  get remoteKcov(): Descriptor | undefined {
    const address = this.arena.load(this.address + TASK_REMOTE_KCOV);
    return address === 0 ? undefined : new Descriptor(this.arena, address);
  }
  set remoteKcov(value: Descriptor | undefined) {
    this.arena.store(this.address + TASK_REMOTE_KCOV, value?.address ?? 0);
  }
  /** Id of the thread on which it is the current task; 0: it is not current anywhere. */
  get thread(): number {
    return this.arena.load(this.address + TASK_THREAD);
  }
  set thread(value: number) {
    this.arena.store(this.address + TASK_THREAD, value);
    if (value !== 0) this.home = value;
  }

  /** Id of the thread that ran it last or, if it never ran, created it. */
  get home(): number {
    return this.arena.load(this.address + TASK_HOME);
  }
  set home(value: number) {
    this.arena.store(this.address + TASK_HOME, value);
  }

  /** Whether a thread began with this task; such a thread is reaped by the task's id. */
  get isRoot(): boolean {
    return this.arena.load(this.address + TASK_ROOT) !== 0;
  }
  set isRoot(value: boolean) {
    this.arena.store(this.address + TASK_ROOT, value ? 1 : 0);
  }

  /** @returns a task with all kcov fields 0; undefined if memory is exhausted */
  static create(arena: Arena, id: number): Task | undefined {
    const address = allocateCell(arena);
    if (address === 0) return undefined;
    arena.store(address + TASK_ID, id);
    listAddTail(arena, HEADER_TASKS, address);
    return new Task(arena, address);
  }

  static find(arena: Arena, id: number): Task | undefined {
    for (const address of listEntries(arena, HEADER_TASKS)) {
      if (arena.load(address + TASK_ID) === id) return new Task(arena, address);
    }
    return undefined;
  }

  /** kcov_start: caches what the hooks need. The mode is stored last. */
  start(kcov: Descriptor, tracing: Tracing): void {
    this.kcov = kcov;
    this.arena.store(this.address + TASK_SIZE, tracing.size);
    this.arena.store(this.address + TASK_AREA, tracing.area);
    this.arena.store(this.address + TASK_SEQUENCE, tracing.sequence);
    this.remoteArea = tracing.remoteArea;
    this.arena.store(this.address + TASK_MODE, tracing.mode);
  }

  /** v6.10, REMOTE_ENABLE: nothing is recorded, but the task is enabled. */
  own(kcov: Descriptor): void {
    this.kcov = kcov;
    this.arena.store(this.address + TASK_MODE, KCOV_MODE_REMOTE);
  }

  /** kcov_stop: clears the mode first. Sequence and handle stay. */
  stop(): void {
    this.arena.store(this.address + TASK_MODE, KCOV_MODE_DISABLED);
    this.kcov = undefined;
    this.arena.store(this.address + TASK_SIZE, 0);
    this.arena.store(this.address + TASK_AREA, 0);
    this.remoteArea = 0;
  }

  /** Stops, and clears the sequence. */
  resetLocal(): void {
    this.stop();
    this.arena.store(this.address + TASK_SEQUENCE, 0);
  }

  /** kcov_task_reset up to v7.1: clears the handle too, even an inherited one. */
  reset(): void {
    this.resetLocal();
    this.handle = 0n;
  }

  /** v7.2: clears the descriptor that the task has enabled remotely, and the handle. */
  resetRemote(): void {
    this.remoteKcov = undefined;
    this.handle = 0n;
  }

  free(): void {
    listDel(this.arena, this.address);
    freeCell(this.arena, this.address);
  }
}
