/** Opens a target by its path. */

import { readFile } from "node:fs/promises";
import { basename, extname } from "node:path";
import { sha256Hex } from "../../../cache/content.ts";
import { defaultCacheDirectory } from "../../../cache/directory.ts";
import { cacheKey, ModuleCache } from "../../../cache/module_cache.ts";
import { TargetError } from "../../../errors.ts";
import { checkFilter } from "../../../instrument/filters.ts";
import type { FunctionFilter, InstrumentOptions } from "../../../instrument/index.ts";
import { BOOLEAN, checkOptions, type OptionKinds, STRING } from "../../../option_checks.ts";
import { Kcov } from "../../../runtime/kcov.ts";
import type { FuzzTarget } from "../../engine.ts";
import { ModuleTarget } from "../module_target.ts";
import { TARGET_OPTION_KINDS, type TargetOptions } from "../options.ts";
import { loadPass, type Pass, prepareModule } from "../prepare.ts";
import { STRING_FUNCTIONS } from "../string_functions.ts";
import { ScriptTarget } from "./script_target.ts";

/** How a target is opened that is on disk. */
export interface OpenTargetOptions extends TargetOptions {
  /** Keep instrumented modules on disk, and use those that are there; default true. */
  cache?: boolean;
  /** Where; default `$XDG_CACHE_HOME/wasm-kcov`, which is in the home directory. */
  cacheDirectory?: string;
}

const OPTION_KINDS: OptionKinds<OpenTargetOptions> = {
  ...TARGET_OPTION_KINDS,
  cache: BOOLEAN,
  cacheDirectory: STRING,
};

/**
 * Opens what is to be fuzzed: a WebAssembly module, or a JavaScript module that exports `fuzz(bytes)`. What is not
 * instrumented is instrumented. Initialisation has run when the promise is fulfilled.
 *
 * @throws {TargetError} it cannot be fuzzed as the options say
 * @throws {InstrumentError} it cannot be instrumented
 * @throws {TypeError} there is no such option, or it is of another type
 */
export async function openTarget(path: string, options: OpenTargetOptions = {}): Promise<FuzzTarget> {
  checkOptions("openTarget", options, OPTION_KINDS);
  if (options.functions) checkFilter("openTarget", options.functions);
  const { cache = true, cacheDirectory = defaultCacheDirectory() } = options;
  const modules = new Modules(cache ? new ModuleCache(cacheDirectory) : undefined, options.functions);
  const contents = await readTarget(path);
  const kcov = options.kcov ?? (await Kcov.create());
  if (isModule(contents)) {
    const prepared = await prepareModule(basename(path), contents, options, (...module) => modules.ready(...module));
    return new ModuleTarget(prepared, kcov, options);
  }
  if (SCRIPTS.includes(extname(path))) return ScriptTarget.open(path, kcov, options, await modules.pass());
  throw new TargetError(
    "ERR_TARGET",
    `${path} is neither a WebAssembly module (it does not begin with \\0asm) nor JavaScript (${SCRIPTS.join(", ")})`,
  );
}

/** Instruments what a target consists of: its functions as the options say, and what is in the cache not again. */
class Modules {
  readonly #cache: ModuleCache | undefined;
  readonly #functions: FunctionFilter | undefined;

  constructor(cache: ModuleCache | undefined, functions: FunctionFilter | undefined) {
    this.#cache = cache;
    this.#functions = functions && { comparisons: STRING_FUNCTIONS, ...functions };
  }

  /** See `Instrumenter`. */
  async ready(...[binary, options]: Parameters<Pass>): Promise<() => Uint8Array<ArrayBuffer>> {
    const cached = this.#cache?.find(cacheKey(sha256Hex(binary), this.#filtered(options)))?.binary;
    if (cached) return () => cached;
    const pass = await this.pass();
    return () => pass(binary, options);
  }

  /** For modules that turn up while nobody can wait. */
  async pass(): Promise<Pass> {
    const pass = await loadPass();
    return (binary, given) => {
      const options = this.#filtered(given);
      const key = cacheKey(sha256Hex(binary), options);
      const cached = this.#cache?.find(key)?.binary;
      if (cached) return cached;
      const made = pass(binary, options);
      this.#cache?.keep(key, { binary: made, notes: [] });
      return made;
    };
  }

  #filtered(options: InstrumentOptions): InstrumentOptions {
    return this.#functions === undefined ? options : { ...options, functions: this.#functions };
  }
}

const SCRIPTS = [".js", ".mjs", ".cjs", ".ts", ".mts", ".cts"];

function isModule(contents: Uint8Array): boolean {
  return [0, 0x61, 0x73, 0x6d].every((byte, k) => contents[k] === byte);
}

async function readTarget(path: string): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return new Uint8Array(await readFile(path));
  } catch (error) {
    throw new TargetError("ERR_TARGET", `${path} cannot be read: ${(error as Error).message}`, { cause: error });
  }
}
