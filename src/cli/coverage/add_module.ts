/** `wasm-kcov cache --add`: does in advance what a coverage run would have to wait for. */

import { fileURLToPath } from "node:url";
import { sha256Hex } from "../../cache/content.ts";
import { instrumentApart } from "../../cache/instrument_apart.ts";
import type { ModuleCache } from "../../cache/module_cache.ts";
import { countingFor, storageFor } from "../../coverage/node/collector_options.ts";
import { visible } from "../../text.ts";
import { Failure } from "../failure.ts";
import { readFileOrStdin, say } from "../io.ts";

const PROGRAM = fileURLToPath(new URL("../../cache/instrument_main.js", import.meta.url));

/**
 * Instruments a module as coverage runs of this engine do, for the main thread and for workers, unless it is cached.
 *
 * @throws {Failure} it cannot be read or instrumented
 */
export function addModule(cache: ModuleCache, path: string, hits: boolean): void {
  const binary = readFileOrStdin(path);
  const sha256 = sha256Hex(binary);
  for (const storage of new Set([storageFor(false), storageFor(true)])) {
    const made = instrumentApart(cache, { binary, sha256, options: countingFor({ hits }, storage).options }, PROGRAM);
    if (made.binary === undefined) throw new Failure(`${path}: ${made.notes[0] ?? "it is no WebAssembly module"}`);
    for (const note of made.notes) say(`wasm-kcov: ${visible(path)}: ${note}`);
  }
}
