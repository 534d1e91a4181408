import { checkLayout } from "./layout_check";

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
export { __sanitizer_cov_trace_pc } from "./trace_pc";
export { __sanitizer_cov_trace_switch } from "./trace_switch";

// Compiled, and so checked, but empty.
checkLayout();
