/**
 * The device's shared memory: words, the device lock, and transactions.
 *
 * All state of the device is changed inside a transaction. Every store first saves the old value in a journal that lies
 * in the same memory. A transaction that throws is undone; if its thread was killed halfway, whoever reaps the thread
 * undoes it. Hence the rule of the layers above: *a throw means that nothing happened*; what fails after a change that
 * must stay returns its error instead.
 */

import {
  CELL_BYTES,
  CELLS_ADDRESS,
  FDS_FIRST,
  HEADER_ABI,
  HEADER_AREA_LIMIT,
  HEADER_BREAK,
  HEADER_FD_END,
  HEADER_FD_HINT,
  HEADER_FLAGS,
  HEADER_FREE_AREAS,
  HEADER_FREE_CELL,
  HEADER_FREE_CELL_COUNT,
  HEADER_HIGH_WATER,
  HEADER_IRQ_AREA_WORDS,
  HEADER_JOURNAL_LENGTH,
  HEADER_KCOVS,
  HEADER_LOCK,
  HEADER_MAGIC,
  HEADER_MAX_BYTES,
  HEADER_NEXT_KCOV,
  HEADER_NEXT_TASK,
  HEADER_NEXT_THREAD,
  HEADER_NEXT_VMA,
  HEADER_REMOTE_HASH,
  HEADER_RUNS,
  HEADER_SLIDE,
  HEADER_TASKS,
  HEADER_VERSION,
  HEADER_VMAS,
  HEAP_ADDRESS,
  JOURNAL_ADDRESS,
  JOURNAL_ENTRIES,
  LAYOUT_MAGIC,
  LAYOUT_VERSION,
  REMOTE_BUCKETS,
  WASM_PAGE_BYTES,
} from "../abi/layout.ts";
import { engine, isSharedBuffer, memoryBuffer } from "../engine.ts";
import { listInit } from "./list.ts";
import { acquireLock, holdsLock, releaseLock, stealLock, wakeAll } from "./lock.ts";

/** Minimum and maximum size of a device's memory in bytes. An address is a u32, and so is the end of the last page. */
export const MIN_MEMORY_BYTES: number = 1 << 20;
export const MAX_MEMORY_BYTES: number = 2 ** 32 - WASM_PAGE_BYTES;

/** Memory grows by at least this many wasm pages at a time. */
const GROW_PAGES = 16;

/** Parameters that are fixed when the memory is created. */
export interface ArenaOptions {
  /** Maximum size of the memory. */
  maxBytes: number;
  /** Maximum size of one area. */
  areaLimitBytes: number;
  /** FLAG_* bits. */
  flags: number;
  /** Index of the kernel whose rules the device follows. */
  abi: number;
  /** Length in words of a thread's area for soft interrupts. */
  irqAreaWords: number;
  slide: bigint;
}

export class Arena {
  readonly memory: WebAssembly.Memory;
  /** Id of this thread, which the lock contains while this thread holds it. */
  owner = 0;
  #u32: Uint32Array<ArrayBufferLike>;
  #i32: Int32Array<ArrayBufferLike>;
  #u64: BigUint64Array<ArrayBufferLike>;

  /**
   * Creates a new memory with an empty heap.
   *
   * @throws {TypeError} the engine has no shared memory
   */
  static create(options: ArenaOptions): Arena {
    const maximum = Math.ceil(options.maxBytes / WASM_PAGE_BYTES);
    const initial = Math.ceil(HEAP_ADDRESS / WASM_PAGE_BYTES);
    const memory = new engine.Memory({ initial, maximum, shared: true });
    if (!isSharedBuffer(memory.buffer))
      throw new TypeError("kcov needs shared memory, which this engine does not have");
    const arena = new Arena(memory);
    arena.#format(options, maximum * WASM_PAGE_BYTES);
    return arena;
  }

  /**
   * Joins a memory that another thread created.
   *
   * @throws {TypeError} it is not a shared WebAssembly.Memory, or not a device's
   * @throws {RangeError} its layout has another version
   */
  static attach(memory: WebAssembly.Memory): Arena {
    const buffer = memoryBuffer(memory);
    if (buffer === undefined) throw new TypeError(`Kcov.attach needs the memory of a device${isolationHint()}`);
    if (!isSharedBuffer(buffer) || buffer.byteLength < HEAP_ADDRESS) {
      throw new TypeError("this memory is not a kcov device's: it is not shared, or too small");
    }
    const arena = new Arena(memory);
    if (arena.load(HEADER_MAGIC) !== LAYOUT_MAGIC) throw new TypeError("this memory is not a kcov device's");
    const version = arena.load(HEADER_VERSION);
    if (version !== LAYOUT_VERSION) {
      throw new RangeError(`the device's layout has version ${version}, this wasm-kcov knows ${LAYOUT_VERSION}`);
    }
    return arena;
  }

