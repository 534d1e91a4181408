/** Instantiating the AssemblyScript hooks for one thread. */

import type { HookName } from "../abi/hooks.ts";
import { engine } from "../engine.ts";
import { hooksBinary } from "../hooks/index.ts";
import type { TaskGlobals } from "../kcov/device.ts";

/** Parameters are numbers for i32, bigints for i64. */
type Narrow = (arg1: number, arg2: number, pc: bigint) => void;
type AccessHook = (addr: bigint, pc: bigint) => void;
type Wide = (arg1: bigint, arg2: bigint, pc: bigint) => void;

/**
 * The hooks as functions. Operands are zero-extended to u64; `pc` is a 64-bit value from which the device's slide is
 * subtracted. In `const_cmp` the constant is the first argument.
 */
export interface KcovHooks {
  /** Execution reached `pc`. */
  __sanitizer_cov_trace_pc: (pc: bigint) => void;
  /** A comparison of operands of 1 byte. */
  __sanitizer_cov_trace_cmp1: Narrow;
  /** A comparison of operands of 2 bytes. */
  __sanitizer_cov_trace_cmp2: Narrow;
  /** A comparison of operands of 4 bytes. */
  __sanitizer_cov_trace_cmp4: Narrow;
  /** A comparison of operands of 8 bytes. */
  __sanitizer_cov_trace_cmp8: Wide;
  /** The same with a constant, which is the first argument. */
  __sanitizer_cov_trace_const_cmp1: Narrow;
  /** The same with a constant, which is the first argument. */
  __sanitizer_cov_trace_const_cmp2: Narrow;
  /** The same with a constant, which is the first argument. */
  __sanitizer_cov_trace_const_cmp4: Narrow;
  /** The same with a constant, which is the first argument. */
  __sanitizer_cov_trace_const_cmp8: Wide;
  /** A division by `val`: a comparison with the constant 0. */
  __sanitizer_cov_trace_div4: (val: number, pc: bigint) => void;
  /** The same with a `val` of 64 bits. */
  __sanitizer_cov_trace_div8: (val: bigint, pc: bigint) => void;
  /** An indirect call of the function with index `callee`. */
  __sanitizer_cov_trace_pc_indir: (callee: bigint, pc: bigint) => void;
  /** A load of 1 byte. */
  __sanitizer_cov_load1: AccessHook;
  /** A load of 2 bytes. */
  __sanitizer_cov_load2: AccessHook;
  /** A load of 4 bytes. */
  __sanitizer_cov_load4: AccessHook;
  /** A load of 8 bytes. */
  __sanitizer_cov_load8: AccessHook;
  /** A load of 16 bytes. */
  __sanitizer_cov_load16: AccessHook;
  /** A store of 1 byte. */
  __sanitizer_cov_store1: AccessHook;
  /** A store of 2 bytes. */
  __sanitizer_cov_store2: AccessHook;
  /** A store of 4 bytes. */
  __sanitizer_cov_store4: AccessHook;
  /** A store of 8 bytes. */
  __sanitizer_cov_store8: AccessHook;
  /** A store of 16 bytes. */
  __sanitizer_cov_store16: AccessHook;
  /** A function allocated its frame; `sp` is the new stack pointer. */
  __sanitizer_cov_stack_depth: (sp: bigint, pc: bigint) => void;
  /** Proposal: a function begins. @returns the `caller` to pass to `_exit` */
  __sanitizer_cov_trace_pc_entry: (pc: bigint) => bigint;
  /** Proposal: a function ends. */
  __sanitizer_cov_trace_pc_exit: (pc: bigint, caller: bigint) => void;
  /** Proposal: a site with a guard, the byte address in device memory of a u32 that is 0 at first. */
  __sanitizer_cov_trace_pc_guard: (guard: number, pc: bigint) => void;
  /** A site was executed; `counter`: byte address in device memory of its counter. */
  __sanitizer_cov_64bit_counter: (counter: number) => void;
  /** The same, but only makes the counter nonzero. */
  __sanitizer_cov_64bit_flag: (counter: number) => void;
  /** The same with a counter of 8 bits, which wraps. */
  __sanitizer_cov_8bit_counter: (counter: number) => void;
  /** The same with a flag of one byte. */
  __sanitizer_cov_bool_flag: (flag: number) => void;
  /** A store to `address`; `map`: byte address in device memory of the dirty map. */
  __kcov_dirty_page: (map: number, address: number) => void;
  /** A write of `bytes` bytes from `address` on. */
  __kcov_dirty_range: (map: number, address: number, bytes: number) => void;
  /** A switch over `count` consecutive cases; `type` is that of the comparisons. */
  __sanitizer_cov_trace_switch_range: (val: bigint, first: bigint, count: bigint, type: bigint, pc: bigint) => void;
  /** `cases`: byte address in device memory of the table {n, bits, case…}, u64 words. */
  __sanitizer_cov_trace_switch: (val: bigint, cases: number, pc: bigint) => void;
}

/** The same functions, for an import object. */
export type HookImports = Record<HookName, WebAssembly.ExportValue>;

/** Compiles the hooks. Done once; a thread instantiates them once for each slide. */
export function compileHooks(): Promise<WebAssembly.Module> {
  return engine.compile(hooksBinary());
}

/** Compiles the hooks synchronously. */
export function compileHooksSync(): WebAssembly.Module {
  return new engine.Module(hooksBinary());
}

export interface HookOptions {
  /** What the hooks subtract from every pc, modulo 2^64. */
  slide: bigint;
  /** Whether the PC hook stores the count before the entry, as from v5.19 on. */
  countFirst: boolean;
  /** Whether proposals are on: the PC hook checks for their modes too. */
  proposals: boolean;
}

/** @returns the hooks, and the other routines, of one thread */
export function instantiateHooks(
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
  globals: TaskGlobals,
  { slide, countFirst, proposals }: HookOptions,
): WebAssembly.Exports {
  const { exports } = new engine.Instance(module, {
    env: { memory },
    kcov: { ...globals, slide: new engine.Global({ value: "i64" }, slide) },
  });
  // There are several compiled variants, so that none has to check at run time which one it is.
  const tracePc = exports[proposals ? WITH_PROPOSALS : countFirst ? COUNT_FIRST : TRACE_PC] as WebAssembly.ExportValue;
  return { ...exports, [TRACE_PC]: tracePc };
}

const TRACE_PC = "__sanitizer_cov_trace_pc";
const COUNT_FIRST = "__kcov_trace_pc_count_first";
const WITH_PROPOSALS = "__kcov_trace_pc_proposals";
