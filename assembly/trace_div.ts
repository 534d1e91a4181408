import { KCOV_CMP_CONST, KCOV_CMP_SIZE4, KCOV_CMP_SIZE8 } from "../src/abi/kcov";
import { writeCmpData } from "./trace_cmp";

// A division is recorded as the comparison that matters for its divisor, one with the constant 0, so that any consumer
// of comparisons understands it. libFuzzer treats these callbacks the same way.

export function __sanitizer_cov_trace_div4(val: u32, pc: u64): void {
  writeCmpData(KCOV_CMP_SIZE4 | KCOV_CMP_CONST, 0, val, pc);
}

export function __sanitizer_cov_trace_div8(val: u64, pc: u64): void {
  writeCmpData(KCOV_CMP_SIZE8 | KCOV_CMP_CONST, 0, val, pc);
}
