import { KCOV_CMP_CONST, KCOV_CMP_SIZE1, KCOV_CMP_SIZE2, KCOV_CMP_SIZE4, KCOV_CMP_SIZE8 } from "../src/abi/kcov";
import { SWITCH_BITS, SWITCH_CASES, SWITCH_COUNT } from "../src/abi/layout";
import { cmp_area, NO_AREA } from "./kcov";
import { writeCmpData } from "./trace_cmp";

/**
 * Records a switch as one constant comparison per case (all of them, not just the taken one): arg1 = case, arg2 = val.
 * `cases` is the byte address of a table of u64 words in device memory:
 *
 *     cases      +8        +16                +16 + 8·n
 *     ┌─────────┬─────────┬─────────┬─────┬──────────┐
 *     │ n       │ bits    │ case 0  │  …  │ case n−1 │      bits: 8, 16, 32 or 64; any other records nothing
 *     └─────────┴─────────┴─────────┴─────┴──────────┘
 *
 * DIVERGES: a table that does not lie inside the memory records nothing; the kernel would fault.
 */
export function __sanitizer_cov_trace_switch(val: u64, cases: usize, pc: u64): void {
  if (cmp_area == NO_AREA) return;
  const memoryBytes = (<u64>memory.size()) << 16;
  const first = <u64>cases + SWITCH_CASES;
  if (first > memoryBytes) return;
  const type = switchType(load<u64>(cases, SWITCH_BITS));
  if (type == 0) return;
  const count = load<u64>(cases, SWITCH_COUNT);
  if (count > (memoryBytes - first) >> 3) return;
  for (let i: u64 = 0; i < count; ++i) {
    writeCmpData(type, load<u64>(cases + ((<usize>i) << 3), SWITCH_CASES), val, pc);
  }
}

function switchType(bits: u64): u64 {
  if (bits == 8) return KCOV_CMP_SIZE1 | KCOV_CMP_CONST;
  if (bits == 16) return KCOV_CMP_SIZE2 | KCOV_CMP_CONST;
  if (bits == 32) return KCOV_CMP_SIZE4 | KCOV_CMP_CONST;
  if (bits == 64) return KCOV_CMP_SIZE8 | KCOV_CMP_CONST;
  return 0;
}
