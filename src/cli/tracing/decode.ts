/** What both forms of the report make of records. */

import { KCOV_CMP_CONST, KCOV_CMP_MASK } from "../../abi/kcov.ts";
import { coverModule, type ModuleCoverage, PcCounts } from "../../coverage/trace/function_coverage.ts";
import type { Comparison } from "../../runtime/trace.ts";
import type { TracedModule } from "./modules.ts";
import type { TraceResult } from "./records.ts";

/** Coverage of the modules, out of what all tasks recorded in them; and PCs that are of none of them. */
export function coverModules({ modules, tasks }: TraceResult): { coverages: ModuleCoverage[]; unknown: number } {
  const counts = new PcCounts(
    modules.map(({ number, bytes, table }) => ({ number, bytes, content: table.original.sha256 })),
  );
  for (const records of tasks) counts.add(records.data);
  const coverages = modules.map((module) =>
    coverModule(module.number, module.table, counts, (functionIndex) => functionName(module, functionIndex)),
  );
  return { coverages, unknown: counts.unknown };
}

/** Name of a function of the original; one without a name is called as in WebAssembly's text format. */
export function functionName(module: Pick<TracedModule, "info">, index: number): string {
  return module.info.functionNames.get(index) ?? `func[${index}]`;
}

/** @param record four words */
export function decodeComparison(record: BigUint64Array<ArrayBufferLike>): Comparison {
  const [type = 0n, arg1 = 0n, arg2 = 0n, pc = 0n] = record;
  const size = 1 << ((Number(type) & KCOV_CMP_MASK) >> 1);
  return { size, isConst: (Number(type) & KCOV_CMP_CONST) !== 0, arg1, arg2, pc };
}

/** @param digits at least this many */
export function hex(value: bigint, digits = 6): string {
  return `0x${value.toString(16).padStart(digits, "0")}`;
}
