/** Memory errors of traced programs that continue after them: each is reported once. */

import { describeMemoryError, MemoryError, type MemoryReport } from "../../runtime/memory_report.ts";
import type { OnMemoryError } from "../../runtime/sanitizer.ts";
import { say } from "../io.ts";

/** The reporter of one thread. In a program that does not continue, the error is thrown instead. */
export function memoryErrorTeller(): OnMemoryError {
  const told = new Set<string>();
  return (report) => {
    if (!report.goesOn) throw new MemoryError(report);
    const key = `${report.kind} ${report.pc} ${report.pc === 0 ? report.stack : ""}`;
    if (told.has(key)) return;
    told.add(key);
    say(`wasm-kcov: ${describe(report)}`);
  };
}

function describe(report: MemoryReport): string {
  const { bytes, isWrite } = report;
  const access = bytes === 0 ? "" : `, ${isWrite ? "WRITE" : "READ"} of size ${bytes}`;
  return `ERROR: AddressSanitizer: ${describeMemoryError(report)}${access}`;
}
