/** What sanitized modules import and export: names and signatures. */

/** Functions of the host that a module calls: how many parameters, all i32, and whether there is a result. */
export const HOST_FUNCTIONS = {
  __kcov_memory_error: { params: 11, result: false },
  __kcov_keep_stack: { params: 0, result: true },
} as const;
export const MEMORY_ERROR = "__kcov_memory_error";
export const KEEP_STACK = "__kcov_keep_stack";

/** What a sanitized module exports: `(block: i32, bytes: i32)`, an input of so many bytes is at the beginning of a block. */
export const INPUT_EXPORT = "kcov.input";

/** Custom section of sanitized modules: what became of the option, as JSON. */
export const SANITIZER_SECTION = "wasm-kcov.sanitizer";

/** The imported global that says whether stacks are kept with blocks of the heap: other than 0 if so. */
export const STACKS_GLOBAL = "sanitizer_stacks";

/** Functions of assembly/sanitize/shadow. In the import link a module imports all of them, of an instance of its own. */
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

/** How the names of these imports begin. */
export const SHADOW_IMPORT = "shadow ";

/** The name of such an import. @param pages of the shadow's memory, which its instance is made with */
export function shadowImport(name: string, pages: number): string {
  return `${SHADOW_IMPORT}${pages} ${name}`;
}
