import { pc_area, slide } from "./kcov";

/**
 * The cursor of a function that is instrumented in the fused link: where its next PC goes. These globals stand for
 * registers: the pass makes them locals of each function, so that nothing is loaded, and no store is waited for, while
 * the function runs.
 *
 *       word 0     1       2            count + 1         capacity
 *     ┌─────────┬───────┬───────┬─────┬───────────┬─────┬────────┐
 *     │ count   │ pc    │ pc    │  …  │ next pc   │     │        │      capacity 0: no PCs are traced
 *     └─────────┴───────┴───────┴─────┴───────────┴─────┴────────┘
 *     ▲ base
 *
 * A cursor is valid while base and capacity are what `pc_area` holds and count is word 0, or capacity if there is no room
 * for another PC. Word 0 may be 2^64−1, from which it wraps, as in the kernel: then count is −1, and so counts are
 * compared as signed numbers. A call may invalidate all of it; then `__kcov_cursor_load` makes it valid again, or the
 * next PC is recorded by `__kcov_cursor_reload`. Another thread may invalidate it by a store to word 0, which
 * `__kcov_cursor_check` notices.
 *
 * DIVERGES: the kernel reads word 0 at every event. Here a reset by another thread, while a function runs that calls
 * nothing, takes effect at the next iteration of its outermost loop; until then events still count from before the
 * reset.
 */
let base: usize = 0;
let capacity: i32 = 0;
let count: i32 = 0;

/** `__sanitizer_cov_trace_pc` with a valid cursor, which stays valid. The count is stored at every event. */
export function __kcov_cursor_trace_pc(pc: u64): void {
  if (count >= capacity) return;
  store<u64>((count << 3) + base, pc - slide, 8);
  store<u64>(base, <u32>++count);
}

/** `__sanitizer_cov_trace_pc` with any cursor, which is valid afterwards. */
export function __kcov_cursor_reload(pc: u64): void {
  const state = pc_area;
  base = <usize>state;
  const pos = load<u64>(base) + 1;
  capacity = <i32>(state >> 32);
  count = capacity;
  if (pos > <u32>capacity) return;
  count = <i32>pos;
  store<u64>((count << 3) + base, pc - slide);
  store<u64>(base, pos);
}

/** Makes the cursor valid where several sites follow, of which each would have to reload it. */
export function __kcov_cursor_load(): void {
  const state = pc_area;
  base = <usize>state;
  const word = load<u64>(base);
  capacity = <i32>(state >> 32);
  count = countOf(word);
}

/** In a loop that calls nothing: makes the cursor valid again if another thread reset the count. */
export function __kcov_cursor_check(): void {
  const word = load<u64>(base);
  if (word != <u32>count) count = countOf(word);
}

/** The count of a valid cursor while word 0 is this. */
function countOf(word: u64): i32 {
  return word + 1 <= <u32>capacity ? <i32>word : capacity;
}
