/** `struct kcov`: what an open file description of the device holds. */

import { KCOV_MODE_DISABLED, KCOV_MODE_INIT } from "../abi/kcov.ts";
import {
  HEADER_AREAS,
  HEADER_DESCRIPTORS,
  HEADER_KCOVS,
  HEADER_NEXT_KCOV,
  KCOV_AREA,
  KCOV_BITMAP,
  KCOV_FILES,
  KCOV_ID,
  KCOV_MODE,
  KCOV_OWNED,
  KCOV_REFCOUNT,
  KCOV_REMOTE,
  KCOV_REMOTE_SIZE,
  KCOV_SEQUENCE,
  KCOV_SIZE,
  KCOV_TASK,
} from "../abi/layout.ts";
import type { Arena } from "../memory/arena.ts";
import { listAddTail, listDel } from "../memory/list.ts";
import { unpinRun } from "../memory/page_allocator.ts";
import { allocateCell, freeCell } from "../memory/slab.ts";
import { removeRemotes } from "./remote_handle.ts";

/**
 * A view of one `struct kcov` in shared memory. All fields are read and written under the device lock.
 *
 *     DISABLED ──INIT_TRACE──▶ INIT ──ENABLE, REMOTE_ENABLE──▶ TRACE_PC | TRACE_CMP
 *                                ▲                                    │
 *                                └──── DISABLE, exit of the owner ────┘
 *
 * | field      | set by                    | cleared by                  |
 * | ---------- | ------------------------- | --------------------------- |
 * | size       | INIT_TRACE                | –                           |
 * | area       | mmap (v5.18: INIT_TRACE)  | release                     |
 * | task       | ENABLE, REMOTE_ENABLE     | DISABLE, exit of the owner  |
 * | remote…    | REMOTE_ENABLE             | DISABLE, exit of the owner  |
 * | sequence   | 1 at open                 | +1 whenever tracing ends    |
 */
export class Descriptor {
  readonly arena: Arena;
  readonly address: number;

  constructor(arena: Arena, address: number) {
    this.arena = arena;
    this.address = address;
  }

  /** Number for `inspect()`: assigned in order of opening, never reused. */
  get id(): number {
    return this.arena.load(this.address + KCOV_ID);
  }
  /** KCOV_MODE_*. */
  get mode(): number {
    return this.arena.load(this.address + KCOV_MODE);
  }
  set mode(value: number) {
    this.arena.store(this.address + KCOV_MODE, value);
  }
  /** Length of the area in words. */
  get size(): number {
    return this.arena.load(this.address + KCOV_SIZE);
  }
  set size(value: number) {
    this.arena.store(this.address + KCOV_SIZE, value);
  }
  /** Run that holds the area; 0: no area yet. */
  get area(): number {
    return this.arena.load(this.address + KCOV_AREA);
  }
  set area(value: number) {
    this.arena.store(this.address + KCOV_AREA, value);
  }
  /** Proposal: length in words of the bitmap at the head of the area, while it is enabled for unique PCs. */
  get bitmap(): number {
    return this.arena.load(this.address + KCOV_BITMAP);
  }
  set bitmap(value: number) {
    this.arena.store(this.address + KCOV_BITMAP, value);
  }
  /** Address of the task that enabled it; 0: it is not enabled. */
  get task(): number {
    return this.arena.load(this.address + KCOV_TASK);
  }
  set task(value: number) {
    this.arena.store(this.address + KCOV_TASK, value);
  }
  /** Whether it was enabled by REMOTE_ENABLE. */
  get remote(): boolean {
    return this.arena.load(this.address + KCOV_REMOTE) !== 0;
  }
  set remote(value: boolean) {
    this.arena.store(this.address + KCOV_REMOTE, value ? 1 : 0);
  }
  /** Length in words of the private area of a section. */
  get remoteSize(): number {
    return this.arena.load(this.address + KCOV_REMOTE_SIZE);
  }
  set remoteSize(value: number) {
    this.arena.store(this.address + KCOV_REMOTE_SIZE, value);
  }
  /** Tells a section whether the tracing session that it began under is still the current one. */
  get sequence(): number {
    return this.arena.load(this.address + KCOV_SEQUENCE);
  }
  set sequence(value: number) {
    this.arena.store(this.address + KCOV_SEQUENCE, value);
  }
  /** References: one for the open file, one for the owner task, and one for each section in flight. */
  get refcount(): number {
    return this.arena.load(this.address + KCOV_REFCOUNT);
  }
  set refcount(value: number) {
    this.arena.store(this.address + KCOV_REFCOUNT, value);
  }
  /** Number of fds that share this description. Together they hold one reference. */
  get files(): number {
    return this.arena.load(this.address + KCOV_FILES);
  }
  set files(value: number) {
    this.arena.store(this.address + KCOV_FILES, value);
  }

  /** @returns a fresh descriptor with one reference; undefined if memory is exhausted */
  static create(arena: Arena): Descriptor | undefined {
    const address = allocateCell(arena);
    if (address === 0) return undefined;
    const kcov = new Descriptor(arena, address);
    arena.store(address + KCOV_ID, arena.load(HEADER_NEXT_KCOV));
    arena.add(HEADER_NEXT_KCOV, 1);
    arena.add(HEADER_DESCRIPTORS, 1);
    listAddTail(arena, HEADER_KCOVS, address);
    kcov.mode = KCOV_MODE_DISABLED;
    kcov.sequence = 1;
    kcov.refcount = 1;
    return kcov;
  }

  get(): void {
    this.refcount += 1;
  }

  /** Takes the reference of the task that enables it. */
  getOwned(): void {
    this.arena.store(this.address + KCOV_OWNED, 1);
    this.get();
  }

  /** Drops the reference of the task that enabled it, if it is still held. */
  putOwned(): void {
    if (this.arena.load(this.address + KCOV_OWNED) === 0) return;
    this.arena.store(this.address + KCOV_OWNED, 0);
    this.put();
  }

  /** Drops a reference; the last one removes the handles and frees the area (its mappings keep their pages). */
  put(): void {
    this.refcount -= 1;
    if (this.refcount !== 0) return;
    this.resetRemote();
    if (this.area !== 0) {
      unpinRun(this.arena, this.area);
      this.arena.add(HEADER_AREAS, -1);
    }
    listDel(this.arena, this.address);
    freeCell(this.arena, this.address);
    this.arena.add(HEADER_DESCRIPTORS, -1);
  }

  /** kcov_reset: back to INIT, and sections that began before are void. */
  reset(): void {
    this.task = 0;
    this.mode = KCOV_MODE_INIT;
    this.bitmap = 0;
    this.remote = false;
    this.remoteSize = 0;
    this.sequence += 1;
  }

  /** kcov_remote_reset: removes the handles, then resets. */
  resetRemote(): void {
    removeRemotes(this.arena, this.address);
    this.reset();
  }
}
