/** Room in device memory for the table of a switch that host code traces. */

import { ENOMEM } from "../abi/errno.ts";
import { RUN_ADDRESS, SWITCH_CASES, WORD_BYTES } from "../abi/layout.ts";
import { KcovError } from "../errors.ts";
import type { Device } from "../kcov/device.ts";
import { allocateRun, unpinRun } from "../memory/page_allocator.ts";

/** n and bits. */
const HEADER_WORDS = SWITCH_CASES / WORD_BYTES;

/** One table, of one thread, written anew for each switch. It grows as needed and is kept. */
export class SwitchTable {
  readonly #device: Device;
  #address = 0;
  /** The vma that pins the table: a thread that is reaped gives it back like a mapping. 0: none. */
  #vma = 0;
  #capacityWords = 0;

  constructor(device: Device) {
    this.#device = device;
  }

  /**
   * Writes the table {n, bits, case…}.
   *
   * @returns its byte address
   * @throws {TypeError | RangeError} an entry is not a u64; n is more than the cases that follow
   * @throws {KcovError} ENOMEM
   */
  write(cases: readonly bigint[]): number {
    const table = checkTable(cases);
    if (table.length > this.#capacityWords) this.#grow(table.length);
    this.#device.arena.words(this.#address, table.length).set(table);
    return this.#address;
  }

  /** Gives the table's memory back. */
  free(): void {
    const vma = this.#vma;
    this.#vma = 0;
    this.#capacityWords = 0;
    if (vma !== 0) this.#device.call(() => this.#device.vmas.remove(vma));
  }

  #grow(length: number): void {
    this.free();
    const { arena, vmas } = this.#device;
    const { address, vma } = this.#device.call(() => {
      const run = allocateRun(arena, length * WORD_BYTES);
      const created = run === 0 ? 0 : vmas.create(run);
      if (created === 0) throw new KcovError(ENOMEM, `no memory for ${length} words of cases`, "traceSwitch");
      unpinRun(arena, run);
      return { address: arena.load(run + RUN_ADDRESS), vma: created };
    });
    this.#address = address;
    this.#vma = vma;
    this.#capacityWords = length;
  }
}

/** A copy, which a getter or another thread can not change any more. */
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
