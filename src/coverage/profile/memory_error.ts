/** Memory errors that a process has found, as its profile keeps them. */

import { describeMemoryError, type MemoryReport } from "../../runtime/memory_report.ts";

export interface StoredMemoryError {
  /** What AddressSanitizer says first. */
  readonly what: string;
  /** Offset of the access in the original; 0 where it is a call of the allocator. */
  readonly pc: number;
  /** Functions of WebAssembly that ran, innermost first, as the instrumented module calls them. */
  readonly functions: readonly string[];
}

export function memoryErrorOf(report: MemoryReport): StoredMemoryError {
  const functions = Array.from(report.stack.matchAll(STACK_FRAME), ([, name]) => name as string);
  return { what: describeMemoryError(report), pc: report.pc, functions };
}

/** V8's `at name (wasm://wasm/1a2b:wasm-function[12]:0x34)`. */
const STACK_FRAME = /^\s*at (.+) \(\S+:wasm-function\[\d+\]:0x[0-9a-f]+\)$/gm;
