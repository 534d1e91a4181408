/** What the first run with a module goes into. Each part is taken alone, in this process or in one like that of a run. */

import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { MODULE_HEADER } from "../../src/binary_format.ts";
import { type CachedModule, decodeEntry } from "../../src/cache/entry.ts";
import { argumentsFor, type InstrumentRequest } from "../../src/cache/instrument_apart.ts";
import { ModuleCache } from "../../src/cache/module_cache.ts";
import { median } from "../../src/cli/bench/statistics.ts";
import { keepModules } from "./sides.ts";

const INSTRUMENT = fileURLToPath(new URL("../../dist/cache/instrument_main.js", import.meta.url));
const ROUNDS = 3;
/** A module with nothing in it: the process that instruments starts, and loads all that it needs. */
const EMPTY = Uint8Array.from(MODULE_HEADER);

/** A line for each module of a package. */
export function partsOf(name: string, node: string, directory: string): string {
  const modules = join(directory, "modules");
  rmSync(modules, { recursive: true, force: true });
  mkdirSync(modules);
  keepModules(name, node, modules);
  const paths = readdirSync(modules).filter((file) => file.endsWith(".wasm"));
  return paths
    .map((file) => describe(name, new Uint8Array(readFileSync(join(modules, file))), node, directory))
    .join("");
}

function describe(name: string, binary: Uint8Array<ArrayBuffer>, node: string, directory: string): string {
  const cache = new ModuleCache(join(directory, "parts"));
  const loading = medianOf(() => instrument(EMPTY, node, cache));
  const all = medianOf(() => instrument(binary, node, cache));
  const made = instrument(binary, node, cache);
  const parts: Record<string, number> = {
    "start and load": loading,
    "read, walk, write": all - loading,
    // Once: V8 keeps what it has compiled.
    "compile the original": timeOf(() => new WebAssembly.Module(binary)),
    "compile the result": timeOf(() => new WebAssembly.Module(made.binary ?? EMPTY)),
    "cache: write": medianOf(() => cache.keep("key", made)),
    "cache: look up": medianOf(() => cache.find("key")),
  };
  const texts = Object.entries(parts).map(([part, milliseconds]) => `${part} ${milliseconds.toFixed(1)}`);
  return `${name}, ${binary.length} bytes: ${texts.join(", ")} ms\n`;
}

function medianOf(act: () => unknown): number {
  return median(Array.from({ length: ROUNDS }, () => timeOf(act)));
}

/** @returns milliseconds */
function timeOf(act: () => unknown): number {
  const begin = performance.now();
  act();
  return performance.now() - begin;
}

/** As a run of coverage has it made. */
function instrument(binary: Uint8Array, node: string, { directory }: ModuleCache): CachedModule {
  const options = { trace: ["counters"], counters: "64bit", counterStorage: "memory" } as const;
  const request: InstrumentRequest = { options, key: "made", directory };
  const { stdout } = spawnSync(node, argumentsFor(request, INSTRUMENT), {
    input: binary,
    maxBuffer: Number.POSITIVE_INFINITY,
  });
  return decodeEntry(new Uint8Array(stdout)) ?? { binary: undefined, notes: [] };
}
