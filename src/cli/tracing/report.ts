/** The output of `trace` for people: the coverage by function, the raw PCs, or the comparisons. */

import type { FunctionCoverage, ModuleCoverage } from "../../coverage/trace/function_coverage.ts";
import type { PcSite } from "../../instrument/index.ts";
import { hex, visible } from "../../text.ts";
import { formatCount, formatShare, formatTable } from "../table.ts";
import { type CallsFormat, formatCalls } from "./calls.ts";
import type { TaskCount } from "./counts.ts";
import { coverModules, decodeComparison, readableName } from "./decode.ts";
import type { TracedModule } from "./modules.ts";
import { isFull, type Records, recordsOf, type TraceResult } from "./records.ts";
import { formatJson } from "./report_json.ts";

export interface ReportOptions {
  json: boolean;
  /** Print the PCs in the order in which they were recorded, instead of the summary. */
  pcs: boolean;
  /** List what did not execute, instead of what did. */
  unreached: boolean;
  /** List all functions, not just the first {@link LISTED_FUNCTIONS}. */
  all: boolean;
  /** How calls are written, in mode "calls". */
  callsFormat: CallsFormat;
}

/** Note in totals. */
const INCOMPLETE = "(incomplete: the trace area was full)";
/** How many functions the summary lists by default. */
const LISTED_FUNCTIONS = 30;
/** Lines are joined in blocks of this many, so that a long trace does not build one string of a gigabyte. */
const BLOCK_LINES = 4096;

/** @returns blocks of text, to be written one after the other */
export function* formatReport(result: TraceResult, options: ReportOptions): Generator<string, void, void> {
  if (result.mode === "calls") yield* formatCalls(result, options.callsFormat);
  else if (options.json) yield* formatJson(result, options);
  else if (result.mode === "cmp") yield* inBlocks(comparisonLines(result));
  else if (options.pcs) yield* inBlocks(pcLines(result));
  else yield* formatSummary(result, options);
}

function* formatSummary(result: TraceResult, options: ReportOptions): Generator<string, void, void> {
  const { coverages, unknown } = coverModules(result);
  const { tasks } = result;
  const blocks = result.modules.flatMap((module, index) => {
    const coverage = coverages[index];
    // Modules without functions are those by which programs probe which features the engine supports.
    if (coverage === undefined || module.table.functions.length === 0) return [];
    return formatModule(titleOf(module, result.modules), module, coverage, tasks, options);
  });
  yield blocks.join("\n");
  if (unknown > 0) yield `\n${formatCount(unknown)} events of modules that are not known here\n`;
  if (tasks.length > 1) yield `\n${tasks.length} tasks (${tasks.map(taskTotal).join(", ")})\n`;
}

/** A module's name, with the beginning of its hash if another module has the same name. */
function titleOf({ name, table }: TracedModule, modules: readonly TracedModule[]): string {
  const isShared = modules.filter((other) => other.name === name).length > 1;
  return visible(name) + (isShared ? ` (${table.original.sha256.slice(0, 8)})` : "");
}

function formatModule(
  title: string,
  module: TracedModule,
  coverage: ModuleCoverage,
  tasks: TraceResult["tasks"],
  options: ReportOptions,
): string {
  const describe = describer(module);
  const table = options.unreached
    ? unreachedTable(coverage, describe, options)
    : reachedTable(coverage, describe, options);
  return `${title}: ${formatCount(module.bytes)} bytes\n\n${table}\n${totals(coverage, tasks)}\n`;
}

function reachedTable({ functions }: ModuleCoverage, describe: Describe, { all }: ReportOptions): string {
  const ran = functions.filter(({ hit }) => hit > 0).sort((a, b) => b.events - a.events || a.index - b.index);
  const rows = (all ? ran : ran.slice(0, LISTED_FUNCTIONS)).map((row) => [
    formatCount(row.events),
    formatCount(row.calls),
    `${row.hit}/${row.sites}`,
    formatShare(row.hit, row.sites),
    describe(row),
  ]);
  return formatTable([["events", "calls", "sites", "", "function"], ...rows], "rrrrl") + more(ran.length - rows.length);
}

/** Functions with sites that did not execute: those that never ran come first, and the largest of them at the top. */
function unreachedTable({ functions }: ModuleCoverage, describe: Describe, { all }: ReportOptions): string {
  const missed = functions
    .filter(({ hit, sites }) => hit < sites)
    .sort((a, b) => Math.sign(a.hit) - Math.sign(b.hit) || b.sites - b.hit - (a.sites - a.hit) || a.index - b.index);
  const rows = (all ? missed : missed.slice(0, LISTED_FUNCTIONS)).map((row) => [
    formatCount(row.sites - row.hit),
    formatCount(row.sites),
    row.hit === 0 ? "never ran" : "in part",
    describe(row),
  ]);
  return formatTable([["not reached", "of", "", "function"], ...rows], "rrll") + more(missed.length - rows.length);
}

