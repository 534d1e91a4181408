/** What `trace` prints for people: the coverage by function, the raw PCs, or the comparisons. */

import type { PcSite } from "../../instrument/index.ts";
import type { ModuleCoverage } from "../../report/coverage.ts";
import { visible } from "../../text.ts";
import { formatCount, formatShare, formatTable } from "../table.ts";
import { coverModules, decodeComparison, functionName, hex, mergeModules } from "./decode.ts";
import type { TracedModule } from "./modules.ts";
import type { Records } from "./records.ts";
import { formatJson } from "./report_json.ts";
import type { TraceSession } from "./session.ts";

export interface ReportOptions {
  json: boolean;
  /** The PCs in the order in which they were recorded, instead of the summary. */
  pcs: boolean;
  /** All functions that ran, not just those with the most events. */
  all: boolean;
}

/** Functions that the summary lists unless all are asked for. */
const LISTED_FUNCTIONS = 30;
/** Lines are joined in blocks of this many, so that a long trace does not build one string of a gigabyte. */
const BLOCK_LINES = 4096;

/** @returns blocks of text, to be written one after the other */
export function* formatReport(session: TraceSession, options: ReportOptions): Generator<string, void, void> {
  const tasks = session.records();
  if (options.json) yield* formatJson(session, tasks, options);
  else if (session.mode === "cmp") yield* inBlocks(comparisonLines(session, tasks));
  else if (options.pcs) yield* inBlocks(pcLines(session, tasks));
  else yield* formatSummary(session, tasks, options);
}

function* formatSummary(
  session: TraceSession,
  tasks: Records[],
  options: ReportOptions,
): Generator<string, void, void> {
  // Without functions are the modules with which programs find out what the engine can do.
  const modules = mergeModules(session.modules).filter(({ table }) => table.functions.length > 0);
  const { coverages, unknown } = coverModules(session.modules, modules, tasks);
  for (const [index, module] of modules.entries()) {
    const coverage = coverages[index];
    if (coverage !== undefined)
      yield formatModule(module, coverage, options) + (index < modules.length - 1 ? "\n" : "");
  }
  if (unknown > 0) yield `\n${formatCount(unknown)} events of modules that are not known here\n`;
  if (tasks.length > 1) yield `\n${tasks.length} tasks (${tasks.map(taskTotal).join(", ")})\n`;
}

function formatModule(module: TracedModule, coverage: ModuleCoverage, options: ReportOptions): string {
  const ran = coverage.functions.filter(({ hit }) => hit > 0).sort((a, b) => b.events - a.events || a.index - b.index);
  const listed = options.all ? ran : ran.slice(0, LISTED_FUNCTIONS);
  const rows = listed.map((row) => [
    formatCount(row.events),
    formatCount(row.calls),
    `${row.hit}/${row.sites}`,
    formatShare(row.hit, row.sites),
    row.name,
  ]);
  const more =
    ran.length > listed.length ? `… and ${formatCount(ran.length - listed.length)} more functions (--all)\n` : "";
  const table = formatTable([["events", "calls", "sites", "", "function"], ...rows], "rrrrl");
  return `${visible(module.name)}: ${formatCount(module.bytes)} bytes\n\n${table}${more}\n${totals(coverage, ran.length)}\n`;
}

function totals(coverage: ModuleCoverage, ran: number): string {
  const part = (what: string, some: number, all: number): string =>
    `${formatCount(some)} of ${formatCount(all)} ${what} (${formatShare(some, all)})`;
  const functions = part("functions", ran, coverage.functions.length);
  return `${functions}, ${part("sites", coverage.hit, coverage.sites)}, ${formatCount(coverage.events)} events`;
}

function taskTotal({ task, count }: Records): string {
  return `${task}: ${formatCount(count)} events`;
}

function* pcLines(session: TraceSession, tasks: readonly Records[]): Generator<string, void, void> {
  const lookup = new SiteLookup(session.modules);
  for (const records of tasks) {
    const task = taskColumn(records, tasks);
    for (const pc of records.data) {
      const site = lookup.get(pc);
      yield task + (site === undefined ? hex(pc) : `${hex(pc)}  ${site.kind.padEnd(9)}  ${site.where}`);
    }
  }
}

function* comparisonLines(session: TraceSession, tasks: readonly Records[]): Generator<string, void, void> {
  const lookup = new SiteLookup(session.modules);
  for (const records of tasks) {
    const task = taskColumn(records, tasks);
    for (let index = 0; index < records.count; index++) {
      const { size, isConst, arg1, arg2, pc } = decodeComparison(records.get(index));
      const operands = `${hex(arg1, 2 * size)} ${hex(arg2, 2 * size)}`;
      const where = lookup.get(pc)?.where ?? "";
      yield `${task}${hex(pc)}  ${isConst ? "const_cmp" : "cmp"}${size}  ${operands}  ${where}`.trimEnd();
    }
  }
}

/** The task in front of each line, when there are several. */
function taskColumn({ task }: Records, tasks: readonly Records[]): string {
  return tasks.length > 1 ? `[${task}] ` : "";
}

/** Finds the site of a PC, and its function's name. */
class SiteLookup {
  readonly #sites = new Map<bigint, { kind: PcSite["kind"]; where: string }>();

  constructor(modules: readonly TracedModule[]) {
    for (const module of modules) {
      const prefix = modules.length > 1 ? `${module.name}:` : "";
      for (const site of module.table.sites) {
        this.#sites.set(site.pc, { kind: site.kind, where: visible(prefix + functionName(module, site.function)) });
      }
    }
  }

  get(pc: bigint): { kind: PcSite["kind"]; where: string } | undefined {
    return this.#sites.get(pc);
  }
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
