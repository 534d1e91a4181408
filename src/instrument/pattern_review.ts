/** Finds function patterns that match nothing in any of several modules, from names alone, without running the pass. */

import { FunctionChoice, type FunctionFilter } from "./filters.ts";
import { namesOf, readModuleInfo } from "./wasm/module_info.ts";

export class PatternReview {
  readonly #choice: FunctionChoice;

  /** @throws {TypeError} a list is not in clang's format */
  constructor(filter: FunctionFilter) {
    this.#choice = new FunctionChoice(filter);
  }

  /**
   * Matches the functions of an original module.
   *
   * @throws {InstrumentError} ERR_MALFORMED it does not even consist of sections
   */
  add(binary: Uint8Array): void {
    const info = readModuleInfo(binary);
    for (let index = info.importedFunctions; index < info.functions; index++) {
      this.#choice.extentOf(index, namesOf(info, index));
    }
  }

  /** The patterns, except those for comparisons, that have matched no function so far. */
  unmatched(): string[] {
    return this.#choice.unmatched();
  }
}
