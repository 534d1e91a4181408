/** Dirty maps of instrumented modules, which say what pages of their memories were written to. */

import { DIRTY_MAP_INIT } from "../abi/hooks.ts";
import type { Device } from "../kcov/device.ts";
import { type InstanceMemory, InstanceRegions } from "./instance_regions.ts";

/** The dirty map of one instance of a module: see `abi/state.ts`. The user clears it. */
export interface KcovDirtyMap extends InstanceMemory {
  /** Byte address in the device's memory, a multiple of 4096. */
  readonly address: number;
  /** A byte for every page that the instance's memory can have: nonzero if the page was written to. */
  readonly bytes: Uint8Array<ArrayBufferLike>;
}

/** The dirty maps of the instances that one thread created. */
export class DirtyMaps {
  readonly #regions: InstanceRegions<KcovDirtyMap>;

  constructor(device: Device) {
    this.#regions = new InstanceRegions(device);
  }

  /** The maps, in order of instantiation. */
  get maps(): readonly KcovDirtyMap[] {
    return this.#regions.all;
  }

  /**
   * Returns the function that an instance calls when it is created: that one allocates a map of `length` bytes for the
   * instance, and returns its address.
   *
   * @throws {KcovError} ENOMEM
   */
  readonly createInit = (): ((length: number) => number) => {
    const init = (length: number): number =>
      this.#regions.add(init, length, ["pages' marks", DIRTY_MAP_INIT], (memory) => memory).address;
    return init;
  };

  clear(): void {
    this.#regions.clear();
  }
}
