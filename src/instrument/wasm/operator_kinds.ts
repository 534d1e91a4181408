/** Kinds of operators that may record values, in the original (offsets.ts) and in Binaryen's output (value_code.ts). */

import { OP } from "./operators.ts";

/** Kinds of operators; 0 stands for all others. */
export const OperatorKind = {
  compare: 1,
  div: 2,
  load: 3,
  store: 4,
  brTable: 5,
  indirectCall: 6,
  globalSet: 7,
  /** Other accesses to memory: read-modify-write, wait and notify, and accesses to ranges. */
  otherAccess: 8,
} as const;

/** The kind of an operator. */
export function operatorKind(opcode: number): number {
  return opcode < 0x100 ? (KINDS[opcode] ?? 0) : prefixedKind(opcode >> 16, opcode & 0xffff);
}

const INDIRECT_CALLS = [OP.call_indirect, OP.return_call_indirect, OP.call_ref, OP.return_call_ref] as const;

const KINDS: Uint8Array = singleByteKinds();

function singleByteKinds(): Uint8Array {
  const kinds = new Uint8Array(0x100);
  kinds.fill(OperatorKind.load, OP.i32_load, OP.i64_load32_u + 1);
  kinds.fill(OperatorKind.store, OP.i32_store, OP.i64_store32 + 1);
  kinds.fill(OperatorKind.compare, OP.i32_eqz, OP.i64_ge_u + 1);
  for (const div of [OP.i32_div_s, OP.i32_div_u, OP.i64_div_s, OP.i64_div_u]) kinds[div] = OperatorKind.div;
  for (const call of INDIRECT_CALLS) kinds[call] = OperatorKind.indirectCall;
  kinds[OP.br_table] = OperatorKind.brTable;
  kinds[OP.global_set] = OperatorKind.globalSet;
  return kinds;
}

/** Vectors, atomics, bulk memory. */
function prefixedKind(prefix: number, code: number): number {
  if (prefix === 0xfd) {
    if (code <= 10 || code === 92 || code === 93 || isLaneLoad(code)) return OperatorKind.load;
    if (code === 11 || (code >= 88 && code <= 91)) return OperatorKind.store;
  } else if (prefix === 0xfe) {
    if (code >= 0x10 && code <= 0x16) return OperatorKind.load;
    if (code >= 0x17 && code <= 0x1d) return OperatorKind.store;
    if (code <= 0x02 || (code >= 0x1e && code <= 0x4e)) return OperatorKind.otherAccess;
  } else if (prefix === 0xfc && (code === 8 || code === 10 || code === 11)) {
    return OperatorKind.otherAccess;
  }
  return 0;
}

function isLaneLoad(code: number): boolean {
  return code >= 84 && code <= 87;
}

/** Whether a load takes, after the address, the vector in which it replaces one lane. */
export function takesVector(opcode: number): boolean {
  return opcode >> 16 === 0xfd && isLaneLoad(opcode & 0xffff);
}
