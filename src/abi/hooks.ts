/**
 * The hooks that instrumented code calls: names and WebAssembly signatures, in one place for the runtime, which
 * exports them, and for the pass, which imports or fuses them.
 *
 * Signatures are those of SanitizerCoverage in C with the pc added as the last parameter, since WebAssembly has no
 * return address.
 */

/** Value types of a hook's parameters. */
export type HookType = "i32" | "i64";

/** The parameters of every hook, by its name. No hook returns a value. */
export const HOOKS = {
  __sanitizer_cov_trace_pc: ["i64"],
  __sanitizer_cov_trace_cmp1: ["i32", "i32", "i64"],
  __sanitizer_cov_trace_cmp2: ["i32", "i32", "i64"],
  __sanitizer_cov_trace_cmp4: ["i32", "i32", "i64"],
  __sanitizer_cov_trace_cmp8: ["i64", "i64", "i64"],
  __sanitizer_cov_trace_const_cmp1: ["i32", "i32", "i64"],
  __sanitizer_cov_trace_const_cmp2: ["i32", "i32", "i64"],
  __sanitizer_cov_trace_const_cmp4: ["i32", "i32", "i64"],
  __sanitizer_cov_trace_const_cmp8: ["i64", "i64", "i64"],
  __sanitizer_cov_trace_switch: ["i64", "i32", "i64"],
  __sanitizer_cov_trace_switch_range: ["i64", "i64", "i64", "i64", "i64"],
  __sanitizer_cov_trace_div4: ["i32", "i64"],
  __sanitizer_cov_trace_div8: ["i64", "i64"],
  __sanitizer_cov_trace_pc_indir: ["i64", "i64"],
  __sanitizer_cov_load1: ["i64", "i64"],
  __sanitizer_cov_load2: ["i64", "i64"],
  __sanitizer_cov_load4: ["i64", "i64"],
  __sanitizer_cov_load8: ["i64", "i64"],
  __sanitizer_cov_load16: ["i64", "i64"],
  __sanitizer_cov_store1: ["i64", "i64"],
  __sanitizer_cov_store2: ["i64", "i64"],
  __sanitizer_cov_store4: ["i64", "i64"],
  __sanitizer_cov_store8: ["i64", "i64"],
  __sanitizer_cov_store16: ["i64", "i64"],
  __sanitizer_cov_stack_depth: ["i64", "i64"],
  __sanitizer_cov_64bit_counter: ["i32"],
  __sanitizer_cov_64bit_flag: ["i32"],
  __sanitizer_cov_8bit_counter: ["i32"],
  __sanitizer_cov_bool_flag: ["i32"],
  __kcov_dirty_page: ["i32", "i32"],
  __kcov_dirty_range: ["i32", "i32", "i32"],
} as const;

/** Name of a hook. */
export type HookName = keyof typeof HOOKS;

/**
 * The parts of the fused link's `__sanitizer_cov_trace_pc`, which keeps a cursor in locals of the function into which
 * it is inlined (assembly/cursor.ts). Nothing imports them: they exist only in the compiled hooks.
 */
export const CURSOR_HOOKS = {
  __kcov_cursor_trace_pc: ["i64"],
  __kcov_cursor_reload: ["i64"],
  __kcov_cursor_load: [],
  __kcov_cursor_check: [],
} as const;

/**
 * The parts of `__sanitizer_cov_8bit_counter` in a loop that holds a counter in a local (assembly/counters.ts). They,
 * too, exist only in the compiled hooks.
 */
export const HELD_COUNTER_HOOKS = {
  __kcov_held_counter_load: ["i32"],
  __kcov_held_counter_step: ["i32"],
} as const;

/**
 * What a module with counters calls when it is instantiated, before any of its code runs: `(bytes: i32, id: i64) →
 * i32`, the address of that many zeroed bytes in device memory, one or eight per counter. `id` is the first eight bytes
 * of the original module's SHA-256, big-endian.
 */
export const COUNTERS_INIT = "__sanitizer_cov_8bit_counters_init";

/**
 * Prefix of the name of an import for which every instance gets a new memory: `memory INITIAL [MAXIMUM] [shared]`, in
 * pages. Fused modules import the memory that they would define, so that it stays memory 0.
 */
export const OWN_MEMORY = "memory ";

/** The module name from which instrumented code imports everything. */
export const IMPORT_MODULE = "kcov";

/**
 * The task globals: the cached `t->kcov_*` fields of the thread's current task, and `pc_area` and `cmp_area`, which
 * pack them into one word for PCs and for comparisons. All are mutable, and only the device writes them.
 */
export const TASK_GLOBALS = {
  mode: "i32",
  area: "i32",
  size: "i32",
  bitmap: "i32",
  frame: "i64",
  pc_area: "i64",
  cmp_area: "i64",
} as const;

/**
 * Proposal (KCOV_TRACE_PC_EXT): what a function calls at its entry, `(pc: i64) → i64`, and before it ends, passing what
 * the first call returned: `(pc: i64, i64)`. Before it calls another function, it sets the global `frame` to the pc of
 * its own entry.
 */
export const CALL_HOOKS = { entry: "__sanitizer_cov_trace_pc_entry", exit: "__sanitizer_cov_trace_pc_exit" } as const;

/** Name of a task global. */
export type TaskGlobalName = keyof typeof TASK_GLOBALS;

/**
 * What a module that marks dirty pages calls when it is instantiated, before any of its code runs: `(bytes: i32) →
 * i32`, the address of that many zeroed bytes in device memory, one for each page that its memory may ever have.
 */
export const DIRTY_MAP_INIT = "__kcov_dirty_map_init";

/** Exports of modules whose state can be restored. */
export const STATE_EXPORTS = {
  /** () → (): saves the values of all mutable globals. */
  save: "kcov.save",
  /** () → (): restores them. */
  restore: "kcov.restore",
  /** The linear memory. */
  memory: "kcov.memory",
  /** Prefix of the names of exported tables; the table's index follows. */
  table: "kcov.table.",
  /** Mutable i32: nonzero if code has changed a table. */
  tablesChanged: "kcov.tables",
} as const;
