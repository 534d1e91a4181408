import {
  CMP_RECORD_ARG1,
  CMP_RECORD_ARG2,
  CMP_RECORD_PC,
  CMP_RECORD_SHIFT,
  CMP_RECORD_TYPE,
  COUNT_WORDS,
  SWITCH_BITS,
  SWITCH_CASES,
  SWITCH_COUNT,
  WORD_BYTES,
} from "../src/abi/layout";

/** A comparison record in the area, of KCOV_WORDS_PER_CMP words. */
class CmpRecord {
  type: u64 = 0;
  arg1: u64 = 0;
  arg2: u64 = 0;
  pc: u64 = 0;
}

/** The table of a switch, up to its first case. */
class SwitchTable {
  count: u64 = 0;
  bits: u64 = 0;
  case0: u64 = 0;
}

/** Compiles only if the constants with which the hooks address these structs match them. */
export function checkLayout(): void {
  const first = <usize>COUNT_WORDS * WORD_BYTES;
  if (<usize>CMP_RECORD_TYPE != first + offsetof<CmpRecord>("type")) ERROR("CMP_RECORD_TYPE");
  if (<usize>CMP_RECORD_ARG1 != first + offsetof<CmpRecord>("arg1")) ERROR("CMP_RECORD_ARG1");
  if (<usize>CMP_RECORD_ARG2 != first + offsetof<CmpRecord>("arg2")) ERROR("CMP_RECORD_ARG2");
  if (<usize>CMP_RECORD_PC != first + offsetof<CmpRecord>("pc")) ERROR("CMP_RECORD_PC");
  if ((<usize>1) << CMP_RECORD_SHIFT != offsetof<CmpRecord>()) ERROR("CMP_RECORD_SHIFT");
  if (<usize>SWITCH_COUNT != offsetof<SwitchTable>("count")) ERROR("SWITCH_COUNT");
  if (<usize>SWITCH_BITS != offsetof<SwitchTable>("bits")) ERROR("SWITCH_BITS");
  if (<usize>SWITCH_CASES != offsetof<SwitchTable>("case0")) ERROR("SWITCH_CASES");
}
