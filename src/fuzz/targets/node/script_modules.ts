/** The modules that a script loads: each is instrumented as it is loaded. */

import { InstrumentError } from "../../../errors.ts";
import type { InstrumentOptions } from "../../../instrument/index.ts";
import { isPcTable, readPcTable } from "../../../instrument/read_pc_table.ts";
import { readModuleInfo } from "../../../instrument/wasm/module_info.ts";
import { readSections } from "../../../instrument/wasm/sections.ts";
import { LoadedModule, originalNames } from "../loaded_module.ts";
import { FUZZ_TRACE, fuzzOptions, type Pass } from "../prepare.ts";

export class ScriptModules {
  readonly list: LoadedModule[] = [];
  readonly #instrument: Pass;
  readonly #onWarning: (message: string) => void;
  /** Set while the pass runs: it compiles modules itself, to see whether the engine accepts them. */
  #isBusy = false;

  constructor(instrument: Pass, onWarning: (message: string) => void) {
    this.#instrument = instrument;
    this.#onWarning = onWarning;
  }

  /**
   * @param url the URL that the module was streamed from, if it was
   * @returns what to load instead: the instrumented module, or the given one if it cannot be instrumented
   */
  add(binary: Uint8Array<ArrayBuffer>, url: string | undefined): Uint8Array<ArrayBuffer> {
    if (this.#isBusy) return binary;
    const name = nameOf(url) ?? `module ${this.list.length}`;
    this.#isBusy = true;
    try {
      const given = readSections(binary).some((section) => isPcTable(binary, section));
      const instrumented = given ? binary : this.#instrument(binary, this.#options());
      const table = readPcTable(instrumented);
      const { functionNames } = readModuleInfo(binary);
      const loaded = new LoadedModule(
        name,
        table,
        given ? originalNames(functionNames, table) : functionNames,
        instrumented,
      );
      if (!this.list.some(({ id }) => id === loaded.id)) this.list.push(loaded);
      return instrumented;
    } catch (error) {
      // What is not a module at all is left to the engine, which has its own messages.
      if (!(error instanceof InstrumentError)) throw error;
      if (error.code !== "ERR_MALFORMED") this.#onWarning(`${name} is not instrumented: ${error.message}`);
      return binary;
    } finally {
      this.#isBusy = false;
    }
  }

  /** PCs of different modules are 4 GiB apart. */
  #options(): InstrumentOptions {
    return { ...fuzzOptions(FUZZ_TRACE), pcBase: this.list.length * 2 ** 32 };
  }
}

function nameOf(url: string | undefined): string | undefined {
  return url === undefined ? undefined : url.slice(url.lastIndexOf("/") + 1);
}
