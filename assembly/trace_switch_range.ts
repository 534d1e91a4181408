import { cmp_area, NO_AREA } from "./kcov";
import { writeCmpData } from "./trace_cmp";

/**
 * Records a run of consecutive cases, first, first + 1, … as `__sanitizer_cov_trace_switch` would: one constant
 * comparison per case, arg1 = case, arg2 = val. The cases of a br_table are consecutive except for holes, so
 * instrumented code needs no table in device memory, which would have to be there before the module's start function
 * runs.
 *
 * `type` is that of the comparisons, KCOV_CMP_SIZE(n) | KCOV_CMP_CONST.
 */
export function __sanitizer_cov_trace_switch_range(val: u64, first: u64, count: u64, type: u64, pc: u64): void {
  if (cmp_area == NO_AREA) return;
  for (let i: u64 = 0; i < count; ++i) {
    writeCmpData(type, first + i, val, pc);
  }
}
