/** Which patterns for functions stand for none of some modules: told from names alone, without the pass. */

import { FunctionChoice, type FunctionFilter } from "./filters.ts";
import { namesOf, readModuleInfo } from "./wasm/module_info.ts";

export class PatternReview {
  readonly #choice: FunctionChoice;

  /** @throws {TypeError} a list is not one of clang's */
  constructor(filter: FunctionFilter) {
    this.#choice = new FunctionChoice(filter);
  }

  /**
   * Looks at the functions of an original module.
   *
   * @throws {InstrumentError} ERR_MALFORMED it is not even made of sections
   */
  add(binary: Uint8Array): void {
    const info = readModuleInfo(binary);
    for (let index = info.importedFunctions; index < info.functions; index++) {
      this.#choice.extentOf(index, namesOf(info, index));
    }
  }

  /** The patterns, but those for comparisons, that no function so far matches. */
  unmatched(): string[] {
    return this.#choice.unmatched();
  }
}
