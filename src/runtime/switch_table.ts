/** Room in device memory for the table of a switch that host code traces. */

import { ENOMEM } from "../abi/errno.ts";
import { RUN_ADDRESS, SWITCH_CASES, WORD_BYTES } from "../abi/layout.ts";
import { KcovError } from "../errors.ts";
import type { Arena } from "../memory/arena.ts";
import { allocateRun, unpinRun } from "../memory/page_allocator.ts";

/** n and bits. */
const HEADER_WORDS = SWITCH_CASES / WORD_BYTES;

/** One table, of one thread, written anew for each switch. It grows as needed and is kept. */
export class SwitchTable {
  readonly #arena: Arena;
  #run = 0;
  #capacityWords = 0;

  constructor(arena: Arena) {
    this.#arena = arena;
  }

  /**
   * Within a call: writes the table {n, bits, case…}.
   *
   * @returns its byte address
   * @throws {TypeError | RangeError} an entry is not a u64; n is more than the cases that follow
   * @throws {KcovError} ENOMEM
   */
  write(cases: readonly bigint[]): number {
    checkTable(cases);
    if (cases.length > this.#capacityWords) this.#grow(cases.length);
    const address = this.#arena.load(this.#run + RUN_ADDRESS);
    this.#arena.words(address, cases.length).set(cases);
    return address;
  }

  #grow(length: number): void {
    const run = allocateRun(this.#arena, length * WORD_BYTES);
    if (run === 0) throw new KcovError(ENOMEM, `no memory for ${length} words of cases`, "traceSwitch");
    if (this.#run !== 0) unpinRun(this.#arena, this.#run);
    this.#run = run;
    this.#capacityWords = length;
  }
}

function checkTable(cases: readonly bigint[]): void {
  if (!Array.isArray(cases)) throw new TypeError("cases must be an array of bigint");
  for (const value of cases) {
    if (typeof value !== "bigint") throw new TypeError("cases must be an array of bigint");
    if (value !== BigInt.asUintN(64, value)) throw new RangeError(`${value} is not a u64`);
  }
  const [count] = cases;
  if (count === undefined || cases.length < HEADER_WORDS || count > BigInt(cases.length - HEADER_WORDS)) {
    throw new RangeError(`a table of ${cases.length} words does not hold {n, bits} and ${count ?? "n"} cases`);
  }
}
