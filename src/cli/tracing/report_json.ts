/** The output of `trace --json`, which docs/trace-json.md describes. */

import { hex, visibleJson } from "../../text.ts";
import type { TaskCount } from "./counts.ts";
import { coverModules, decodeComparison } from "./decode.ts";
import { isFull, Records, type TraceResult } from "./records.ts";

/** Incremented when something changes its meaning or is removed. */
const VERSION = 1;

/** @returns pieces of text, because the lists may be too long for one string */
export function* formatJson(result: TraceResult, options: { pcs: boolean }): Generator<string, void, void> {
  const { mode, tasks } = result;
  const { coverages, unknown } = mode === "pc" ? coverModules(result) : { coverages: [], unknown: 0 };
  const modules = result.modules.map(({ name, bytes, table, source }, index) => {
    return { name, ...source, sha256: table.original.sha256, bytes, ...coverages[index] };
  });
  const records = tasks.reduce((sum, { count }) => sum + count, 0);
  const dropped = tasks.some(isFull);
  const head = visibleJson(JSON.stringify({ version: VERSION, mode, records, dropped, unknown, modules }, null, 2));
  yield `${head.slice(0, -"\n}".length)},\n  "tasks": [`;
  for (const [index, task] of tasks.entries()) {
    yield index === 0 ? "\n" : ",\n";
    yield* formatTask(task, result, options);
  }
  yield "\n  ]\n}\n";
}

function* formatTask(
  task: Records | TaskCount,
  { mode }: TraceResult,
  options: { pcs: boolean },
): Generator<string, void, void> {
  yield `    { "task": ${task.task}, "records": ${task.count}, "dropped": ${isFull(task)}`;
  if (task instanceof Records) {
    if (mode === "cmp") yield* formatList("comparisons", comparisonEntries(task));
    else if (options.pcs) yield* formatList("pcs", pcEntries(task));
  }
  yield " }";
}

function* formatList(name: string, entries: Iterable<string>): Generator<string, void, void> {
  yield `, ${JSON.stringify(name)}: [`;
  let separator = "\n      ";
  for (const entry of entries) {
    yield separator + entry;
    separator = ",\n      ";
  }
  yield "\n    ]";
}

function* pcEntries(records: Records): Generator<string, void, void> {
  for (const pc of records.data) yield `"${hex(pc)}"`;
}

function* comparisonEntries(records: Records): Generator<string, void, void> {
  for (let index = 0; index < records.count; index++) {
    const { size, isConst, arg1, arg2, pc } = decodeComparison(records.get(index));
    yield JSON.stringify({ pc: hex(pc), size, const: isConst, arg1: hex(arg1), arg2: hex(arg2) });
  }
}
