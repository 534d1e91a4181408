/** The modules that are instrumented, and how. */

import { readdirSync, readFileSync } from "node:fs";
import type { InstrumentOptions } from "../../src/instrument/index.ts";
import { randomModule } from "../support/random_wat.ts";
import { wat } from "../support/wat.ts";

/** A module, and options to instrument it with. `calls` is for `instrumentCalls`. */
export interface Pair {
  readonly name: string;
  readonly module: Uint8Array;
  readonly options: InstrumentOptions;
  readonly calls?: boolean;
}

const ALL_TRACES = ["pc", "cmp", "switch", "div", "indirect-calls", "loads", "stores", "stack-depth"] as const;

/** Each set of options changes what the pass does somewhere; none of them is the default of another. */
const OPTIONS: Readonly<Record<string, InstrumentOptions>> = {
  pc: { link: "fused" },
  "pc import": { link: "import", prune: false },
  "pc size": { link: "fused", optimize: "size", level: "bb", pcBase: 0x1000 },
  "all traces": { link: "fused", trace: [...ALL_TRACES], selects: true },
  "all traces import": { link: "import", trace: [...ALL_TRACES, "counters"], selects: true },
  cmp: { link: "fused", trace: ["cmp"], functions: { exclude: ["func[1?]"] } },
  "8bit": { link: "fused", trace: ["counters"], state: "memory" },
  "64bit": { link: "fused", trace: ["counters"], counters: "64bit" },
  "64bit import": { link: "import", trace: ["counters"], counters: "64bit" },
  "flags, implied": {
    link: "fused",
    trace: ["counters"],
    counters: "flag",
    prune: "implied",
    counterStorage: "memory",
  },
  standalone: { link: "standalone" },
  globals: { link: "import", trace: ["pc", "counters"], state: "globals", level: "func" },
  sanitize: { link: "fused", sanitize: "memory" },
  "sanitize import": {
    link: "import",
    trace: ["counters"],
    sanitize: { stack: false, recover: true },
    state: "memory",
  },
};

/** Modules of packages, and which options. Between them they have each set at least twice. */
const PACKAGES: Readonly<Record<string, readonly (keyof typeof OPTIONS)[]>> = {
  "sql.js/dist/sql-wasm.wasm": ["pc", "all traces", "8bit", "64bit", "64bit import", "sanitize"],
  "brotli-wasm/pkg.node/brotli_wasm_bg.wasm": ["pc import", "all traces import", "64bit", "sanitize import"],
  "web-tree-sitter/debug/web-tree-sitter.wasm": ["pc size", "cmp", "flags, implied", "sanitize", "globals"],
  "@one-ini/wasm/one_ini_bg.wasm": ["standalone", "all traces", "8bit", "64bit import", "sanitize import"],
  "source-map/lib/mappings.wasm": ["cmp", "all traces import", "flags, implied", "pc import", "globals"],
  "xxhash-wasm/workerd/xxhash.wasm": ["pc size", "standalone", "pc"],
};

/** The modules in `test/golden` are one pair each by their names; these sets of options are for all of them together. */
const SMALL: readonly (keyof typeof OPTIONS)[] = ["pc", "all traces", "all traces import", "64bit", "8bit"];

const RANDOM_MODULES = 40;

/** Reads and assembles all of them. */
export function allPairs(): Pair[] {
  const root = new URL("../../node_modules/", import.meta.url);
  const packages = Object.entries(PACKAGES).flatMap(([path, sets]) => {
    const module = readFileSync(new URL(path, root));
    return [
      ...sets.map((set) => pair(path, module, set)),
      { name: `${path}: calls`, module, options: {}, calls: true },
    ];
  });
  const small = [...goldenModules(), ...randomModules()];
  return [...packages, ...small.flatMap(([name, module]) => SMALL.map((set) => pair(name, module, set)))];
}

function pair(name: string, module: Uint8Array, set: string): Pair {
  return { name: `${name}: ${set}`, module, options: OPTIONS[set] ?? {} };
}

function goldenModules(): [string, Uint8Array][] {
  const directory = new URL("../golden/instrument/", import.meta.url);
  return readdirSync(directory)
    .filter((file) => file.endsWith(".wat") && !file.endsWith(".expected.wat"))
    .map((file) => [file, wat(readFileSync(new URL(file, directory), "utf8"), true)]);
}

function randomModules(): [string, Uint8Array][] {
  return Array.from({ length: RANDOM_MODULES }, (_, seed) => [`random ${seed}`, wat(randomModule(seed))]);
}
