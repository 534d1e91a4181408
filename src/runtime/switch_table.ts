/** Device memory for the table of a switch that host code traces. */

import { SWITCH_CASES, WORD_BYTES } from "../abi/layout.ts";
import type { Device } from "../kcov/device.ts";
import { allocateScratch, type Region } from "./region.ts";

/** The words of n and bits. */
const HEADER_WORDS = SWITCH_CASES / WORD_BYTES;

/** A thread's one table, rewritten for each switch. It grows as needed and is kept. */
export class SwitchTable {
  readonly #device: Device;
  #table: Region | undefined;

  constructor(device: Device) {
    this.#device = device;
  }

  /**
   * Writes the table {n, bits, case…}.
   *
   * @returns its byte address
   * @throws {TypeError | RangeError} an entry is not a u64; n exceeds the number of cases that follow
   * @throws {KcovError} ENOMEM
   */
  write(cases: readonly bigint[]): number {
    const table = checkTable(cases);
    const fits = this.#table !== undefined && this.#table.bytes.length >= table.byteLength;
    const { address } = fits ? (this.#table as Region) : this.#grow(table.length);
    this.#device.arena.words(address, table.length).set(table);
    return address;
  }

  /** Forgets the memory, which was released with all that the thread held. */
  forget(): void {
    this.#table = undefined;
  }

  #grow(words: number): Region {
    this.#table?.release();
    this.#table = undefined;
    this.#table = allocateScratch(this.#device, words * WORD_BYTES, "bytes of cases", "traceSwitch");
    return this.#table;
  }
}

/** Returns a checked copy, which a getter or another thread can no longer change. */
function checkTable(cases: readonly bigint[]): BigUint64Array {
  if (!Array.isArray(cases)) throw new TypeError("cases must be an array of bigint");
  const values = Array.from(cases as readonly unknown[], (value) => {
    if (typeof value !== "bigint") throw new TypeError("cases must be an array of bigint");
    if (value !== BigInt.asUintN(64, value)) throw new RangeError(`${value} is not a u64`);
    return value;
  });
  const [count] = values;
  if (count === undefined || values.length < HEADER_WORDS || count > BigInt(values.length - HEADER_WORDS)) {
    throw new RangeError(`a table of ${values.length} words does not hold {n, bits} and ${count ?? "n"} cases`);
  }
  return BigUint64Array.from(values);
}
