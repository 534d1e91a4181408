import { KCOV_CMP_CONST, KCOV_CMP_SIZE1, KCOV_CMP_SIZE2, KCOV_CMP_SIZE4, KCOV_CMP_SIZE8 } from "../src/abi/kcov";
import { CMP_RECORD_ARG1, CMP_RECORD_ARG2, CMP_RECORD_PC, CMP_RECORD_SHIFT, CMP_RECORD_TYPE } from "../src/abi/layout";
import { cmp_area, NO_AREA, slide } from "./kcov";

/**
 * Appends one comparison, a record of four words:
 *
 *       word 0      1 + 4·count                              5 + 4·count
 *     ┌─────────┬─────┬────────┬────────┬────────┬────────┬─────┐
 *     │ count   │  …  │ type   │ arg1   │ arg2   │ pc     │     │
 *     └─────────┴─────┴────────┴────────┴────────┴────────┴─────┘
 *
 * The record is stored iff it ends inside the area: 5 + 4·count ≤ size, that is count < ⌊(size − 1) / 4⌋.
 * DIVERGES: computed this way, a huge count cannot wrap; the kernel's arithmetic would store outside the area.
 */
export function writeCmpData(type: u64, arg1: u64, arg2: u64, pc: u64): void {
  const state = cmp_area;
  if (state == NO_AREA) return;
  const base = <usize>state;
  const count = load<u64>(base);
  if (count >= state >> 32) return;
  const record = base + ((<usize>count) << CMP_RECORD_SHIFT);
  store<u64>(record, type, CMP_RECORD_TYPE);
  store<u64>(record, arg1, CMP_RECORD_ARG1);
  store<u64>(record, arg2, CMP_RECORD_ARG2);
  store<u64>(record, pc - slide, CMP_RECORD_PC);
  store<u64>(base, count + 1);
}

export function __sanitizer_cov_trace_cmp1(arg1: u8, arg2: u8, pc: u64): void {
  writeCmpData(KCOV_CMP_SIZE1, arg1, arg2, pc);
}

export function __sanitizer_cov_trace_cmp2(arg1: u16, arg2: u16, pc: u64): void {
  writeCmpData(KCOV_CMP_SIZE2, arg1, arg2, pc);
}

export function __sanitizer_cov_trace_cmp4(arg1: u32, arg2: u32, pc: u64): void {
  writeCmpData(KCOV_CMP_SIZE4, arg1, arg2, pc);
}

export function __sanitizer_cov_trace_cmp8(arg1: u64, arg2: u64, pc: u64): void {
  writeCmpData(KCOV_CMP_SIZE8, arg1, arg2, pc);
}

export function __sanitizer_cov_trace_const_cmp1(arg1: u8, arg2: u8, pc: u64): void {
  writeCmpData(KCOV_CMP_SIZE1 | KCOV_CMP_CONST, arg1, arg2, pc);
}

export function __sanitizer_cov_trace_const_cmp2(arg1: u16, arg2: u16, pc: u64): void {
  writeCmpData(KCOV_CMP_SIZE2 | KCOV_CMP_CONST, arg1, arg2, pc);
}

export function __sanitizer_cov_trace_const_cmp4(arg1: u32, arg2: u32, pc: u64): void {
  writeCmpData(KCOV_CMP_SIZE4 | KCOV_CMP_CONST, arg1, arg2, pc);
}

export function __sanitizer_cov_trace_const_cmp8(arg1: u64, arg2: u64, pc: u64): void {
  writeCmpData(KCOV_CMP_SIZE8 | KCOV_CMP_CONST, arg1, arg2, pc);
}
