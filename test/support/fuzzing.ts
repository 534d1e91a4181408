/** The built-in engine on a target, without files and threads. */

import { drive } from "../../src/fuzz/builtin/drive.ts";
import { Features } from "../../src/fuzz/builtin/features.ts";
import { Fuzzer } from "../../src/fuzz/builtin/fuzzer.ts";
import { DEFAULT_FUZZER_OPTIONS, type FuzzerHost, type FuzzerOptions } from "../../src/fuzz/builtin/fuzzer_host.ts";
import type { Crash, FuzzTarget } from "../../src/fuzz/engine.ts";

/** What a run left. */
export interface Fuzzed {
  fuzzer: Fuzzer;
  crashes: { input: Uint8Array; crash: Crash }[];
  /** A line for everything that the engine said. */
  log: string[];
}

/** Fuzzes until the first crash, or the options' end. @param goOn what to do after a crash */
export async function fuzz(
  target: FuzzTarget,
  options: Partial<FuzzerOptions> = {},
  seeds: Uint8Array[] = [],
  goOn: boolean = false,
): Promise<Fuzzed> {
  const features = Features.create(target);
  const crashes: Fuzzed["crashes"] = [];
  const log: string[] = [];
  const host: FuzzerHost = {
    publish: () => {},
    returned: () => {},
    onInput: (kind, entry, mutations, replaced) => {
      log.push([fuzzer.runs, kind, entry.sha1, entry.bytes.length, mutations.join("-"), replaced].join(" "));
    },
    onCrash: (input, crash) => {
      crashes.push({ input, crash });
      log.push(`${fuzzer.runs} crash ${crash.reason}`);
      return goOn;
    },
    onProgress: (kind) => {
      log.push([fuzzer.runs, kind, features.edges, features.total, fuzzer.corpus.entries.length].join(" "));
    },
  };
  const fuzzer = new Fuzzer(target, features, { ...DEFAULT_FUZZER_OPTIONS, maxRuns: 100_000, ...options }, host);
  fuzzer.start(seeds);
  try {
    await drive(fuzzer, target);
  } finally {
    features[Symbol.dispose]();
  }
  return { fuzzer, crashes, log };
}
