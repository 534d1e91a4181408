/** Memory of the device that instances of modules get when they are made, and what shows it to their user. */

import type { Device } from "../kcov/device.ts";
import { allocateRegion, type Region } from "./region.ts";

/** What shows the memory of one instance. */
export interface InstanceMemory {
  readonly address: number;
  readonly bytes: Uint8Array<ArrayBufferLike>;
  /** Gives the memory back. Only when the instance will not run any more: its code goes on writing there. */
  [Symbol.dispose](): void;
}

/**
 * The memory of all instances that one thread made, in order of instantiation.
 *
 * An instance that is collected runs no more. It is seen by the function that the module called for its memory: an
 * import that the instance keeps alive, and that no other instance gets (own_memory.ts). What showed the memory is
 * off the list then; the memory itself goes when nobody holds that, or its `bytes`, any more.
 */
export class InstanceRegions<T extends InstanceMemory> {
  readonly all: T[] = [];
  readonly #device: Device;
  readonly #instances: FinalizationRegistry<WeakRef<T>>;

  constructor(device: Device) {
    this.#device = device;
    this.#instances = new FinalizationRegistry((memory) => {
      const gone = memory.deref();
      if (gone !== undefined) this.#remove(gone);
    });
  }

  /**
   * Allocates `length` zeroed bytes for the instance that calls `init`.
   *
   * @param init the import that it called
   * @param show makes what its user gets
   * @throws {KcovError} ENOMEM
   */
  add(init: object, length: number, [what, caller]: [string, string], show: (memory: InstanceMemory) => T): T {
    const region = allocateRegion(this.#device, length, what, caller);
    const shown = show(this.#describe(region, () => shown));
    this.all.push(shown);
    const { vmas } = this.#device;
    vmas.hold(shown, region.vma);
    vmas.keepWith(region.bytes, shown);
    this.#instances.register(init, new WeakRef(shown));
    return shown;
  }

  /** Forgets all regions: the thread has given back what it held. */
  clear(): void {
    this.all.length = 0;
  }

  #describe({ address, bytes, vma }: Region, shown: () => T): InstanceMemory {
    const dispose = (): void => {
      this.#remove(shown());
      this.#device.vmas.release(shown(), vma);
    };
    return { address, bytes, [Symbol.dispose]: dispose };
  }

  #remove(memory: T): void {
    const index = this.all.indexOf(memory);
    if (index >= 0) this.all.splice(index, 1);
  }
}
