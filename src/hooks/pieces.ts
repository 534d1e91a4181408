/** The hooks as the pass copies them into other modules. `scripts/pieces/` makes them from the compiled hooks. */

import type { CURSOR_HOOKS, HELD_COUNTER_HOOKS, HookName } from "../abi/hooks.ts";

/** Names of the hooks that keep a cursor. */
export type CursorHook = keyof typeof CURSOR_HOOKS;

/** Number of the cursor's registers, all i32. */
export const REGISTERS = 3;

/** Names of the hooks that hold a counter in a local, their only register, an i32. */
export type HeldCounterHook = keyof typeof HELD_COUNTER_HOOKS;

/** Hooks that are copied to every site: they have no temporaries. */
export const INLINE_HOOKS = [
  "__sanitizer_cov_64bit_counter",
  "__sanitizer_cov_64bit_flag",
  "__sanitizer_cov_8bit_counter",
  "__sanitizer_cov_bool_flag",
  "__kcov_dirty_page",
] as const;

/** Name of a hook that is copied to every site. */
export type InlineHook = (typeof INLINE_HOOKS)[number];

/** Hooks that do not depend on the current task: they only write to the address that they are given. */
const TASKLESS: ReadonlySet<HookName> = new Set([...INLINE_HOOKS, "__kcov_dirty_range"]);

/** Whether a hook depends on the current task. */
export function looksAtTask(hook: HookName): boolean {
  return !TASKLESS.has(hook);
}

/** Whether sites test that the hook has something to do before they call it. */
export function isGuarded(hook: HookName): boolean {
  return looksAtTask(hook) && hook !== "__sanitizer_cov_trace_pc";
}
