import { KCOV_MODE_TRACE_PC } from "../src/abi/kcov";
import { area, mode, size, slide } from "./kcov";

/**
 * Appends one PC:
 *
 *       word 0     1       2              pos             size
 *     ┌─────────┬───────┬───────┬─────┬─────────┬─────┐
 *     │ count   │ pc    │ pc    │  …  │ this pc │     │
 *     └─────────┴───────┴───────┴─────┴─────────┴─────┘
 *
 * Word 0 is read again at every event, since its owner may reset it at any time. The entry is stored before the count,
 * so that a reader who sees the count sees the entry. A count of 2^64−1 wraps to pos 0 and leaves 0, as in the kernel.
 */
export function __sanitizer_cov_trace_pc(pc: u64): void {
  if (mode != KCOV_MODE_TRACE_PC) return;
  const base = area;
  const pos = load<u64>(base) + 1;
  if (pos >= <u64>size) return;
  store<u64>(base + ((<usize>pos) << 3), pc - slide);
  store<u64>(base, pos);
}

/**
 * The same as in the kernel from v5.19 on: the count is stored first. A reader on another thread may see a counted
 * entry that is not there yet, and a count of 2^64−1 leaves the pc, since the entry then is word 0 itself.
 */
export function __kcov_trace_pc_count_first(pc: u64): void {
  if (mode != KCOV_MODE_TRACE_PC) return;
  const base = area;
  const pos = load<u64>(base) + 1;
  if (pos >= <u64>size) return;
  store<u64>(base, pos);
  store<u64>(base + ((<usize>pos) << 3), pc - slide);
}
