/** Dirty maps of instrumented modules: which pages of their memories were written to. */

import { DIRTY_MAP_INIT } from "../abi/hooks.ts";
import type { Device } from "../kcov/device.ts";
import { allocateRegion } from "./region.ts";

/** The dirty map of one instance of a module: see `abi/state.ts`. Its user clears it. */
export interface KcovDirtyMap {
  /** Byte address in the device's memory, a multiple of 4096. */
  readonly address: number;
  /** A byte for every page that the instance's memory can have: other than 0 when it was written to. */
  readonly bytes: Uint8Array<ArrayBufferLike>;
  /** Gives the memory back. Only when the instance will not run any more: its code goes on marking there. */
  [Symbol.dispose](): void;
}

/** The dirty maps of all instances that one thread made, in order of instantiation. */
export class DirtyMaps {
  readonly maps: KcovDirtyMap[] = [];
  readonly #device: Device;

  constructor(device: Device) {
    this.#device = device;
  }

  /**
   * What instrumented modules call when they are instantiated.
   *
   * @returns the address of a map of `length` bytes
   * @throws {KcovError} ENOMEM
   */
  init(length: number): number {
    const { address, bytes, release } = allocateRegion(this.#device, length, "pages' marks", DIRTY_MAP_INIT);
    const dispose = (): void => {
      const index = this.maps.indexOf(map);
      if (index >= 0) this.maps.splice(index, 1);
      release();
    };
    const map: KcovDirtyMap = { address, bytes, [Symbol.dispose]: dispose };
    this.maps.push(map);
    return address;
  }
}
