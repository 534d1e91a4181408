/** A target's comparison records, on a descriptor of the device. */

import { KCOV_DISABLE, KCOV_ENABLE, KCOV_INIT_TRACE, KCOV_TRACE_CMP } from "../../abi/kcov.ts";
import { WORD_BYTES } from "../../abi/layout.ts";
import type { KcovMapping } from "../../kcov/mapping.ts";
import type { Kcov } from "../../runtime/kcov.ts";
import type { ComparisonTrace } from "../engine.ts";

/** Length of the area: 262,143 comparisons. Pages that are never written cost nothing. */
const AREA_WORDS = 1 << 20;

/** Comparison records whose descriptor is opened when it is first needed. */
export class DeviceComparisons implements ComparisonTrace {
  readonly #kcov: Kcov;
  readonly #onEnable: () => void;
  #fd: number | undefined;
  #mapping: KcovMapping | undefined;
  #enabled = false;

  /** @param onEnable called before comparisons are enabled */
  constructor(kcov: Kcov, onEnable: () => void = () => {}) {
    this.#kcov = kcov;
    this.#onEnable = onEnable;
  }

  get words(): BigUint64Array {
    return this.#open().words;
  }

  get enabled(): boolean {
    return this.#enabled;
  }

  enable(): void {
    if (this.#enabled) return;
    this.#onEnable();
    this.#open();
    this.#kcov.ioctl(this.#fd ?? 0, KCOV_ENABLE, KCOV_TRACE_CMP);
    this.#enabled = true;
  }

  disable(): void {
    if (!this.#enabled) return;
    this.#kcov.ioctl(this.#fd ?? 0, KCOV_DISABLE, 0);
    this.#enabled = false;
  }

  /** Empties the area, before an execution. */
  clear(): void {
    if (this.#enabled) this.words[0] = 0n;
  }

  [Symbol.dispose](): void {
    this.disable();
    this.#mapping?.munmap();
    if (this.#fd !== undefined) this.#kcov.close(this.#fd);
    this.#mapping = undefined;
    this.#fd = undefined;
  }

  #open(): KcovMapping {
    if (this.#mapping) return this.#mapping;
    const fd = this.#kcov.open();
    this.#kcov.ioctl(fd, KCOV_INIT_TRACE, AREA_WORDS);
    this.#fd = fd;
    this.#mapping = this.#kcov.mmap(fd, AREA_WORDS * WORD_BYTES);
    return this.#mapping;
  }
}