/** Describes a function in a table. */
type Describe = (func: FunctionCoverage) => string;

/** Describes a function by its name, and by its line if that is known. */
function describer(module: TracedModule): Describe {
  const { table, lineOf } = module;
  const bodies = new Map(table.functions.map(({ index, body }) => [index, body]));
  return ({ index }) => {
    const name = readableName(module, index);
    const body = bodies.get(index);
    const line = body && lineOf(...body);
    return line === undefined ? name : `${name}  ${line}`;
  };
}

function more(count: number): string {
  return count > 0 ? `… and ${formatCount(count)} more functions (--all)\n` : "";
}

function totals({ functions, hit, sites, events }: ModuleCoverage, tasks: TraceResult["tasks"]): string {
  const part = (what: string, some: number, all: number): string =>
    `${formatCount(some)} of ${formatCount(all)} ${what} (${formatShare(some, all)})`;
  const ran = functions.filter((each) => each.hit > 0).length;
  const incomplete = tasks.some(isFull) ? ` ${INCOMPLETE}` : "";
  return `${part("functions", ran, functions.length)}, ${part("sites", hit, sites)}, ${formatCount(events)} events${incomplete}`;
}

function taskTotal({ task, count }: Records | TaskCount): string {
  return `${task}: ${formatCount(count)} events`;
}

function* pcLines(result: TraceResult): Generator<string, void, void> {
  const lookup = new SiteLookup(result.modules);
  const tasks = recordsOf(result);
  for (const records of tasks) {
    const task = taskColumn(records, tasks);
    for (const pc of records.data) {
      const site = lookup.get(pc);
      yield task + (site === undefined ? hex(pc) : `${hex(pc)}  ${site.kind.padEnd(9)}  ${site.where}`);
    }
    if (records.dropped) yield `${task}${formatCount(records.count)} events ${INCOMPLETE}`;
  }
}

function* comparisonLines(result: TraceResult): Generator<string, void, void> {
  const lookup = new SiteLookup(result.modules);
  const tasks = recordsOf(result);
  for (const records of tasks) {
    const task = taskColumn(records, tasks);
    for (let index = 0; index < records.count; index++) {
      const { size, isConst, arg1, arg2, pc } = decodeComparison(records.get(index));
      const operands = `${hex(arg1, 2 * size)} ${hex(arg2, 2 * size)}`;
      const where = lookup.get(pc)?.where ?? "";
      yield `${task}${hex(pc)}  ${isConst ? "const_cmp" : "cmp"}${size}  ${operands}  ${where}`.trimEnd();
    }
    if (records.dropped) yield `${task}${formatCount(records.count)} comparisons ${INCOMPLETE}`;
  }
}

/** The task, for the beginning of each line, if there are several. */
function taskColumn({ task }: Records, tasks: readonly Records[]): string {
  return tasks.length > 1 ? `[${task}] ` : "";
}

/** Finds the site of a PC, and its function's name. */
class SiteLookup {
  /** Sites by pc. The line of a site is looked up when its first record is printed. */
  readonly #sites = new Map<
    bigint,
    { kind: PcSite["kind"]; where: string; line: (() => string | undefined) | undefined }
  >();

  constructor(modules: readonly TracedModule[]) {
    for (const module of modules) {
      const prefix = modules.length > 1 ? `${titleOf(module, modules)}:` : "";
      for (const site of module.table.sites) {
        const where = prefix + readableName(module, site.function);
        const line = (): string | undefined => lineOfSite(module, site);
        this.#sites.set(site.pc, { kind: site.kind, where, line });
      }
    }
  }

  get(pc: bigint): { kind: PcSite["kind"]; where: string } | undefined {
    const found = this.#sites.get(pc);
    if (found?.line !== undefined) {
      const line = found.line();
      found.where = visible(line === undefined ? found.where : `${found.where}  ${line}`);
      found.line = undefined;
    }
    return found;
  }
}

function lineOfSite({ lineOf }: TracedModule, { pc, block }: PcSite): string | undefined {
  return lineOf(Number(BigInt.asUintN(32, pc))) ?? lineOf(...block);
}

function* inBlocks(lines: Iterable<string>): Generator<string, void, void> {
  let block: string[] = [];
  for (const line of lines) {
    block.push(line);
    if (block.length < BLOCK_LINES) continue;
    yield `${block.join("\n")}\n`;
    block = [];
  }
  if (block.length > 0) yield `${block.join("\n")}\n`;
}
