/** What mmap returns: a window on a descriptor's area. */

import { EFAULT } from "../abi/errno.ts";
import { PAGE_BYTES, WORD_BYTES } from "../abi/layout.ts";
import { KcovError } from "../errors.ts";
import type { Device } from "./device.ts";

/** Where a mapping's pages are. */
export interface MappedPages {
  /** Address of word 0. */
  address: number;
  /** Number of the vma that pins the pages. */
  vma: number;
  /** Indexes of the pages that could not be inserted. */
  missing: ReadonlySet<number>;
}

/**
 * A mapping of a descriptor's area. It pins the pages, not the descriptor: they stay readable after the descriptor is
 * gone, until `munmap`, or until the mapping and the arrays obtained from it are garbage.
 *
 * To read while a thread traces, load word 0 (with `Atomics.load` for remote coverage), then the entries it counts.
 * Store 0n to word 0 at any time to start over. Views made *from* `words` or `bytes` do not keep the pages alive.
 */
export class KcovMapping {
  /** Length in bytes. */
  readonly length: number;
  /** Byte address of word 0 in the device's memory; 0 for a mapping without pages. */
  readonly address: number;
  /** Number of 4096-byte pages that are backed. 0: the area was mapped before, and access to this mapping is EFAULT. */
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
   * Words `begin` up to, not including, `end`, checked like an access by a process.
   *
   * @throws {KcovError} EFAULT one of them is outside of the mapping or on a page that is not backed
   */
  subarray(begin: number, end: number): BigUint64Array<ArrayBufferLike> {
    this.#check(begin, end);
    return this.#hold(this.#device.arena.words(this.address + begin * WORD_BYTES, end - begin));
  }

  /** Releases the pages. Arrays taken from the mapping must no longer be used. A second call has no effect. */
  munmap(): void {
    if (!this.#mapped) return;
    this.#mapped = false;
    if (this.address === 0) return;
    this.#device.vmas.release(this, this.#vma);
  }

  /** Unmaps the area. */
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
