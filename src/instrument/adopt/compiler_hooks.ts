/**
 * The hooks of the compilers' own SanitizerCoverage: what code from clang, rustc, zig and swift calls with
 * `-fsanitize-coverage` and the like. Signatures are those of C, so that addresses are as wide as the memory's.
 */

import type { HookName } from "../../abi/hooks.ts";
import type { SiteKind } from "../pc_table.ts";

/** A hook of a compiler. */
export interface CompilerHook {
  readonly name: string;
  /** Types of its parameters; an address is an i32 or an i64. */
  readonly parameters: readonly ("i32" | "i64" | "address")[];
  /** The kind of site that its calls become; undefined if nothing is recorded for it. */
  readonly kind: SiteKind | undefined;
  /** The hook that records the operands. */
  readonly records: HookName | "switch table" | undefined;
}

/** The function that the compiler calls to number its guards. */
export const GUARD_INIT = "__sanitizer_cov_trace_pc_guard_init";

/** The functions that it calls to announce where inline counters and flags are. */
export const COUNTER_INITS: ReadonlySet<string> = new Set([
  "__sanitizer_cov_8bit_counters_init",
  "__sanitizer_cov_bool_flag_init",
]);

const COMPARED = [1, 2, 4, 8] as const;
const ACCESSED = [1, 2, 4, 8, 16] as const;

const HOOKS: readonly CompilerHook[] = [
  { name: "__sanitizer_cov_trace_pc", parameters: [], kind: "adopted", records: undefined },
  { name: "__sanitizer_cov_trace_pc_guard", parameters: ["address"], kind: "adopted", records: undefined },
  ...["cmp", "const_cmp"].flatMap((name) => COMPARED.map((bytes) => comparison(name, bytes))),
  {
    ...{ name: "__sanitizer_cov_trace_switch", parameters: ["i64", "address"] },
    ...{ kind: "switch", records: "switch table" },
  },
  division(4, "i32"),
  division(8, "i64"),
  // The called function reports itself (value_code.ts), so the address is not needed.
  { name: "__sanitizer_cov_trace_pc_indir", parameters: ["address"], kind: "indirect-call", records: undefined },
  ...ACCESSED.flatMap((bytes) => [access("load", bytes), access("store", bytes)]),
  ...["__sanitizer_cov_trace_gep"].map((name) => unrecorded(name, ["address"])),
  ...["__sanitizer_cov_stack_depth"].map((name) => unrecorded(name, [])),
  ...[GUARD_INIT, ...COUNTER_INITS, "__sanitizer_cov_pcs_init"].map((name) => unrecorded(name, ["address", "address"])),
];

const BY_NAME: ReadonlyMap<string, CompilerHook> = new Map(HOOKS.map((hook) => [hook.name, hook]));

/** The hook of this name, if a function with these parameters and results can be that hook. */
export function compilerHook(name: string, parameters: readonly string[], results: number): CompilerHook | undefined {
  const hook = BY_NAME.get(name);
  if (!hook || results !== 0 || parameters.length !== hook.parameters.length) return undefined;
  const isIts = hook.parameters.every((type, k) => {
    const given = parameters[k];
    return type === given || (type === "address" && (given === "i32" || given === "i64"));
  });
  return isIts ? hook : undefined;
}

function comparison(name: string, bytes: (typeof COMPARED)[number]): CompilerHook {
  const type = bytes === 8 ? "i64" : "i32";
  const hook = `__sanitizer_cov_trace_${name}${bytes}` as HookName;
  return { name: hook, parameters: [type, type], kind: "cmp", records: hook };
}

function division(bytes: 4 | 8, type: "i32" | "i64"): CompilerHook {
  const hook: HookName = `__sanitizer_cov_trace_div${bytes}`;
  return { name: hook, parameters: [type], kind: "div", records: hook };
}

function access(kind: "load" | "store", bytes: (typeof ACCESSED)[number]): CompilerHook {
  const hook: HookName = `__sanitizer_cov_${kind}${bytes}`;
  return { name: hook, parameters: ["address"], kind, records: hook };
}

function unrecorded(name: string, parameters: CompilerHook["parameters"]): CompilerHook {
  return { name, parameters, kind: undefined, records: undefined };
}
