/** `wasm-kcov corpus coverage`. */

import { statSync } from "node:fs";
import { chooseInputs, type Reach } from "../../fuzz/builtin/merge.ts";
import { collect } from "../../fuzz/builtin/node/collect.ts";
import { isDirectory, listFiles } from "../../fuzz/builtin/node/files.ts";
import type { ModuleMap } from "../../fuzz/builtin/node/job.ts";
import { EXIT_INTERRUPTED } from "../../fuzz/builtin/node/supervise.ts";
import { visibleJson } from "../../text.ts";
import type { CorpusReportFlags } from "../coverage/flags.ts";
import { Failure } from "../failure.ts";
import { say, writeOutput } from "../io.ts";
import { formatCount, formatShare, formatTable } from "../table.ts";
import { listenForInterrupts } from "./interrupts.ts";
import type { FuzzRequest } from "./plan.ts";
import { planFor } from "./plan.ts";
import { openScreen } from "./screen.ts";

/** How coverage of a corpus is shown. */
export interface CorpusCoverageFlags extends CorpusReportFlags {
  json?: boolean;
  edges?: boolean;
}

/** Number of features per counter. */
const BUCKETS = 8;

/** How much of one function inputs reach. */
interface FunctionReach {
  readonly module: string;
  readonly name: string;
  readonly edges: number;
  readonly reached: number;
  /** Number of inputs that reach any of it. */
  readonly inputs: number;
}

/** @returns the exit code */
export async function showCoverage(request: FuzzRequest, flags: CorpusCoverageFlags): Promise<number> {
  const { json = false, edges: listsEdges = false, reporter } = flags;
  const { paths } = request.engine;
  for (const path of paths) if (!isDirectory(path)) throw new Failure(`${path} is not a directory`);
  const files = listFiles(paths, (path, reason) => say(`wasm-kcov: ${path} is left out: ${reason}`));
  if (files.length === 0) throw new Failure(`there are no inputs in ${paths.join(", ")}`);
  const plan = planFor(request, "collect", []);
  const capacityBytes = files.reduce((most, path) => Math.max(most, statSync(path).size), plan.capacityBytes);
  const screen = openScreen(false, 2);
  const { reaches, failed, modules, interrupted } = await collect(
    { ...plan, capacityBytes },
    files,
    screen,
    listenForInterrupts(),
  );
  if (interrupted) return EXIT_INTERRUPTED;
  if (modules === undefined) throw new Failure("the target failed on the last of the inputs, and says nothing more");
  if (reporter !== undefined) {
    const { reportCorpus } = await import("./corpus_report.ts");
    await reportCorpus(request.target, modules, edgesOf(reaches.flatMap(({ features }) => [...features])), flags);
    for (const path of failed) say(`wasm-kcov: the target failed on ${path}`);
    return 0;
  }
  const functions = functionsOf(modules, reaches);
  if (json)
    writeOutput(
      "-",
      `${visibleJson(JSON.stringify(toJson(modules, functions, reaches, failed, listsEdges), null, 2))}\n`,
    );
  else writeOutput("-", toText(functions, reaches));
  for (const path of failed) say(`wasm-kcov: the target failed on ${path}`);
  return 0;
}

/** Positions of edges, numbered consecutively through all modules. */
function edgesOf(features: Iterable<number>): Set<number> {
  const edges = new Set<number>();
  for (const feature of features) edges.add(Math.floor(feature / BUCKETS));
  return edges;
}

function functionsOf(modules: readonly ModuleMap[], reaches: readonly Reach[]): FunctionReach[] {
  const inputsOfEdge = new Map<number, Set<number>>();
  for (const [input, { features }] of reaches.entries()) {
    for (const edge of edgesOf(features)) {
      const inputs = inputsOfEdge.get(edge) ?? new Set();
      inputsOfEdge.set(edge, inputs.add(input));
    }
  }
  const functions = new Map<
    string,
    { module: string; name: string; edges: number; reached: number; by: Set<number> }
  >();
  let edge = 0;
  for (const [index, module] of modules.entries()) {
    for (const name of module.functions) {
      const key = `${index} ${name}`;
      const entry = functions.get(key) ?? { module: module.name, name, edges: 0, reached: 0, by: new Set<number>() };
      functions.set(key, entry);
      entry.edges++;
      const inputs = inputsOfEdge.get(edge++);
      if (inputs === undefined) continue;
      entry.reached++;
      for (const input of inputs) entry.by.add(input);
    }
  }
  return [...functions.values()]
    .map(({ by, ...rest }) => ({ ...rest, inputs: by.size }))
    .sort((a, b) => b.reached - a.reached);
}

function toText(functions: readonly FunctionReach[], reaches: readonly Reach[]): string {
  const reached = functions.filter((each) => each.reached > 0);
  const functionRows = reached.map(({ name, edges, reached: hit, inputs }) => [
    `${formatCount(hit)}/${formatCount(edges)}`,
    formatShare(hit, edges),
    formatCount(inputs),
    name,
  ]);
  const inputRows = reaches.map((reach) => [
    formatCount(edgesOf(reach.features).size),
    formatCount(reach.features.length),
    formatCount(reach.bytes),
    reach.path,
  ]);
  const all = functions.reduce((sum, { edges }) => sum + edges, 0);
  const hit = functions.reduce((sum, each) => sum + each.reached, 0);
  return [
    formatTable([["edges", "", "inputs", "function"], ...functionRows], "rrrl"),
    "\n",
    formatTable([["edges", "features", "bytes", "input"], ...inputRows], "rrrl"),
    "\n",
    `${formatCount(reached.length)} of ${formatCount(functions.length)} functions, `,
    `${formatCount(hit)} of ${formatCount(all)} edges (${formatShare(hit, all)}), ${formatCount(reaches.length)} inputs; `,
    `${formatCount(chooseInputs([], reaches).chosen.length)} would do\n`,
  ].join("");
}

function toJson(
  modules: readonly ModuleMap[],
  functions: readonly FunctionReach[],
  reaches: readonly Reach[],
  failed: readonly string[],
  listsEdges: boolean,
): unknown {
  const pcs = modules.flatMap(({ name, pcs: each }) =>
    Array.from(each, (pc) => ({ module: name, offset: Number(pc) })),
  );
  const inputs = reaches.map(({ path, bytes, features }) => {
    const edges = edgesOf(features);
    const offsets = listsEdges ? { reached: [...edges].map((edge) => pcs[edge]) } : {};
    return { path, bytes, edges: edges.size, features: features.length, ...offsets };
  });
  const all = edgesOf(reaches.flatMap(({ features }) => [...features]));
  return { edges: { all: pcs.length, reached: all.size }, functions, inputs, failed };
}
