/** The device of a side's process, which records its runs. */

import { KCOV_ENABLE, KCOV_INIT_TRACE, KCOV_TRACE_CMP, KCOV_TRACE_PC, KCOV_WORDS_PER_CMP } from "../../abi/kcov.ts";
import { COUNT_WORDS, WORD_BYTES } from "../../abi/layout.ts";
import { Kcov } from "../../runtime/kcov.ts";
import type { TraceMode } from "../tracing/module_pass.ts";

/** The device may use a whole 32-bit memory: pages that are never written cost nothing. */
const MAX_BYTES = 2 ** 32 - 65536;

export class AreaRecorder {
  readonly kcov: Kcov;
  /** How many records the area can hold. */
  readonly capacity: number;
  /** Word 0 of the area as two 32-bit words: no bigint where time is measured. */
  readonly #count: Uint32Array<ArrayBufferLike>;

  /** @param record undefined if nothing is enabled: reading the count then costs the same, and gives 0 */
  static async create(record: TraceMode | undefined, size: number): Promise<AreaRecorder> {
    const kcov = await Kcov.create({ maxBytes: MAX_BYTES, areaLimitBytes: MAX_BYTES });
    if (record === undefined) return new AreaRecorder(kcov, new Uint32Array(2), 0);
    const fd = kcov.open();
    kcov.ioctl(fd, KCOV_INIT_TRACE, size);
    const { bytes } = kcov.mmap(fd, size * WORD_BYTES);
    kcov.ioctl(fd, KCOV_ENABLE, record === "pc" ? KCOV_TRACE_PC : KCOV_TRACE_CMP);
    const count = new Uint32Array(bytes.buffer, bytes.byteOffset, 2);
    const capacity = Math.floor((size - COUNT_WORDS) / (record === "pc" ? 1 : KCOV_WORDS_PER_CMP));
    return new AreaRecorder(kcov, count, capacity);
  }

  private constructor(kcov: Kcov, count: Uint32Array<ArrayBufferLike>, capacity: number) {
    this.kcov = kcov;
    this.capacity = capacity;
    this.#count = count;
  }

  /** Resets the count. */
  reset(): void {
    this.#count[0] = 0;
  }

  /** Number of records since the last reset. */
  get count(): number {
    return this.#count[0] ?? 0;
  }

  /** Number of inline counters of all instances that are not 0. */
  countersHit(): number {
    const { counters, counterStore } = this.kcov;
    const regions = [...counters.map(({ bytes }) => bytes), ...counterStore.modules.map((module) => module.read())];
    return regions.reduce((sum, region) => {
      for (const counter of region) if (Number(counter) !== 0) sum++;
      return sum;
    }, 0);
  }
}
