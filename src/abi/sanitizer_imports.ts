/** What sanitized modules import and export: names and signatures. */

/** Host functions that a module calls: the number of parameters, all i32, and whether there is a result. */
export const HOST_FUNCTIONS = {
  __kcov_memory_error: { params: 11, result: false },
  __kcov_keep_stack: { params: 0, result: true },
} as const;
export const MEMORY_ERROR = "__kcov_memory_error";
export const KEEP_STACK = "__kcov_keep_stack";

/** Export of a sanitized module, `(block: i32, bytes: i32)`: a block begins with an input of that many bytes. */
export const INPUT_EXPORT = "kcov.input";

/** Custom section of sanitized modules that says, as JSON, how the option was applied. */
export const SANITIZER_SECTION = "wasm-kcov.sanitizer";

/** The imported global that is nonzero if stacks are kept with blocks of the heap. */
export const STACKS_GLOBAL = "sanitizer_stacks";

/** Functions of assembly/sanitize/shadow: in the import link, a module imports all of them from its own instance. */
export const SHADOW_FUNCTIONS = {
  accessible: { params: 2, result: true },
  valueAt: { params: 1, result: true },
  fill: { params: 3, result: false },
  allocated: { params: 4, result: false },
  freed: { params: 2, result: false },
  headerAt: { params: 1, result: true },
  blockBelow: { params: 1, result: true },
  blockAbove: { params: 1, result: true },
  save: { params: 0, result: false },
  restore: { params: 2, result: false },
} as const;

/** Prefix of the names of these imports. */
export const SHADOW_IMPORT = "shadow ";

/** The name of an import of a shadow function. @param pages size of the shadow's memory, with which it is created */
export function shadowImport(name: string, pages: number): string {
  return `${SHADOW_IMPORT}${pages} ${name}`;
}
