/** The modules that a traced program loads, on any of its threads. */

import { basename } from "node:path";
import { sha256Hex } from "../../cache/content.ts";
import { defaultCacheDirectory } from "../../cache/directory.ts";
import { ModuleCache } from "../../cache/module_cache.ts";
import { nodeSourceAccess } from "../../coverage/node/source_access.ts";
import { createLocator, type Locator } from "../../coverage/sources/locator.ts";
import { InstrumentError } from "../../errors.ts";
import type { PcTable } from "../../instrument/pc_table.ts";
import { readPcTable } from "../../instrument/read_pc_table.ts";
import { type ModuleInfo, readModuleInfo } from "../../instrument/wasm/module_info.ts";
import type { ModuleSource } from "../../loader/index.ts";
import { visible } from "../../text.ts";
import { say } from "../io.ts";
import { announceInstrumenting } from "../progress.ts";
import { type ModuleOptions, ModulePass, type Recording } from "./module_pass.ts";

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

export class ModuleInstrumenter {
  readonly modules: TracedModule[] = [];
  readonly #pass: ModulePass;
  /** Instrumented modules by their original's content; undefined for a module that stays as it is. */
  readonly #done = new Map<string, Promise<Uint8Array<ArrayBuffer> | undefined>>();
  #turn: Promise<unknown> = Promise.resolve();
  /** Patterns for functions that have matched in no module so far; undefined before the first module. */
  #unmatched: readonly string[] | undefined;

  /**
   * @param options further options of the instrumentation
   * @param keeps whether modules are taken from the cache on disk, and added to it
   */
  constructor(recording: Recording, options: ModuleOptions, keeps: boolean) {
    this.#pass = new ModulePass(recording, options, keeps ? new ModuleCache(defaultCacheDirectory()) : undefined);
  }

  /** Remarks on all modules together, for when there are no more. */
  get remarks(): string[] {
    return (this.#unmatched ?? []).map((pattern) => `no function matches ${pattern}`);
  }

  /** Not to be called again before its promise is settled. @param sha256 of the module @throws {InstrumentError} */
  async instrument(
    binary: Uint8Array<ArrayBuffer>,
    source: ModuleSource,
    sha256: string = sha256Hex(binary),
  ): Promise<{ module: TracedModule; binary: Uint8Array<ArrayBuffer> }> {
    const number = this.modules.length;
    const announce = (): void => announceInstrumenting(nameOf(source) ?? "a module", binary.length);
    const passed = await this.#pass.run(binary, sha256, BigInt(number) << 32n, announce);
    const info = readModuleInfo(binary);
    const name = fileNameOf(source) ?? (info.name || nameOf(source)) ?? "a module";
    const module = {
      number,
      name,
      source,
      bytes: binary.length,
      table: readPcTable(passed.binary),
      info,
      lineOf: lineFinder(binary, source),
    };
    this.modules.push(module);
    // A pattern may be meant for another module of the program: only at the end is it known to match in none.
    const { unmatched } = passed;
    this.#unmatched = this.#unmatched?.filter((pattern) => unmatched.includes(pattern)) ?? unmatched;
    for (const remark of passed.notes) say(`wasm-kcov: ${name}: ${remark}`);
    return { module, binary: passed.binary };
  }

  /**
   * Instruments what a program loads, once for each content.
   *
   * @returns undefined if it stays as it is: it cannot be instrumented, which is reported, or is not a module
   */
  transform(binary: Uint8Array<ArrayBuffer>, source: ModuleSource): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const content = sha256Hex(binary);
    const known = this.#done.get(content);
    if (known !== undefined) return known;
    // One after the other: the number of a module is how many there were before it.
    const done = this.#turn.then(() => this.#tryTo(binary, source, content));
    this.#turn = done;
    this.#done.set(content, done);
    return done;
  }

  async #tryTo(
    binary: Uint8Array<ArrayBuffer>,
    source: ModuleSource,
    sha256: string,
  ): Promise<Uint8Array<ArrayBuffer> | undefined> {
    try {
      return (await this.instrument(binary, source, sha256)).binary;
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
