/** Inline counters of instrumented modules, and where they lie in device memory. */

import { COUNTERS_INIT } from "../abi/hooks.ts";
import type { Device } from "../kcov/device.ts";
import { type InstanceMemory, InstanceRegions } from "./instance_regions.ts";

/**
 * The counters of one instance of a module: one byte for every hooked control-flow site, as `inline-8bit-counters` of
 * SanitizerCoverage, or eight with 64-bit counters. The k-th counter counts the k-th pc of
 * `counterPcs(readPcTable(module))`.
 *
 * An 8-bit counter wraps from 255 to 0. Write zeros to `bytes` at any time to start over. The memory is released when
 * the instance, this object and `bytes` have been collected; by `dispose` here or on the `Kcov`; and by whoever reaps
 * the thread.
 */
export interface KcovCounters extends InstanceMemory {
  /** The device's memory. */
  readonly memory: WebAssembly.Memory;
  /** Byte address in the device's memory, a multiple of 4096. */
  readonly address: number;
  /** Length in bytes, which is also the number of counters unless they have 64 bits. */
  readonly length: number;
  /** The first eight bytes of the original module's SHA-256, big-endian: identifies the module of this instance. */
  readonly id: bigint;
  /** The counters. */
  readonly bytes: Uint8Array<ArrayBufferLike>;
}

/** The counters of the instances that one thread created. */
export class CounterRegions {
  onCounters: ((counters: KcovCounters) => void) | undefined;
  readonly #device: Device;
  readonly #regions: InstanceRegions<KcovCounters>;

  constructor(device: Device) {
    this.#device = device;
    this.#regions = new InstanceRegions(device);
  }

  /** The regions in order of instantiation, without those of instances that have been collected. */
  get regions(): readonly KcovCounters[] {
    return this.#regions.all;
  }

  /**
   * Returns the function that an instance calls when it is created: that one allocates `count` zeroed bytes for the
   * instance, and returns their address.
   *
   * @throws {KcovError} ENOMEM
   */
  readonly createInit = (): ((count: number, id: bigint) => number) => {
    const init = (count: number, id: bigint): number => {
      const counters = this.#regions.add(init, count, ["counters", COUNTERS_INIT], (memory) => ({
        ...memory,
        memory: this.#device.arena.memory,
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
