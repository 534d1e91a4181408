/** What a thread holds in the shared memory. */

import { HEADER_NEXT_VMA, HEADER_VMAS, VMA_ID, VMA_RUN, VMA_THREAD } from "../abi/layout.ts";
import type { Arena } from "../memory/arena.ts";
import { listAddTail, listDel, listEntries } from "../memory/list.ts";
import { pinRun, unpinRun } from "../memory/page_allocator.ts";
import { allocateCell, freeCell } from "../memory/slab.ts";

/** What of a device the vmas of one thread need. */
export interface VmaOwner {
  readonly arena: Arena;
  /** Address of the thread. */
  readonly thread: number;
  /** Runs a call of the device. */
  call<T>(run: () => T): T;
}

/**
 * The vmas of one thread: each pins a run for something that the thread holds, be it a mapping, memory of an instance
 * of a module, or room for a table. So everything in the shared memory that belongs to a thread is on one list, with
 * the thread's id: what it leaves behind is found by walking that.
 *
 * What JavaScript shows of a vma is forgotten rather than given back, since there is no unmap at the end of a scope:
 * the vma goes when that object, and the arrays it gave, have been collected.
 */
export class Vmas {
  readonly #device: VmaOwner;
  readonly #forgotten: FinalizationRegistry<number>;
  /** The object that must live as long as an array, by the array. */
  readonly #holders = new WeakMap<object, object>();

  constructor(device: VmaOwner) {
    this.#device = device;
    this.#forgotten = new FinalizationRegistry((vma) => device.call(() => removeVma(device, vma)));
  }

  /** Within a call: makes a vma that pins `run`. @returns its number, never reused; 0 if memory is exhausted */
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

  /** Within a call: unmaps a vma. Again: no effect. */
  remove(vma: number): void {
    removeVma(this.#device, vma);
  }

  /** The vma goes when `holder` is collected. */
  hold(holder: object, vma: number): void {
    this.#forgotten.register(holder, vma, holder);
  }

  /** While `view` lives, so does `holder`. */
  keepWith(view: object, holder: object): void {
    this.#holders.set(view, holder);
  }

  /** The vma goes now. Again: no effect. */
  release(holder: object, vma: number): void {
    this.#forgotten.unregister(holder);
    this.#device.call(() => removeVma(this.#device, vma));
  }

  /** Removes all vmas of a thread, one call each: there may be more than one call can journal. */
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

/** Searched by number: the vma may have been reaped, and its cell used again. */
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
