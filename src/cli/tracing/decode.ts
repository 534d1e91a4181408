/** Decodes records for both forms of the report. */

import { idOf } from "../../abi/counters.ts";
import { nodeDemangle } from "../../coverage/node/source_access.ts";
import {
  CounterSiteCounts,
  coverModule,
  type ModuleCoverage,
  type ModuleSiteCounts,
  PcSiteCounts,
} from "../../coverage/trace/function_coverage.ts";
import { type Comparison, comparisonType } from "../../runtime/records.ts";
import type { ModuleCounts } from "./counts.ts";
import type { TracedModule } from "./modules.ts";
import { recordsOf, type TraceResult } from "./records.ts";

/** Coverage of the modules, from what all tasks recorded or counted; and the number of events outside of them. */
export function coverModules(result: TraceResult): { coverages: ModuleCoverage[]; unknown: number } {
  const { modules, counts: counted } = result;
  const counts = counted === undefined ? recordedCounts(result) : counterCounts(modules, counted);
  const coverages = modules.map((module) =>
    coverModule(module.number, module.table, counts, (functionIndex) => functionName(module, functionIndex)),
  );
  return { coverages, unknown: counts.unknown };
}

function recordedCounts(result: TraceResult): ModuleSiteCounts {
  const counts = new PcSiteCounts(
    result.modules.map(({ number, bytes, table }) => ({ number, bytes, content: table.original.sha256 })),
  );
  for (const records of recordsOf(result)) counts.add(records.data);
  return counts;
}

function counterCounts(modules: readonly TracedModule[], counted: readonly ModuleCounts[]): ModuleSiteCounts {
  const counts = new CounterSiteCounts();
  for (const { id, counters } of counted) {
    const module = modules.find(({ table }) => idOf(table.original.sha256) === id);
    if (module === undefined || !counts.add(module.number, module.table, counters)) counts.addUnknown(counters);
  }
  return counts;
}

/** Name of a function of the original; `func[12]` if it has none. */
export function functionName(module: Pick<TracedModule, "info">, index: number): string {
  return module.info.functionNames.get(index) ?? `func[${index}]`;
}

/** The function's name for people: demangled, as in its source language. */
export function readableName(module: Pick<TracedModule, "info">, index: number): string {
  return nodeDemangle()(functionName(module, index));
}

/** @param record four words */
export function decodeComparison(record: BigUint64Array<ArrayBufferLike>): Comparison {
  const [type = 0n, arg1 = 0n, arg2 = 0n, pc = 0n] = record;
  return { ...comparisonType(Number(type)), arg1, arg2, pc };
}
