/** Opens a target by its path. */

import { readFile } from "node:fs/promises";
import { basename, extname } from "node:path";
import { TargetError } from "../../../errors.ts";
import type { FunctionFilter } from "../../../instrument/index.ts";
import { Kcov } from "../../../runtime/kcov.ts";
import type { FuzzTarget } from "../../engine.ts";
import { ModuleTarget } from "../module_target.ts";
import type { TargetOptions } from "../options.ts";
import { type Instrumenter, instrumentNow, prepareModule } from "../prepare.ts";
import { STRING_FUNCTIONS } from "../string_functions.ts";
import { cachingInstrumenter, defaultCacheDirectory } from "./cache.ts";
import { ScriptTarget } from "./script_target.ts";

/** How a target is opened that is on disk. */
export interface OpenTargetOptions extends TargetOptions {
  /** Keep instrumented modules on disk, and use those that are there; default true. */
  cache?: boolean;
  /** Where; default `$XDG_CACHE_HOME/wasm-kcov`, which is in the home directory. */
  cacheDirectory?: string;
}

/**
 * Opens what is to be fuzzed: a WebAssembly module, or a JavaScript module that exports `fuzz(bytes)`. What is not
 * instrumented is instrumented. Initialisation has run when the promise is fulfilled.
 *
 * @throws {TargetError} it cannot be fuzzed as the options say
 * @throws {InstrumentError} it cannot be instrumented
 */
export async function openTarget(path: string, options: OpenTargetOptions = {}): Promise<FuzzTarget> {
  const { cache = true, cacheDirectory = defaultCacheDirectory() } = options;
  const instrumenter = filtered(cache ? cachingInstrumenter(cacheDirectory) : instrumentNow, options.functions);
  const contents = await readTarget(path);
  const kcov = options.kcov ?? (await Kcov.create());
  if (isModule(contents)) {
    return new ModuleTarget(await prepareModule(basename(path), contents, options, instrumenter), kcov, options);
  }
  if (SCRIPTS.includes(extname(path))) return ScriptTarget.open(path, kcov, options, instrumenter);
  throw new TargetError(
    "ERR_TARGET",
    `${path} is neither a WebAssembly module (it does not begin with \\0asm) nor JavaScript (${SCRIPTS.join(", ")})`,
  );
}

function filtered(instrumenter: Instrumenter, functions: FunctionFilter | undefined): Instrumenter {
  if (functions === undefined) return instrumenter;
  const filter = { comparisons: STRING_FUNCTIONS, ...functions };
  return (binary, each) => instrumenter(binary, { ...each, functions: filter });
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
