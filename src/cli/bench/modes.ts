/** The modes of a program that are compared. */

import type { InstrumentOptions } from "../../instrument/index.ts";
import type { TraceMode } from "../tracing/module_pass.ts";

export interface Mode {
  readonly name: ModeName;
  /** How modules are instrumented; undefined if they are not. */
  readonly instrument?: Pick<
    InstrumentOptions,
    "trace" | "link" | "counters" | "counterStorage" | "idle" | "sanitize" | "prune"
  >;
  /** Engine flags that the mode needs; not every version has them. */
  readonly flags?: readonly string[];
  /** What is recorded; undefined if the device is off. */
  readonly record?: TraceMode;
  /** Description for the help. */
  readonly meaning: string;
}

// biome-ignore format: a list
export const MODE_NAMES = [
  "original", "import", "fused-off", "idle", "fused", "calls-return", "counters", "counts", "hits", "standalone", "v8",
  "cmp", "sanitize", "fuzz",
] as const;
export type ModeName = (typeof MODE_NAMES)[number];

/** Options for counters in a memory of their own, as `coverage` and `fuzz` have them. */
const COVERAGE = { trace: ["counters"], counterStorage: "memory", link: "fused" } as const;

/** All modes. The others are compared with the first. */
export const MODES: readonly Mode[] = [
  { name: "original", meaning: "not instrumented" },
  { name: "import", instrument: { trace: ["pc"], link: "import" }, record: "pc", meaning: "PCs, imported hooks" },
  { name: "fused-off", instrument: { trace: ["pc"], link: "fused" }, meaning: "hooks inside the module, device off" },
  {
    name: "idle",
    instrument: { trace: ["pc"], link: "fused", idle: "fast" },
    meaning: "the same with copies of functions without hooks",
  },
  {
    name: "fused",
    instrument: { trace: ["pc"], link: "fused" },
    record: "pc",
    meaning: "PCs, hooks inside the module",
  },
  {
    name: "calls-return",
    instrument: { trace: ["pc"], link: "fused", prune: "calls-return" },
    record: "pc",
    meaning: "the same, with sites left out as clang does",
  },
  { name: "counters", instrument: { trace: ["counters"], counterStorage: "memory" }, meaning: "inline 8-bit counters" },
  { name: "counts", instrument: { ...COVERAGE, counters: "64bit" }, meaning: "exact counts, as for coverage" },
  { name: "hits", instrument: { ...COVERAGE, counters: "flag" }, meaning: "flags, as for coverage --hits" },
  {
    name: "standalone",
    instrument: { trace: ["counters"], link: "standalone" },
    meaning: "exact counts in the module itself, for any engine",
  },
  { name: "v8", flags: ["--wasm-code-coverage"], meaning: "V8's own coverage, which Node.js 26 has" },
  { name: "cmp", instrument: { trace: ["cmp"] }, record: "cmp", meaning: "comparisons" },
  {
    name: "sanitize",
    instrument: { trace: [], sanitize: "memory" },
    meaning: "accesses to memory are checked, nothing is traced",
  },
  {
    name: "fuzz",
    instrument: { trace: ["counters"], counterStorage: "memory", sanitize: "memory" },
    meaning: "the same with 8-bit counters, as fuzz --sanitize",
  },
];

export function modeOf(name: ModeName): Mode {
  const mode = MODES.find((each) => each.name === name);
  if (mode === undefined) throw new RangeError(`there is no mode ${name}`);
  return mode;
}
