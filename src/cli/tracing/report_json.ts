/**
 * What `trace --json` prints: `{ mode, records, dropped, unknown, modules, tasks }`. `unknown` counts PCs
 * of modules that are not listed; `modules` has the coverage by function (mode
 * pc); each of `tasks` has its own records, with `pcs` if they were asked for, or `comparisons` in mode cmp.
 */

import { visibleJson } from "../../text.ts";
import { coverModules, decodeComparison, hex, mergeModules } from "./decode.ts";
import type { Records } from "./records.ts";
import type { TraceSession } from "./session.ts";

/** @returns blocks of text: the lists may be too long for one string */
export function* formatJson(
  session: TraceSession,
  tasks: readonly Records[],
  options: { pcs: boolean },
): Generator<string, void, void> {
  const merged = mergeModules(session.modules);
  const { coverages, unknown } =
    session.mode === "pc" ? coverModules(session.modules, merged, tasks) : { coverages: [], unknown: 0 };
  const modules = merged.map(({ name, bytes }, index) => ({ name, bytes, ...coverages[index] }));
  const records = tasks.reduce((sum, { count }) => sum + count, 0);
  const dropped = tasks.some((task) => task.dropped);
  const head = visibleJson(JSON.stringify({ mode: session.mode, records, dropped, unknown, modules }, null, 2));
  yield `${head.slice(0, -"\n}".length)},\n  "tasks": [`;
  for (const [index, task] of tasks.entries()) {
    yield index === 0 ? "\n" : ",\n";
    yield* formatTask(session, task, options);
  }
  yield "\n  ]\n}\n";
}

function* formatTask(session: TraceSession, task: Records, options: { pcs: boolean }): Generator<string, void, void> {
  yield `    { "task": ${task.task}, "records": ${task.count}, "dropped": ${task.dropped}`;
  if (session.mode === "cmp") yield* formatList("comparisons", comparisonEntries(task));
  else if (options.pcs) yield* formatList("pcs", pcEntries(task));
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
