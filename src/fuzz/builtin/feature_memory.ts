/**
 * The memories in which features are looked for: that of the device, which has the comparisons, and those of counters
 * that have one of their own. AssemblyScript accesses one memory, so the tables for counters lie next to these.
 */

import { WASM_PAGE_BYTES } from "../../abi/layout.ts";
import type { Kcov } from "../../runtime/kcov.ts";
import { allocateBlock } from "./device_block.ts";
import { type FeatureRoutines, instantiateFeatureRoutines } from "./feature_routines.ts";

/** The most new features that are taken from one execution; more wait for the next execution that has them. */
export const CAPACITY: number = 1 << 16;

/** Zeroed memory for a table. */
export interface Block {
  /** Byte address. */
  readonly address: number;
  readonly bytes: Uint8Array<ArrayBufferLike>;
}

export class FeatureMemory {
  readonly routines: FeatureRoutines;
  /** Where routines write features, u32 each: room for {@link CAPACITY}. */
  readonly out: Uint32Array;
  readonly outAddress: number;
  readonly #source: BlockSource;

  /** In the device's memory, or in one of counters. @throws {KcovError | RangeError} memory is exhausted */
  static of(memory: WebAssembly.Memory, kcov: Kcov): FeatureMemory {
    return new FeatureMemory(memory, memory === kcov.memory ? new DeviceBlocks(kcov) : new GrownBlocks(memory));
  }

  private constructor(memory: WebAssembly.Memory, source: BlockSource) {
    this.routines = instantiateFeatureRoutines(memory);
    this.#source = source;
    const { address, bytes } = source.allocate(Uint32Array.BYTES_PER_ELEMENT * CAPACITY);
    this.outAddress = address;
    this.out = new Uint32Array(bytes.buffer, bytes.byteOffset, CAPACITY);
  }

  /** Allocates zeroed memory. @throws {KcovError | RangeError} memory is exhausted */
  allocate(bytes: number): Block {
    return this.#source.allocate(bytes);
  }

  /** Gives the memory back. */
  [Symbol.dispose](): void {
    this.#source[Symbol.dispose]();
  }
}

interface BlockSource extends Disposable {
  allocate(bytes: number): Block;
}

class DeviceBlocks implements BlockSource {
  readonly #kcov: Kcov;
  readonly #blocks: ReturnType<typeof allocateBlock>[] = [];

  constructor(kcov: Kcov) {
    this.#kcov = kcov;
  }

  allocate(bytes: number): Block {
    const block = allocateBlock(this.#kcov, bytes);
    this.#blocks.push(block);
    return block;
  }

  [Symbol.dispose](): void {
    for (const block of this.#blocks) block.munmap();
  }
}

/** Pages that a memory is grown by. A memory never shrinks, so those that are given back wait for the next one. */
class GrownBlocks implements BlockSource {
  static readonly #free = new WeakMap<WebAssembly.Memory, { address: number; pages: number }[]>();
  readonly #memory: WebAssembly.Memory;
  readonly #used: { address: number; pages: number }[] = [];

  constructor(memory: WebAssembly.Memory) {
    this.#memory = memory;
  }

  allocate(bytes: number): Block {
    const pages = Math.ceil(bytes / WASM_PAGE_BYTES);
    const free = GrownBlocks.#free.get(this.#memory) ?? [];
    const index = free.findIndex((block) => block.pages === pages);
    const [reused] = index < 0 ? [] : free.splice(index, 1);
    const address = reused?.address ?? this.#memory.grow(pages) * WASM_PAGE_BYTES;
    this.#used.push({ address, pages });
    const block = new Uint8Array(this.#memory.buffer, address, bytes);
    if (reused) block.fill(0);
    return { address, bytes: block };
  }

  [Symbol.dispose](): void {
    const free = GrownBlocks.#free.get(this.#memory) ?? [];
    free.push(...this.#used.splice(0));
    GrownBlocks.#free.set(this.#memory, free);
  }
}
