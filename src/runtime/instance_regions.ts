/** Device memory that instances of modules get when they are created, and the objects that expose it to the user. */

import type { Device } from "../kcov/device.ts";
import { allocateRegion, type Region } from "./region.ts";

/** An object that exposes the memory of one instance. */
export interface InstanceMemory {
  readonly address: number;
  readonly bytes: Uint8Array<ArrayBufferLike>;
  /** Releases the memory. Only allowed once the instance no longer runs: its code keeps writing there. */
  [Symbol.dispose](): void;
}

/**
 * The memory of all instances that one thread created, in order of instantiation.
 *
 * An instance that is collected no longer runs. Collection is noticed by the function that the module called for its
 * memory: an import that the instance keeps alive, and that no other instance gets (own_memory.ts). The object that
 * exposes the memory then leaves the list; the memory itself is released when nobody holds that object, or its `bytes`.
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
   * @param init the import that the instance called
   * @param show creates the object for the user
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

  /** Forgets all regions: the thread has released what it held. */
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
