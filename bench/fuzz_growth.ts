/**
 * What feedback is worth: edges that the engine reaches from an empty corpus, against the same mutations of the same first
 * input without any feedback, in as many executions.
 *
 *     node bench/fuzz_growth.ts [--json] [--runs N] [--seeds N] [TARGET]
 */

import { execFileSync } from "node:child_process";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { drive } from "../src/fuzz/builtin/drive.ts";
import { Features } from "../src/fuzz/builtin/features.ts";
import { Fuzzer } from "../src/fuzz/builtin/fuzzer.ts";
import { DEFAULT_FUZZER_OPTIONS, type FuzzerHost, type FuzzerOptions } from "../src/fuzz/builtin/fuzzer_host.ts";
import { Mutator } from "../src/fuzz/builtin/mutate.ts";
import { Random } from "../src/fuzz/builtin/random.ts";
import { openTarget } from "../src/fuzz/index.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: "boolean", default: false },
    runs: { type: "string", default: "100000" },
    seeds: { type: "string", default: "3" },
    side: { type: "string" },
    seed: { type: "string", default: "1" },
  },
});

interface Figures {
  edges: number;
  features: number;
  crashes: number;
  /** Executions a second of processor time of this process. */
  pace: number;
}

type Side = (path: string, seed: number, runs: number) => Promise<Figures>;

const { maxLength: MAX_LENGTH, depth: DEPTH } = DEFAULT_FUZZER_OPTIONS;

const SIDES: Readonly<Record<string, Side>> = {
  engine: (path, seed, maxRuns) => withEngine(path, { seed, maxRuns }),
  "without comparisons": (path, seed, maxRuns) => withEngine(path, { seed, maxRuns, comparisons: false }),
  "without feedback": withoutFeedback,
};

async function withEngine(path: string, options: Partial<FuzzerOptions>): Promise<Figures> {
  using target = await openTarget(path);
  using features = Features.create(target);
  let crashes = 0;
  const host: FuzzerHost = {
    publish: () => {},
    returned: () => {},
    onInput: () => {},
    onProgress: () => {},
    onCrash: () => {
      crashes++;
      return true;
    },
  };
  const all = { ...DEFAULT_FUZZER_OPTIONS, ...options };
  const fuzzer = new Fuzzer(target, features, all, host);
  fuzzer.start([]);
  const pace = await measure(all.maxRuns, () => drive(fuzzer, target));
  return { edges: features.edges, features: features.total, crashes, pace };
}

async function withoutFeedback(path: string, seed: number, runs: number): Promise<Figures> {
  using target = await openTarget(path);
  using features = Features.create(target);
  const random = new Random(seed);
  const mutator = new Mutator(random, {
    ...{ maxLength: MAX_LENGTH, dictionary: [], substitutions: [] },
    ...{ crossOver: true, custom: undefined },
  });
  let crashes = 0;
  const pace = await measure(runs, async () => {
    for (let run = 0, size = 0; run < runs; run++) {
      if (run % DEPTH === 0) {
        mutator.load(Uint8Array.of(10));
        size = 1;
      }
      size = mutator.mutate(size);
      features.clear();
      const outcome = await target.runOne(mutator.state.data.subarray(0, size));
      if (outcome.kind === "crash") crashes++;
      else features.collect(false);
    }
  });
  return { edges: features.edges, features: features.total, crashes, pace };
}

/** A side in a process of its own: a JavaScript module is loaded only once in each. */
function apart(side: string, seed: number): Figures {
  const args = ["--side", side, "--seed", String(seed), "--runs", String(runs), path];
  const text = execFileSync(process.execPath, [fileURLToPath(import.meta.url), ...args], { encoding: "utf8" });
  return JSON.parse(text) as Figures;
}

async function measure(runs: number, run: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage();
  await run();
  return Math.round(runs / (process.cpuUsage(before).user / 1e6));
}

const path = positionals[0] ?? "examples/fuzz_ini.mjs";
const runs = Number(values.runs);
const results: ({ side: string; seed: number } & Figures)[] = [];
if (values.side !== undefined) {
  const figures = await SIDES[values.side]?.(path, Number(values.seed), runs);
  process.stdout.write(JSON.stringify(figures));
  process.exit();
}
for (let seed = 1; seed <= Number(values.seeds); seed++) {
  for (const side of Object.keys(SIDES)) results.push({ side, seed, ...apart(side, seed) });
}
const header = { node: process.version, v8: process.versions.v8, cpu: cpus()[0]?.model, target: path, runs };
if (values.json) process.stdout.write(`${JSON.stringify({ ...header, results }, undefined, 2)}\n`);
else {
  process.stdout.write(
    `${Object.entries(header)
      .map(([name, value]) => `${name} ${value}`)
      .join(", ")}\n`,
  );
  for (const { side, seed, edges, features, crashes, pace } of results) {
    process.stdout.write(
      `${side.padEnd(20)} seed ${seed}  ${String(edges).padStart(6)} edges ${String(features).padStart(6)} features ` +
        `${String(crashes).padStart(6)} crashes ${String(pace).padStart(8)}/s\n`,
    );
  }
}
