/** Runs a WASI command with exact counters. */

import { createHash } from "node:crypto";
import { closeSync, openSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { WASI } from "node:wasi";
import type { ModuleProfile } from "../../src/coverage/profile/profile.ts";
import { deriveCounts } from "../../src/instrument/derive_counts.ts";
import { instrument } from "../../src/instrument/index.ts";
import { CounterStore } from "../../src/runtime/counter_store.ts";

/** @returns what the run counted */
export async function profileOf(path: string, input: string, selects = false): Promise<ModuleProfile> {
  const original = readFileSync(path);
  const { binary, pcTable } = instrument(original, {
    trace: ["counters"],
    counters: "64bit",
    counterStorage: "memory",
    selects,
  });
  const store = new CounterStore();
  const files = [openSync(input, "r"), openSync("/dev/null", "w")] as const;
  const wasi = new WASI({
    version: "preview1",
    args: ["program"],
    stdin: files[0],
    stdout: files[1],
    stderr: files[1],
  });
  try {
    const module = new WebAssembly.Module(binary);
    const imports = { ...wasi.getImportObject(), ...store.imports } as WebAssembly.Imports;
    wasi.start(new WebAssembly.Instance(module, imports));
  } finally {
    for (const file of files) closeSync(file);
  }
  const [counters] = store.modules;
  if (!counters) throw new Error(`${path} has no counters`);
  return {
    sha256: createHash("sha256").update(original).digest("hex"),
    name: basename(path),
    locations: [path],
    scripts: [],
    bytes: original.length,
    kind: "counts",
    pcTable,
    counts: deriveCounts(pcTable, counters.read()),
    original: async () => original,
  };
}
