/**
 * The contents of a memory at one point in time, and restoring what changed since.
 *
 *     dirty map   0    1    0    0    1    0          one byte per page, tested four at a time
 *     memory    │    │████▌   │    │████▌   │         copied: a dirty page, and the bytes after it that a store across
 *     snapshot  │    │ ▼▼▼ │    │    │ ▼▼▼ │           the page boundary reaches; zeros past the snapshot's end
 */

import { DIRTY_PAGE_SHIFT, DIRTY_SPILL_BYTES } from "../../abi/state.ts";
import type { KcovDirtyMap } from "../../runtime/dirty_maps.ts";
import type { GuestMemory } from "./guest_memory.ts";

const DIRTY_PAGE_BYTES = 1 << DIRTY_PAGE_SHIFT;
const PAGES_PER_WORD = 4;

export class MemorySnapshot {
  readonly #memory: GuestMemory;
  readonly #contents: Uint8Array;
  /** The dirty map, four pages per word. */
  readonly #words: Int32Array | undefined;
  /** What to copy for a page, created when it is first needed. */
  readonly #pages: (Uint8Array | undefined)[] = [];

  /** @param map undefined if writes are not marked: then everything is restored */
  constructor(memory: GuestMemory, map: KcovDirtyMap | undefined) {
    this.#memory = memory;
    this.#contents = memory.bytes.slice();
    if (!map) return;
    memory.dirty = { bytes: map.bytes, shift: DIRTY_PAGE_SHIFT };
    map.bytes.fill(0);
    this.#words = new Int32Array(map.bytes.buffer, map.address, map.bytes.length / PAGES_PER_WORD);
  }

  /** @param everywhere restore all of the memory, not only what was marked */
  restore(everywhere: boolean): void {
    const bytes = this.#memory.bytes;
    const words = this.#words;
    // Memory that was added by growing is zero where nothing was marked.
    const count = bytes.length >>> (DIRTY_PAGE_SHIFT + 2);
    if (everywhere || !words) {
      bytes.set(this.#contents);
      bytes.fill(0, this.#contents.length);
      words?.fill(0, 0, count);
      return;
    }
    for (let k = 0; k < count; k++) {
      const word = words[k] as number;
      if (word === 0) continue;
      words[k] = 0;
      const page = k * PAGES_PER_WORD;
      if (word & 0x0000_00ff) this.#restorePage(bytes, page);
      if (word & 0x0000_ff00) this.#restorePage(bytes, page + 1);
      if (word & 0x00ff_0000) this.#restorePage(bytes, page + 2);
      if (word & 0xff00_0000) this.#restorePage(bytes, page + 3);
    }
  }

  #restorePage(bytes: Uint8Array<ArrayBufferLike>, page: number): void {
    const start = page * DIRTY_PAGE_BYTES;
    const contents = this.#contents;
    const end = start + DIRTY_PAGE_BYTES + DIRTY_SPILL_BYTES;
    if (start < contents.length) {
      let part = this.#pages[page];
      if (!part) {
        part = contents.subarray(start, end);
        this.#pages[page] = part;
      }
      bytes.set(part, start);
    }
    if (end > contents.length) bytes.fill(0, Math.max(start, contents.length), end);
  }
}
