import { KCOV_EVENT_INDIRECT_CALL } from "../src/abi/events";
import { writeCmpData } from "./trace_cmp";

/** An indirect call: `callee` is the index of the function, `pc` that of the call. arg2 is 0. */
export function __sanitizer_cov_trace_pc_indir(callee: u64, pc: u64): void {
  writeCmpData(KCOV_EVENT_INDIRECT_CALL, callee, 0, pc);
}
