/** What mmap gives: a window on a descriptor's area. */

import { EFAULT } from "../abi/errno.ts";
import { HEADER_NEXT_VMA, HEADER_VMAS, PAGE_BYTES, VMA_ID, VMA_RUN, VMA_THREAD, WORD_BYTES } from "../abi/layout.ts";
import { KcovError } from "../errors.ts";
import { listAddTail, listDel, listEntries } from "../memory/list.ts";
import { pinRun, unpinRun } from "../memory/page_allocator.ts";
import { allocateCell, freeCell } from "../memory/slab.ts";
import type { Device } from "./device.ts";

/** Where a mapping's pages are. */
export interface MappedPages {
  /** Address of word 0. */
  address: number;
  /** Number of the vma that pins the pages. */
  vma: number;
  /** Pages that could not be inserted, by index. */
  missing: ReadonlySet<number>;
}

/**
 * A mapping of a descriptor's area. It pins the pages, not the descriptor: they stay readable after the descriptor is
 * gone, until `munmap`, or until the mapping and the arrays it gave are garbage.
 *
 * Reading while a thread traces: load word 0 (with `Atomics.load` for remote coverage), then the entries it counts.
 * Store 0n to word 0 at any time to start over. Views made *from* `words` or `bytes` do not keep the pages alive.
 */
export class KcovMapping {
  /** Length in bytes. */
  readonly length: number;
  /** Byte address of word 0 in the device's memory; 0 for a mapping without pages. */
  readonly address: number;
  /** Pages of 4096 bytes that are backed. 0: the area was mapped before, and touching this mapping is EFAULT. */
  readonly pages: number;
  readonly #device: Device;
  readonly #missing: ReadonlySet<number>;
  readonly #vma: number;
  #words: BigUint64Array<ArrayBufferLike> | undefined;
  #bytes: Uint8Array<ArrayBufferLike> | undefined;
  #mapped = true;

  /** @param pages undefined: nothing is mapped */
  constructor(device: Device, length: number, pages: MappedPages | undefined) {
    this.#device = device;
    this.length = length;
    this.address = pages?.address ?? 0;
    this.#vma = pages?.vma ?? 0;
    this.#missing = pages?.missing ?? new Set();
    this.pages = pages === undefined ? 0 : Math.ceil(length / PAGE_BYTES) - pages.missing.size;
    if (pages !== undefined) device.vmas.hold(this, this.#vma);
  }

  /**
   * The area as u64 words. Word 0 counts records.
   *
   * @throws {KcovError} EFAULT the mapping has no pages, or was unmapped
   */
  get words(): BigUint64Array<ArrayBufferLike> {
    this.#check(0, this.length / WORD_BYTES);
    this.#words ??= this.#hold(this.#device.arena.words(this.address, this.length / WORD_BYTES));
    return this.#words;
  }

  /**
   * The area as bytes.
   *
   * @throws {KcovError} EFAULT the mapping has no pages, or was unmapped
   */
  get bytes(): Uint8Array<ArrayBufferLike> {
    this.#check(0, this.length / WORD_BYTES);
    this.#bytes ??= this.#hold(this.#device.arena.bytes(this.address, this.length));
    return this.#bytes;
  }

  /**
   * Words `begin` up to, not including, `end`, checked like an access of a process.
   *
   * @throws {KcovError} EFAULT one of them is outside of the mapping or on a page that is not backed
   */
  subarray(begin: number, end: number): BigUint64Array<ArrayBufferLike> {
    this.#check(begin, end);
    return this.#hold(this.#device.arena.words(this.address + begin * WORD_BYTES, end - begin));
  }

  /** Gives the pages back. Arrays taken from the mapping must not be used any more. Again: no effect. */
  munmap(): void {
    if (!this.#mapped) return;
    this.#mapped = false;
    if (this.address === 0) return;
    this.#device.vmas.release(this, this.#vma);
  }

  [Symbol.dispose](): void {
    this.munmap();
  }

  #hold<T extends object>(view: T): T {
    this.#device.vmas.keepWith(view, this);
    return view;
  }

  #check(begin: number, end: number): void {
    if (!this.#mapped) throw new KcovError(EFAULT, "the mapping was unmapped", "access");
    if (this.address === 0) throw new KcovError(EFAULT, "the area was mapped before, nothing is mapped here", "access");
    if (
      !Number.isInteger(begin) ||
      !Number.isInteger(end) ||
      begin < 0 ||
      begin > end ||
      end * WORD_BYTES > this.length
    ) {
      throw new KcovError(EFAULT, `words ${begin} to ${end} are outside of the mapping`, "access");
    }
    for (const page of this.#missing) {
      const first = (page * PAGE_BYTES) / WORD_BYTES;
      if (begin < first + PAGE_BYTES / WORD_BYTES && end > first) {
        throw new KcovError(EFAULT, `word ${Math.max(begin, first)} is on a page that is not there`, "access");
      }
    }
  }
}

/**
 * The vmas of one thread: each pins a run for a mapping. A mapping that is forgotten is unmapped when it, and the
 * arrays it gave, have been collected: JavaScript has no unmap at the end of a scope.
 */
export class Vmas {
  readonly #device: Device;
  readonly #forgotten: FinalizationRegistry<number>;
  /** From an array to the mapping that must live as long. */
  readonly #holders = new WeakMap<object, KcovMapping>();

  constructor(device: Device) {
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

  hold(mapping: KcovMapping, vma: number): void {
    this.#forgotten.register(mapping, vma, mapping);
  }

  keepWith(view: object, mapping: KcovMapping): void {
    this.#holders.set(view, mapping);
  }

  release(mapping: KcovMapping, vma: number): void {
    this.#forgotten.unregister(mapping);
    this.#device.call(() => removeVma(this.#device, vma));
  }

  /** Removes all vmas of a thread that is gone, one call each: there may be more than one call can journal. */
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
function removeVma({ arena }: Device, vma: number): void {
  for (const cell of listEntries(arena, HEADER_VMAS)) {
    if (arena.load(cell + VMA_ID) !== vma) continue;
    const run = arena.load(cell + VMA_RUN);
    listDel(arena, cell);
    freeCell(arena, cell);
    unpinRun(arena, run);
    return;
  }
}
