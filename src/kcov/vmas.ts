/** What a thread holds in the shared memory. */

import { HEADER_NEXT_VMA, HEADER_VMAS, VMA_ID, VMA_RUN, VMA_THREAD } from "../abi/layout.ts";
import type { Arena } from "../memory/arena.ts";
import { listAddTail, listDel, listEntries } from "../memory/list.ts";
import { pinRun, unpinRun } from "../memory/page_allocator.ts";
import { allocateCell, freeCell } from "../memory/slab.ts";

/** The parts of a device that the vmas of one thread need. */
export interface VmaOwner {
  readonly arena: Arena;
  /** Id of the thread. */
  readonly thread: number;
  /** Runs a call of the device. */
  call<T>(run: () => T): T;
}

/**
 * The vmas of one thread: each pins a run for something that the thread holds, be it a mapping, memory of an instance
 * of a module, or room for a table. So everything in the shared memory that belongs to a thread is on one list, with
 * the thread's id: what a thread leaves behind is found by walking that list.
 *
 * JavaScript objects that stand for a vma are often forgotten rather than unmapped, since nothing unmaps them at the
 * end of a scope: the vma is removed when the object, and the arrays obtained from it, have been collected.
 */
export class Vmas {
  readonly #device: VmaOwner;
  readonly #forgotten: FinalizationRegistry<number>;
  /** Maps an array to the object that must live as long as the array. */
  readonly #holders = new WeakMap<object, object>();

  constructor(device: VmaOwner) {
    this.#device = device;
    this.#forgotten = new FinalizationRegistry((vma) => device.call(() => removeVma(device, vma)));
  }

  /** Within a call: creates a vma that pins `run`. @returns its number, never reused; 0 if memory is exhausted */
  create(run: number): number {
    const { arena, thread } = this.#device;
    const cell = allocateCell(arena);
    if (cell === 0) return 0;
    const id = arena.load(HEADER_NEXT_VMA);
    arena.add(HEADER_NEXT_VMA, 1);
    arena.store(cell + VMA_ID, id);
    arena.store(cell + VMA_RUN, run);
    arena.store(cell + VMA_THREAD, thread);
    listAddTail(arena, HEADER_VMAS, cell);
    pinRun(arena, run);
    return id;
  }

  /** Within a call: unmaps a vma. A second call has no effect. */
  remove(vma: number): void {
    removeVma(this.#device, vma);
  }

  /** Removes the vma when `holder` is collected. */
  hold(holder: object, vma: number): void {
    this.#forgotten.register(holder, vma, holder);
  }

  /** Keeps `holder` alive while `view` is. */
  keepWith(view: object, holder: object): void {
    this.#holders.set(view, holder);
  }

  /** Removes the vma now. A second call has no effect. */
  release(holder: object, vma: number): void {
    this.#forgotten.unregister(holder);
    this.#device.call(() => removeVma(this.#device, vma));
  }

  /** Removes all vmas of a thread, one per call: there may be more than one call can journal. */
  reap(thread: number): void {
    while (this.#device.call(() => this.#removeOneOf(thread)));
  }

  #removeOneOf(thread: number): boolean {
    const { arena } = this.#device;
    for (const cell of listEntries(arena, HEADER_VMAS)) {
      if (arena.load(cell + VMA_THREAD) !== thread) continue;
      removeVma(this.#device, arena.load(cell + VMA_ID));
      return true;
    }
    return false;
  }
}

/** Removes a vma, found by its number: it may have been reaped, and its cell reused. */
function removeVma({ arena }: VmaOwner, vma: number): void {
  for (const cell of listEntries(arena, HEADER_VMAS)) {
    if (arena.load(cell + VMA_ID) !== vma) continue;
    const run = arena.load(cell + VMA_RUN);
    listDel(arena, cell);
    freeCell(arena, cell);
    unpinRun(arena, run);
    return;
  }
}
