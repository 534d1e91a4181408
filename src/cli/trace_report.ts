/** What `trace` prints: the coverage by function, the raw PCs, or the comparisons; as text or as JSON. */

import { KCOV_CMP_CONST, KCOV_CMP_MASK } from "../abi/kcov.ts";
import type { PcSite } from "../instrument/index.ts";
import { coverModule, type ModuleCoverage, PcCounts } from "../report/coverage.ts";
import { formatCount, formatShare, formatTable } from "./table.ts";
import type { Records, TracedModule, TraceSession } from "./trace_session.ts";

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
  if (options.json) yield* formatJson(session, options);
  else if (session.mode === "cmp") yield* inBlocks(comparisonLines(session));
  else if (options.pcs) yield* inBlocks(pcLines(session));
  else yield* formatSummary(session, options);
}

function* formatSummary(session: TraceSession, options: ReportOptions): Generator<string, void, void> {
  const coverages = coverModules(session);
  for (const [index, module] of session.modules.entries()) {
    const coverage = coverages[index];
    if (coverage === undefined) continue;
    const ran = coverage.functions
      .filter(({ hit }) => hit > 0)
      .sort((a, b) => b.events - a.events || a.index - b.index);
    const listed = options.all ? ran : ran.slice(0, LISTED_FUNCTIONS);
    const rows = listed.map((row) => [
      formatCount(row.events),
      formatCount(row.calls),
      `${row.hit}/${row.sites}`,
      formatShare(row.hit, row.sites),
      row.name,
    ]);
    yield `${module.name}: ${formatCount(module.bytes)} bytes\n\n`;
    yield formatTable([["events", "calls", "sites", "", "function"], ...rows], "rrrrl");
    if (ran.length > listed.length) yield `… and ${formatCount(ran.length - listed.length)} more functions (--all)\n`;
    yield `\n${totals(coverage, ran.length)}\n`;
    if (index < session.modules.length - 1) yield "\n";
  }
}

function totals(coverage: ModuleCoverage, ran: number): string {
  const part = (what: string, some: number, all: number): string =>
    `${formatCount(some)} of ${formatCount(all)} ${what} (${formatShare(some, all)})`;
  const functions = part("functions", ran, coverage.functions.length);
  return `${functions}, ${part("sites", coverage.hit, coverage.sites)}, ${formatCount(coverage.events)} events`;
}

function* pcLines(session: TraceSession): Generator<string, void, void> {
  const lookup = new SiteLookup(session.modules);
  const records = session.records();
  for (const pc of records.data) {
    const site = lookup.get(pc);
    yield site === undefined ? hex(pc) : `${hex(pc)}  ${site.kind.padEnd(6)}  ${site.where}`;
  }
}

function* comparisonLines(session: TraceSession): Generator<string, void, void> {
  const lookup = new SiteLookup(session.modules);
  const records = session.records();
  for (let index = 0; index < records.count; index++) {
    const { size, isConst, arg1, arg2, pc } = decode(records.get(index));
    const operands = `${hex(arg1, 2 * size)} ${hex(arg2, 2 * size)}`;
    yield `${hex(pc)}  ${isConst ? "const_cmp" : "cmp"}${size}  ${operands}  ${lookup.get(pc)?.where ?? ""}`.trimEnd();
  }
}

function* formatJson(session: TraceSession, options: ReportOptions): Generator<string, void, void> {
  const coverages = session.mode === "pc" ? coverModules(session) : [];
  const records = session.records();
  const modules = session.modules.map(({ name, bytes }, index) => ({ name, bytes, ...coverages[index] }));
  const head = { mode: session.mode, records: records.count, dropped: records.dropped, modules };
  const text = JSON.stringify(head, null, 2);
  if (session.mode === "cmp") yield* withArray(text, "comparisons", comparisonEntries(session.records()));
  else if (options.pcs) yield* withArray(text, "pcs", pcEntries(session.records()));
  else yield `${text}\n`;
}

/** Adds an array, entry by entry, to the text of a JSON object: it may be too long to be one string. */
function* withArray(object: string, name: string, entries: Iterable<string>): Generator<string, void, void> {
  yield `${object.slice(0, -2)},\n  ${JSON.stringify(name)}: [`;
  let separator = "\n    ";
  for (const entry of entries) {
    yield separator + entry;
    separator = ",\n    ";
  }
  yield "\n  ]\n}\n";
}

function* pcEntries(records: Records): Generator<string, void, void> {
  for (const pc of records.data) yield `"${hex(pc)}"`;
}

function* comparisonEntries(records: Records): Generator<string, void, void> {
  for (let index = 0; index < records.count; index++) {
    const { size, isConst, arg1, arg2, pc } = decode(records.get(index));
    yield JSON.stringify({ pc: hex(pc), size, const: isConst, arg1: hex(arg1), arg2: hex(arg2) });
  }
}

/** Finds the site of a PC, and its function's name. */
class SiteLookup {
  readonly #sites = new Map<bigint, PcSite & { where: string }>();

  constructor(modules: readonly TracedModule[]) {
    for (const module of modules) {
      const prefix = modules.length > 1 ? `${module.name}:` : "";
      for (const site of module.table.sites) {
        this.#sites.set(site.pc, { ...site, where: prefix + functionName(module, site.function) });
      }
    }
  }

  get(pc: bigint): (PcSite & { where: string }) | undefined {
    return this.#sites.get(pc);
  }
}

function coverModules(session: TraceSession): ModuleCoverage[] {
  const counts = new PcCounts(session.modules.map(({ bytes }) => bytes));
  const records = session.records();
  counts.add(records.data, records.count);
  return session.modules.map((module, index) =>
    coverModule(index, module.table, counts, (functionIndex) => functionName(module, functionIndex)),
  );
}

/** Name of a function of the original; one without a name is called as in WebAssembly's text format. */
export function functionName(module: Pick<TracedModule, "info">, index: number): string {
  return module.info.functionNames.get(index) ?? `func[${index}]`;
}

function decode(record: BigUint64Array<ArrayBufferLike>): {
  size: number;
  isConst: boolean;
  arg1: bigint;
  arg2: bigint;
  pc: bigint;
} {
  const [type = 0n, arg1 = 0n, arg2 = 0n, pc = 0n] = record;
  return {
    size: 1 << ((Number(type) & KCOV_CMP_MASK) >> 1),
    isConst: (Number(type) & KCOV_CMP_CONST) !== 0,
    arg1,
    arg2,
    pc,
  };
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

/** @param digits at least this many */
function hex(value: bigint, digits = 6): string {
  return `0x${value.toString(16).padStart(digits, "0")}`;
}
