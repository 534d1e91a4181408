/** A device that traces the current task while a program runs, and the modules that were instrumented for it. */

import {
  KCOV_DISABLE,
  KCOV_ENABLE,
  KCOV_INIT_TRACE,
  KCOV_TRACE_CMP,
  KCOV_TRACE_PC,
  KCOV_WORDS_PER_CMP,
} from "../abi/kcov.ts";
import { InstrumentError } from "../errors.ts";
import { type InstrumentOptions, instrument, type PcTable } from "../instrument/index.ts";
import { type ModuleInfo, readModuleInfo } from "../instrument/module_info.ts";
import type { KcovMapping } from "../kcov/mapping.ts";
import { Kcov } from "../runtime/kcov.ts";
import type { ModuleSource } from "../runtime/loader.ts";
import { say } from "./io.ts";
import { announceInstrumenting } from "./progress.ts";

const WORD_BYTES = 8;
const COUNT_WORDS = 1;
/** Device memory besides the area. */
const SPARE_BYTES = 1 << 24;

export type TraceMode = "pc" | "cmp";

export interface TraceSessionOptions {
  mode: TraceMode;
  /** Length of the area in words. */
  size: number;
  /** How modules are instrumented; `trace` and `pcBase` are the session's. */
  instrument: Omit<InstrumentOptions, "trace" | "pcBase">;
}

/** A module that was instrumented. The upper half of its PCs is its position in the list of modules. */
export interface TracedModule {
  name: string;
  /** Length of the original in bytes. */
  bytes: number;
  table: PcTable;
  info: ModuleInfo;
}

export class TraceSession {
  readonly kcov: Kcov;
  readonly mode: TraceMode;
  readonly modules: TracedModule[] = [];
  readonly #options: TraceSessionOptions;
  readonly #mapping: KcovMapping;
  readonly #fd: number;

  /** Makes a device and enables it for the current task. @throws {KcovError} ENOMEM */
  static async start(options: TraceSessionOptions): Promise<TraceSession> {
    const bytes = options.size * WORD_BYTES;
    const kcov = await Kcov.create({ maxBytes: bytes + SPARE_BYTES, areaLimitBytes: bytes + SPARE_BYTES });
    const fd = kcov.open();
    kcov.ioctl(fd, KCOV_INIT_TRACE, options.size);
    const mapping = kcov.mmap(fd, bytes);
    kcov.ioctl(fd, KCOV_ENABLE, options.mode === "pc" ? KCOV_TRACE_PC : KCOV_TRACE_CMP);
    return new TraceSession(kcov, options, mapping, fd);
  }

  private constructor(kcov: Kcov, options: TraceSessionOptions, mapping: KcovMapping, fd: number) {
    this.kcov = kcov;
    this.mode = options.mode;
    this.#options = options;
    this.#mapping = mapping;
    this.#fd = fd;
  }

  /** What was recorded so far. */
  records(): Records {
    return new Records(this.#mapping.words, this.mode);
  }

  /** The area is full: what came after was not recorded. */
  get dropped(): boolean {
    return this.records().dropped;
  }

  /** Instruments a module. @throws {InstrumentError} */
  instrument(binary: Uint8Array<ArrayBuffer>, name: string): Uint8Array<ArrayBuffer> {
    announceInstrumenting(name, binary.length);
    const result = instrument(binary, {
      ...this.#options.instrument,
      trace: this.mode === "pc" ? ["pc"] : ["cmp", "switch"],
      pcBase: BigInt(this.modules.length) << 32n,
    });
    const info = readModuleInfo(binary);
    this.modules.push({ name: info.name ?? name, bytes: binary.length, table: result.pcTable, info });
    return result.binary;
  }

  /** The loader's transformation: a module that can not be instrumented is loaded as it is, and said so. */
  transform(binary: Uint8Array<ArrayBuffer>, source: ModuleSource): Uint8Array<ArrayBuffer> {
    const name = source.url?.split("/").at(-1) || `module ${source.index}`;
    try {
      return this.instrument(binary, name);
    } catch (error) {
      if (!(error instanceof InstrumentError)) throw error;
      // What is no module at all is for the program: it sees the engine's own error.
      if (error.code !== "ERR_MALFORMED") say(`wasm-kcov: ${name} is not traced: ${error.message}`);
      return binary;
    }
  }

  /** Ends tracing. The words stay readable. */
  stop(): void {
    this.kcov.ioctl(this.#fd, KCOV_DISABLE, 0);
  }
}

/** The records of an area. */
export class Records {
  readonly #words: BigUint64Array<ArrayBufferLike>;
  readonly #recordWords: number;
  /** Records in the area. */
  readonly count: number;
  /** The area is full: what came after was not recorded. */
  readonly dropped: boolean;

  /** @param words the whole area */
  constructor(words: BigUint64Array<ArrayBufferLike>, mode: TraceMode) {
    this.#words = words;
    this.#recordWords = mode === "pc" ? 1 : KCOV_WORDS_PER_CMP;
    const capacity = Math.floor((this.#words.length - COUNT_WORDS) / this.#recordWords);
    const count = this.#words[0] as bigint;
    this.dropped = count >= BigInt(capacity);
    this.count = this.dropped ? capacity : Number(count);
  }

  /** The words of record `index`. */
  get(index: number): BigUint64Array<ArrayBufferLike> {
    const start = COUNT_WORDS + index * this.#recordWords;
    return this.#words.subarray(start, start + this.#recordWords);
  }

  /** All words that hold records. */
  get data(): BigUint64Array<ArrayBufferLike> {
    return this.#words.subarray(COUNT_WORDS, COUNT_WORDS + this.count * this.#recordWords);
  }
}
