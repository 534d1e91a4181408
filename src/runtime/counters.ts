/** Inline counters of instrumented modules: where in device memory they are. */

import { COUNTERS_INIT } from "../abi/hooks.ts";
import type { Device } from "../kcov/device.ts";
import { allocateRegion } from "./region.ts";

/**
 * The counters of one instance of a module: one byte for every hooked site of control flow, as `inline-8bit-counters`
 * of SanitizerCoverage, or eight with 64-bit counters. What the k-th one counts is the k-th pc of
 * `counterPcs(readPcTable(module))`.
 *
 * An 8-bit counter goes from 255 to 0. Write zeros to `bytes` at any time to start over.
 */
export interface KcovCounters {
  /** Byte address in the device's memory, a multiple of 4096. */
  readonly address: number;
  /** How many bytes they take, which is how many there are but with 64-bit counters. */
  readonly length: number;
  /** The first eight bytes of the original module's SHA-256, big-endian: which module this is an instance of. */
  readonly id: bigint;
  /** The counters. */
  readonly bytes: Uint8Array<ArrayBufferLike>;
  /** Gives the memory back. Only when the instance will not run any more: its code goes on counting there. */
  [Symbol.dispose](): void;
}

/** The counters of all instances that one thread made. */
export class CounterRegions {
  readonly regions: KcovCounters[] = [];
  onCounters: ((counters: KcovCounters) => void) | undefined;
  readonly #device: Device;

  constructor(device: Device) {
    this.#device = device;
  }

  /**
   * What instrumented modules call when they are instantiated.
   *
   * @returns the address of `count` zeroed bytes
   * @throws {KcovError} ENOMEM
   */
  init(count: number, id: bigint): number {
    const region = this.#allocate(count, BigInt.asUintN(64, id));
    this.regions.push(region);
    this.onCounters?.(region);
    return region.address;
  }

  #allocate(length: number, id: bigint): KcovCounters {
    const { address, bytes, release } = allocateRegion(this.#device, length, "counters", COUNTERS_INIT);
    const dispose = (): void => {
      const index = this.regions.indexOf(region);
      if (index >= 0) this.regions.splice(index, 1);
      release();
    };
    const region: KcovCounters = { address, length, id, bytes, [Symbol.dispose]: dispose };
    return region;
  }
}
