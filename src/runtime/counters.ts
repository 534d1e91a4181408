/** Inline counters of instrumented modules: where in device memory they are. */

import { COUNTERS_INIT } from "../abi/hooks.ts";
import type { Device } from "../kcov/device.ts";
import { type InstanceMemory, InstanceRegions } from "./instance_regions.ts";

/**
 * The counters of one instance of a module: one byte for every hooked site of control flow, as `inline-8bit-counters`
 * of SanitizerCoverage, or eight with 64-bit counters. What the k-th one counts is the k-th pc of
 * `counterPcs(readPcTable(module))`.
 *
 * An 8-bit counter goes from 255 to 0. Write zeros to `bytes` at any time to start over. The memory is given back when the
 * instance, this object and `bytes` have been collected; by `dispose`, also of the `Kcov`; and by whoever reaps the
 * thread.
 */
export interface KcovCounters extends InstanceMemory {
  /** Byte address in the device's memory, a multiple of 4096. */
  readonly address: number;
  /** How many bytes they take, which is how many there are but with 64-bit counters. */
  readonly length: number;
  /** The first eight bytes of the original module's SHA-256, big-endian: which module this is an instance of. */
  readonly id: bigint;
  /** The counters. */
  readonly bytes: Uint8Array<ArrayBufferLike>;
}

/** The counters of the instances that one thread made. */
export class CounterRegions {
  onCounters: ((counters: KcovCounters) => void) | undefined;
  readonly #regions: InstanceRegions<KcovCounters>;

  constructor(device: Device) {
    this.#regions = new InstanceRegions(device);
  }

  /** The regions in order of instantiation, without those of instances that have been collected. */
  get regions(): readonly KcovCounters[] {
    return this.#regions.all;
  }

  /**
   * What an instance calls when it is made: gives it `count` zeroed bytes, and returns their address.
   *
   * @throws {KcovError} ENOMEM
   */
  readonly createInit = (): ((count: number, id: bigint) => number) => {
    const init = (count: number, id: bigint): number => {
      const counters = this.#regions.add(init, count, ["counters", COUNTERS_INIT], (memory) => ({
        ...memory,
        length: count,
        id: BigInt.asUintN(64, id),
      }));
      this.onCounters?.(counters);
      return counters.address;
    };
    return init;
  };

  clear(): void {
    this.#regions.clear();
  }
}
