import { checkLayout } from "./layout_check";

export {
  __kcov_held_counter_load,
  __kcov_held_counter_step,
  __sanitizer_cov_8bit_counter,
  __sanitizer_cov_64bit_counter,
  __sanitizer_cov_64bit_flag,
  __sanitizer_cov_bool_flag,
} from "./counters";
export {
  __kcov_cursor_check,
  __kcov_cursor_load,
  __kcov_cursor_reload,
  __kcov_cursor_trace_pc,
} from "./cursor";
export { __kcov_dirty_page, __kcov_dirty_range } from "./dirty_pages";
export { __kcov_differing_bits, __kcov_fold_comparisons, __kcov_fold_dense_pcs, __kcov_fold_pcs } from "./fold";
export {
  __kcov_trace_pc_proposals,
  __sanitizer_cov_trace_pc_entry,
  __sanitizer_cov_trace_pc_exit,
  __sanitizer_cov_trace_pc_guard,
} from "./proposals";
export { __sanitizer_cov_stack_depth } from "./stack_depth";
export {
  __sanitizer_cov_trace_cmp1,
  __sanitizer_cov_trace_cmp2,
  __sanitizer_cov_trace_cmp4,
  __sanitizer_cov_trace_cmp8,
  __sanitizer_cov_trace_const_cmp1,
  __sanitizer_cov_trace_const_cmp2,
  __sanitizer_cov_trace_const_cmp4,
  __sanitizer_cov_trace_const_cmp8,
} from "./trace_cmp";
export { __sanitizer_cov_trace_div4, __sanitizer_cov_trace_div8 } from "./trace_div";
export { __sanitizer_cov_trace_pc_indir } from "./trace_indir";
export {
  __sanitizer_cov_load1,
  __sanitizer_cov_load2,
  __sanitizer_cov_load4,
  __sanitizer_cov_load8,
  __sanitizer_cov_load16,
} from "./trace_loads";
export { __kcov_trace_pc_count_first, __sanitizer_cov_trace_pc } from "./trace_pc";
export {
  __sanitizer_cov_store1,
  __sanitizer_cov_store2,
  __sanitizer_cov_store4,
  __sanitizer_cov_store8,
  __sanitizer_cov_store16,
} from "./trace_stores";
export { __sanitizer_cov_trace_switch } from "./trace_switch";
export { __sanitizer_cov_trace_switch_range } from "./trace_switch_range";

// Compiles to nothing, but has the compiler check the layout.
checkLayout();
