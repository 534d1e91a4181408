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
 * A cursor is valid while base and capacity are what `pc_area` holds and count is the smaller of word 0 and capacity. A
 * call may invalidate all of it; then the next PC is recorded by `__kcov_cursor_reload`. Another thread may invalidate
 * it by a store to word 0, which `__kcov_cursor_check` notices.
 *
 * DIVERGES: the kernel reads word 0 at every event. Here a reset by another thread, while a function runs that calls
 * nothing, takes effect at the next iteration of its outermost loop; until then events still count from before the
 * reset.
 */
let base: usize = 0;
let capacity: u32 = 0;
let count: u32 = 0;

/** `__sanitizer_cov_trace_pc` with a valid cursor, which stays valid. The count is stored at every event. */
export function __kcov_cursor_trace_pc(pc: u64): void {
  if (count >= capacity) return;
  store<u64>((count << 3) + base, pc - slide, 8);
  store<u64>(base, <u64>++count);
}

/** `__sanitizer_cov_trace_pc` with any cursor, which is valid afterwards. A count of 2^64−1 wraps, as in the kernel. */
export function __kcov_cursor_reload(pc: u64): void {
  const state = pc_area;
  base = <usize>state;
  const pos = load<u64>(base) + 1;
  capacity = <u32>(state >> 32);
  count = capacity;
  if (pos > <u64>capacity) return;
  count = <u32>pos;
  store<u64>((count << 3) + base, pc - slide);
  store<u64>(base, pos);
}

/** In a loop that calls nothing: makes the cursor valid again if another thread reset the count. */
export function __kcov_cursor_check(): void {
  const words = load<u64>(base);
  if (words != <u64>count) count = words < <u64>capacity ? <u32>words : capacity;
}
