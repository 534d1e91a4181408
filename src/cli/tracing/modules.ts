/** The modules that a traced program loads, on any of its threads. */

import { InstrumentError } from "../../errors.ts";
import { type InstrumentOptions, instrument, type PcTable } from "../../instrument/index.ts";
import { type ModuleInfo, readModuleInfo } from "../../instrument/wasm/module_info.ts";
import type { ModuleSource } from "../../loader/index.ts";
import { say } from "../io.ts";
import { announceInstrumenting } from "../progress.ts";
import type { TraceMode } from "./records.ts";

/** A module that was instrumented. It can be posted to another thread. */
export interface TracedModule {
  /** The upper half of its PCs. Unique in the process. */
  number: number;
  name: string;
  /** Length of the original in bytes. */
  bytes: number;
  table: PcTable;
  info: ModuleInfo;
}

/** How every thread of the program is traced; it can be posted to another thread. */
export interface TraceSetup {
  mode: TraceMode;
  /** Length of the main thread's area in words. */
  size: number;
  options: Omit<InstrumentOptions, "trace" | "pcBase">;
  /** One word that all threads share: the next module's number. */
  nextNumber: Int32Array;
}

/** Instruments modules for one thread. */
export class ModuleInstrumenter {
  readonly #setup: TraceSetup;
  readonly #announce: (module: TracedModule) => void;

  /** @param announce told of every module that was instrumented */
  constructor(setup: TraceSetup, announce: (module: TracedModule) => void) {
    this.#setup = setup;
    this.#announce = announce;
  }

  /**
   * @param fileName what it is called if it does not say itself
   * @throws {InstrumentError}
   */
  instrument(
    binary: Uint8Array<ArrayBuffer>,
    fileName: string | undefined,
  ): { module: TracedModule; binary: Uint8Array<ArrayBuffer> } {
    announceInstrumenting(fileName || "a module", binary.length);
    const { mode, options, nextNumber } = this.#setup;
    const number = Atomics.add(nextNumber, 0, 1);
    const trace: InstrumentOptions["trace"] = mode === "pc" ? ["pc"] : ["cmp", "switch"];
    const result = instrument(binary, { ...options, trace, pcBase: BigInt(number) << 32n });
    const info = readModuleInfo(binary);
    const name = info.name || fileName || `module ${number}`;
    const module = { number, name, bytes: binary.length, table: result.pcTable, info };
    this.#announce(module);
    return { module, binary: result.binary };
  }

  /** The loader's transformation: a module that can not be instrumented is loaded as it is, and said so. */
  transform(binary: Uint8Array<ArrayBuffer>, source: ModuleSource): Uint8Array<ArrayBuffer> {
    const name = source.url?.split("/").at(-1);
    try {
      return this.instrument(binary, name).binary;
    } catch (error) {
      if (!(error instanceof InstrumentError)) throw error;
      // What is no module at all is for the program: it sees the engine's own error.
      if (error.code !== "ERR_MALFORMED") say(`wasm-kcov: ${name || "a module"} is not traced: ${error.message}`);
      return binary;
    }
  }
}