  private constructor(memory: WebAssembly.Memory) {
    this.memory = memory;
    this.#u32 = new Uint32Array(memory.buffer);
    this.#i32 = new Int32Array(memory.buffer);
    this.#u64 = new BigUint64Array(memory.buffer);
  }

  /** The u32 at `address`, a multiple of 4. */
  load(address: number): number {
    return this.#u32[address >>> 2] as number;
  }

  /** Stores a u32; undone if the transaction is. */
  store(address: number, value: number): void {
    this.#note(address);
    this.#u32[address >>> 2] = value;
  }

  /** The u64 at `address`, a multiple of 8. */
  load64(address: number): bigint {
    return this.#u64[address >>> 3] as bigint;
  }

  /** Stores a u64; undone if the transaction is. */
  store64(address: number, value: bigint): void {
    this.#note(address);
    this.#note(address + 4);
    this.#u64[address >>> 3] = value;
  }

  /** Adds to a counter. */
  add(address: number, delta: number): number {
    const sum = (this.load(address) + delta) >>> 0;
    this.store(address, sum);
    return sum;
  }

  /** Adds to a counter atomically: no lock needed, and never undone. @returns the old value */
  atomicAdd(address: number, delta: number): number {
    return Atomics.add(this.#u32, address >>> 2, delta);
  }

  /** The u32 at `address` at this moment: other threads may write it without the lock. */
  atomicLoad(address: number): number {
    return Atomics.load(this.#u32, address >>> 2);
  }

  /** Stores a u32 atomically: no lock needed, and never undone. */
  atomicStore(address: number, value: number): void {
    Atomics.store(this.#u32, address >>> 2, value);
  }

  /** Replaces `expected` with `value` atomically: no lock needed, and never undone. @returns whether it was replaced */
  atomicReplace(address: number, expected: number, value: number): boolean {
    return Atomics.compareExchange(this.#u32, address >>> 2, expected, value) === expected;
  }

  /** Sets bits of a word atomically: no lock needed, and never undone. @returns the old value */
  atomicOr(address: number, bits: number): number {
    return Atomics.or(this.#u32, address >>> 2, bits);
  }

  /** Raises a mark to `value` if it is lower. Never undone: a mark that outlives an undone transaction does no harm. */
  raise(address: number, value: number): void {
    if (this.load(address) < value) this.#u32[address >>> 2] = value;
  }

  /** Stores a u64 atomically, never undone: other threads that see it also see every store before it. */
  publish64(address: number, value: bigint): void {
    Atomics.store(this.#u64, address >>> 3, value);
  }

  /** Views of `length` u64 words, or bytes, at `address`. They stay valid when the memory grows. */
  words(address: number, length: number): BigUint64Array<ArrayBufferLike> {
    return new BigUint64Array(this.#u64.buffer, address, length);
  }

  bytes(address: number, length: number): Uint8Array<ArrayBufferLike> {
    return new Uint8Array(this.#u64.buffer, address, length);
  }

  /** Grows the memory to at least `end`. @returns false if it cannot grow */
  reserve(end: number): boolean {
    if (end <= this.#u32.byteLength) return true;
    // A thread that was killed may have grown the memory without using it: count from where the memory really ends.
    this.#grow(0);
    const missing = Math.ceil((end - this.#u32.byteLength) / WASM_PAGE_BYTES);
    if (missing <= 0) return true;
    if (!this.#grow(Math.max(missing, GROW_PAGES)) && !this.#grow(missing)) return false;
    return true;
  }

  /**
   * Runs `fn` under the device lock. If it throws, the device is as it was before.
   *
   * @throws {RangeError} this thread is within a transaction already
   */
  transaction<T>(fn: () => T): T {
    acquireLock(this.#i32, HEADER_LOCK >>> 2, this.owner);
    try {
      this.#seeGrowth();
      const result = fn();
      this.#u32[HEADER_JOURNAL_LENGTH >>> 2] = 0;
      return result;
    } catch (error) {
      this.#rollBack();
      throw error;
    } finally {
      releaseLock(this.#i32, HEADER_LOCK >>> 2);
    }
  }

  /** Whether this thread is within a transaction. */
  get inTransaction(): boolean {
    return holdsLock(this.#i32, HEADER_LOCK >>> 2, this.owner);
  }

  /** If thread `dead` holds the lock, undoes its transaction and frees the lock. Only for a thread that is gone. */
  recover(dead: number): void {
    if (stealLock(this.#i32, HEADER_LOCK >>> 2, dead, this.owner)) {
      this.#seeGrowth();
      this.#rollBack();
      releaseLock(this.#i32, HEADER_LOCK >>> 2);
    }
  }

  /** Wakes the threads that wait for the lock, since a thread may have died before it could wake them. */
  wakeWaiters(): void {
    wakeAll(this.#i32, HEADER_LOCK >>> 2);
  }

  #format(options: ArenaOptions, maxBytes: number): void {
    const heads = [HEADER_KCOVS, HEADER_TASKS, HEADER_FREE_AREAS, HEADER_VMAS, HEADER_RUNS];
    for (let bucket = 0; bucket < REMOTE_BUCKETS; bucket++) heads.push(HEADER_REMOTE_HASH + 8 * bucket);
    for (const head of heads) listInit(this, head);
    let free = 0;
    for (let cell = HEAP_ADDRESS - CELL_BYTES; cell >= CELLS_ADDRESS; cell -= CELL_BYTES) {
      this.store(cell, free);
      free = cell;
    }
    this.store(HEADER_FREE_CELL, free);
    this.store(HEADER_FREE_CELL_COUNT, (HEAP_ADDRESS - CELLS_ADDRESS) / CELL_BYTES);
    this.store(HEADER_BREAK, HEAP_ADDRESS);
    this.store(HEADER_MAX_BYTES, maxBytes);
    this.store(HEADER_HIGH_WATER, HEAP_ADDRESS);
    this.store(HEADER_NEXT_TASK, 1);
    this.store(HEADER_NEXT_THREAD, 1);
    this.store(HEADER_NEXT_KCOV, 1);
    this.store(HEADER_NEXT_VMA, 1);
    this.store(HEADER_FD_HINT, FDS_FIRST);
    this.store(HEADER_FD_END, 0);
    this.store(HEADER_AREA_LIMIT, Math.min(options.areaLimitBytes, 0xffffffff));
    this.store(HEADER_FLAGS, options.flags);
    this.store(HEADER_ABI, options.abi);
    this.store(HEADER_IRQ_AREA_WORDS, options.irqAreaWords);
    this.store64(HEADER_SLIDE, options.slide);
    this.store(HEADER_VERSION, LAYOUT_VERSION);
    this.store(HEADER_JOURNAL_LENGTH, 0);
    // The magic is stored last: a memory that has it is complete.
    this.#u32[HEADER_MAGIC >>> 2] = LAYOUT_MAGIC;
    this.#u32[HEADER_JOURNAL_LENGTH >>> 2] = 0;
  }

  /** Journals the value at `address` before it changes. The entry is complete before the length counts it. */
  #note(address: number): void {
    const words = this.#u32;
    const length = words[HEADER_JOURNAL_LENGTH >>> 2] as number;
    if (length === JOURNAL_ENTRIES) throw new RangeError("a kcov operation changes more than its journal holds");
    const entry = (JOURNAL_ADDRESS >>> 2) + 2 * length;
    words[entry] = address;
    words[entry + 1] = words[address >>> 2] as number;
    words[HEADER_JOURNAL_LENGTH >>> 2] = length + 1;
  }

  #rollBack(): void {
    const words = this.#u32;
    for (let length = words[HEADER_JOURNAL_LENGTH >>> 2] as number; length > 0; length--) {
      const entry = (JOURNAL_ADDRESS >>> 2) + 2 * (length - 1);
      words[(words[entry] as number) >>> 2] = words[entry + 1] as number;
      words[HEADER_JOURNAL_LENGTH >>> 2] = length - 1;
    }
  }

  /** Gets the new buffer if another thread has grown the memory: a shared buffer does not grow in place. */
  #seeGrowth(): void {
    if (this.load(HEADER_HIGH_WATER) <= this.#u32.byteLength) return;
    this.#grow(0);
  }

  #grow(pages: number): boolean {
    try {
      // Even for 0 pages: the engine then refreshes `buffer`, which may lag behind growth on another thread.
      this.memory.grow(pages);
    } catch {
      return false;
    }
    this.#u32 = new Uint32Array(this.memory.buffer);
    this.#i32 = new Int32Array(this.memory.buffer);
    this.#u64 = new BigUint64Array(this.memory.buffer);
    return true;
  }
}

/** Why a page's worker may have received no memory. A single thread needs no isolation; posting its memory does. */
function isolationHint(): string {
  const { crossOriginIsolated } = globalThis as { crossOriginIsolated?: boolean };
  if (crossOriginIsolated !== false) return "";
  return "; a page can post it to a worker only when it is cross-origin isolated (COOP and COEP), and this one is not";
}
