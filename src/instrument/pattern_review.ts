/** Which patterns for functions stand for none of some modules: told from names alone, without the pass. */

import { FunctionChoice, type FunctionFilter } from "./filters.ts";
import { readModuleInfo } from "./wasm/module_info.ts";

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
    const { importedFunctions, functions, functionNames, exportNames } = readModuleInfo(binary);
    for (let index = importedFunctions; index < functions; index++) {
      const name = functionNames.get(index);
      const exported = exportNames.get(index) ?? [];
      this.#choice.extentOf(index, name === undefined ? exported : [name, ...exported]);
    }
  }

  /** The patterns, but those for comparisons, that no function so far matches. */
  unmatched(): string[] {
    return this.#choice.unmatched();
  }
}
