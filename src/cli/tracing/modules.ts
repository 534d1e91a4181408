/** The modules that a traced program loads, on any of its threads. */

import { createHash } from "node:crypto";
import { basename } from "node:path";
import { nodeSourceAccess } from "../../coverage/node/source_access.ts";
import { createLocator, type Locator } from "../../coverage/sources/locator.ts";
import { InstrumentError } from "../../errors.ts";
import {
  type InstrumentOptions,
  type InstrumentResult,
  instrument,
  instrumentCalls,
  type PcTable,
} from "../../instrument/index.ts";
import { type ModuleInfo, readModuleInfo } from "../../instrument/wasm/module_info.ts";
import type { ModuleSource } from "../../loader/index.ts";
import { visible } from "../../text.ts";
import { say } from "../io.ts";
import { announceInstrumenting } from "../progress.ts";
import { remarksOn } from "../remarks.ts";

/** What is recorded: executed sites, operands of comparisons, or (a proposal) entry and exit of functions. */
export type TraceMode = "pc" | "cmp" | "calls";

/** What modules are instrumented for: recording events, or counting how often sites are executed. */
export type Recording = TraceMode | "counts";

/** A module that was instrumented. */
export interface TracedModule {
  /** The upper half of its PCs. */
  number: number;
  /** The name of its file, the last part of its URL, its own name, or the name of the script that loaded it. */
  name: string;
  source: ModuleSource;
  /** Length of the original in bytes. */
  bytes: number;
  table: PcTable;
  info: ModuleInfo;
  /** The source line of code in the original, as `file:line`, if there is DWARF or a source map. */
  lineOf(offset: number, end?: number): string | undefined;
}

/** Options that do not follow from what is recorded. */
type ModuleOptions = Omit<InstrumentOptions, "trace" | "counters" | "counterStorage" | "pcBase">;

/**
 * Counters are in memory that other threads can read. The summary must have as many events as there would be PCs,
 * however long a program runs: so exactly the sites with a hook for PCs have a counter. The scheme of coverage runs,
 * fewer counters from which all counts follow, would give other numbers, and inexact ones after a trap.
 */
function traceOptions(recording: Exclude<Recording, "calls">, { prune = true }: ModuleOptions): InstrumentOptions {
  if (recording === "pc") return { trace: ["pc"] };
  if (recording === "cmp") return { trace: ["cmp", "switch"] };
  return { trace: ["counters"], counters: "64bit", counterStorage: "memory", prune: prune && "implied" };
}

export class ModuleInstrumenter {
  readonly modules: TracedModule[] = [];
  readonly #recording: Recording;
  readonly #options: ModuleOptions;
  /** Instrumented modules by their original's content; undefined for a module that stays as it is. */
  readonly #done = new Map<string, Uint8Array<ArrayBuffer> | undefined>();
  /** Patterns for functions that have matched in no module so far; undefined before the first module. */
  #unmatched: readonly string[] | undefined;

  /** @param options further options of the instrumentation */
  constructor(recording: Recording, options: ModuleOptions) {
    this.#recording = recording;
    this.#options = options;
  }

  /** Remarks on all modules together, for when there are no more. */
  get remarks(): string[] {
    return (this.#unmatched ?? []).map((pattern) => `no function matches ${pattern}`);
  }

  /** @throws {InstrumentError} */
  instrument(
    binary: Uint8Array<ArrayBuffer>,
    source: ModuleSource,
  ): { module: TracedModule; binary: Uint8Array<ArrayBuffer> } {
    announceInstrumenting(nameOf(source) ?? "a module", binary.length);
    const number = this.modules.length;
    const result = this.#pass(binary, BigInt(number) << 32n);
    const info = readModuleInfo(binary);
    const name = fileNameOf(source) ?? (info.name || nameOf(source)) ?? "a module";
    const module = {
      number,
      name,
      source,
      bytes: binary.length,
      table: result.pcTable,
      info,
      lineOf: lineFinder(binary, source),
    };
    this.modules.push(module);
    // A pattern may be meant for another module of the program: only at the end is it known to match in none.
    const { unmatched } = result;
    this.#unmatched = this.#unmatched?.filter((pattern) => unmatched.includes(pattern)) ?? unmatched;
    for (const remark of remarksOn({ ...result, unmatched: [] })) {
      say(`wasm-kcov: ${name}: ${remark}`);
    }
    return { module, binary: result.binary };
  }

  #pass(binary: Uint8Array<ArrayBuffer>, pcBase: bigint): InstrumentResult {
    const { functions = {} } = this.#options;
    if (this.#recording === "calls") return instrumentCalls(binary, { functions, pcBase });
    return instrument(binary, { ...this.#options, ...traceOptions(this.#recording, this.#options), pcBase });
  }

  /**
   * Instruments what a program loads, once for each content.
   *
   * @returns undefined if it stays as it is: it cannot be instrumented, which is reported, or is not a module
   */
  transform(binary: Uint8Array<ArrayBuffer>, source: ModuleSource): Uint8Array<ArrayBuffer> | undefined {
    const content = createHash("sha256").update(binary).digest("hex");
    if (!this.#done.has(content)) this.#done.set(content, this.#tryTo(binary, source));
    return this.#done.get(content);
  }

  #tryTo(binary: Uint8Array<ArrayBuffer>, source: ModuleSource): Uint8Array<ArrayBuffer> | undefined {
    try {
      return this.instrument(binary, source).binary;
    } catch (error) {
      if (!(error instanceof InstrumentError)) throw error;
      // What is not a module at all is left to the program, which sees the engine's own error.
      const name = visible(nameOf(source) ?? "a module");
      if (error.code !== "ERR_MALFORMED") say(`wasm-kcov: ${name} is not traced: ${error.message}`);
      return undefined;
    }
  }
}

/** Reads debug information when a line is first asked for: most traced programs have none. */
function lineFinder(binary: Uint8Array, { path, url }: ModuleSource): TracedModule["lineOf"] {
  let locator: Locator | undefined;
  return (offset, end) => {
    const locations = [path, url].filter((each) => each !== undefined);
    locator ??= createLocator(binary, { ...nodeSourceAccess(process.cwd()), locations });
    const found = locator.locate(offset, end);
    return found && `${found.file}:${found.line}`;
  };
}

function fileNameOf({ path, url }: ModuleSource): string | undefined {
  if (path !== undefined) return basename(path);
  return lastPart(url);
}

function nameOf(source: ModuleSource): string | undefined {
  const { script } = source;
  if (script?.startsWith("data:")) return "a data: URL";
  return fileNameOf(source) ?? lastPart(script);
}

function lastPart(url: string | undefined): string | undefined {
  return (
    url
      ?.replace(/[?#].*$/, "")
      .split("/")
      .at(-1) || undefined
  );
}
