/** Runs modules with exact counters. */

import { createHash } from "node:crypto";
import type { ModuleProfile } from "../../src/coverage/profile/profile.ts";
import { deriveCounts } from "../../src/instrument/derive_counts.ts";
import { instrument } from "../../src/instrument/index.ts";
import type { InstrumentOptions } from "../../src/instrument/options.ts";
import { CounterStore } from "../../src/runtime/counter_store.ts";

/**
 * What a run of a module counted.
 *
 * @param run told the instance
 * @param options what to instrument it with besides
 */
export function countRun(
  original: Uint8Array<ArrayBuffer>,
  run: (exports: Record<string, (...args: number[]) => number>) => void,
  { options = {}, imports = {}, ...given }: CountOptions = {},
): ModuleProfile {
  const counters = { trace: ["counters"], counters: "64bit", counterStorage: "memory" } as const;
  const { binary, pcTable } = instrument(original, { ...counters, ...options });
  const store = new CounterStore();
  const instance = new WebAssembly.Instance(new WebAssembly.Module(binary), { ...imports, ...store.imports });
  run(instance.exports as Record<string, (...args: number[]) => number>);
  const [counted] = store.modules;
  if (!counted) throw new Error("the module has no counters");
  return {
    sha256: createHash("sha256").update(original).digest("hex"),
    name: "module.wasm",
    locations: [],
    scripts: [],
    bytes: original.length,
    kind: "counts",
    pcTable,
    counts: deriveCounts(pcTable, counted.read()),
    original: async () => original,
    ...given,
  };
}

interface CountOptions extends Partial<Pick<ModuleProfile, "name" | "locations">> {
  readonly options?: InstrumentOptions;
  readonly imports?: WebAssembly.Imports;
}
