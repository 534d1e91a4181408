import {
  KCOV_ACCESS_SIZE1,
  KCOV_ACCESS_SIZE2,
  KCOV_ACCESS_SIZE4,
  KCOV_ACCESS_SIZE8,
  KCOV_ACCESS_SIZE16,
  KCOV_EVENT_LOAD,
} from "../src/abi/events";
import { writeCmpData } from "./trace_cmp";

// A load of 1 to 16 bytes: its effective address, recorded before the access, which may trap. arg2 is 0.

export function __sanitizer_cov_load1(addr: u64, pc: u64): void {
  writeCmpData(KCOV_EVENT_LOAD | KCOV_ACCESS_SIZE1, addr, 0, pc);
}

export function __sanitizer_cov_load2(addr: u64, pc: u64): void {
  writeCmpData(KCOV_EVENT_LOAD | KCOV_ACCESS_SIZE2, addr, 0, pc);
}

export function __sanitizer_cov_load4(addr: u64, pc: u64): void {
  writeCmpData(KCOV_EVENT_LOAD | KCOV_ACCESS_SIZE4, addr, 0, pc);
}

export function __sanitizer_cov_load8(addr: u64, pc: u64): void {
  writeCmpData(KCOV_EVENT_LOAD | KCOV_ACCESS_SIZE8, addr, 0, pc);
}

export function __sanitizer_cov_load16(addr: u64, pc: u64): void {
  writeCmpData(KCOV_EVENT_LOAD | KCOV_ACCESS_SIZE16, addr, 0, pc);
}
