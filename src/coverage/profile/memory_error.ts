/** Memory errors that a process found, as stored in its profile. */

import { describeMemoryError, type MemoryReport } from "../../runtime/memory_report.ts";

export interface StoredMemoryError {
  /** The description with which AddressSanitizer's report begins. */
  readonly what: string;
  /** Offset of the access in the original; 0 for a call of the allocator. */
  readonly pc: number;
  /** The WebAssembly functions on the stack, innermost first, by their names in the instrumented module. */
  readonly functions: readonly string[];
}

export function memoryErrorOf(report: MemoryReport): StoredMemoryError {
  const functions = Array.from(report.stack.matchAll(STACK_FRAME), ([, name]) => name as string);
  return { what: describeMemoryError(report), pc: report.pc, functions };
}

/** V8's `at name (wasm://wasm/1a2b:wasm-function[12]:0x34)`. */
const STACK_FRAME = /^\s*at (.+) \(\S+:wasm-function\[\d+\]:0x[0-9a-f]+\)$/gm;
