/**
 * Operators of the code section: their opcodes and immediates. Only lengths matter here, so an operator is skipped by
 * the shape of its immediates (byte_reader.ts). Rejected alternative: the npm package wasmparser, which creates an
 * object per operator and cannot read the memory arguments of multi-memory and of large memory64 offsets; the tests
 * compare the two where both can read.
 */

/** Opcodes that the pass knows by name. Prefixed ones have the prefix in bits 16 and up. */
export const OP = {
  unreachable: 0x00,
  block: 0x02,
  loop: 0x03,
  if: 0x04,
  else: 0x05,
  try: 0x06,
  catch: 0x07,
  throw: 0x08,
  rethrow: 0x09,
  throw_ref: 0x0a,
  end: 0x0b,
  br: 0x0c,
  br_if: 0x0d,
  br_table: 0x0e,
  return: 0x0f,
  call: 0x10,
  call_indirect: 0x11,
  return_call: 0x12,
  return_call_indirect: 0x13,
  call_ref: 0x14,
  return_call_ref: 0x15,
  delegate: 0x18,
  catch_all: 0x19,
  try_table: 0x1f,
  local_get: 0x20,
  local_set: 0x21,
  local_tee: 0x22,
  global_get: 0x23,
  global_set: 0x24,
  i32_load: 0x28,
  select: 0x1b,
  select_typed: 0x1c,
  i64_load: 0x29,
  i32_load8_s: 0x2c,
  i32_load8_u: 0x2d,
  i32_load16_u: 0x2f,
  i32_store8: 0x3a,
  i64_load32_u: 0x35,
  i32_store: 0x36,
  i64_store32: 0x3e,
  i32_const: 0x41,
  i64_const: 0x42,
  f64_const: 0x44,
  i32_eqz: 0x45,
  i32_ne: 0x47,
  i32_lt_u: 0x49,
  i32_gt_u: 0x4b,
  i32_ge_s: 0x4e,
  i64_eqz: 0x50,
  i64_ne: 0x52,
  i64_ge_u: 0x5a,
  i32_add: 0x6a,
  i32_sub: 0x6b,
  i32_and: 0x71,
  i32_or: 0x72,
  i32_xor: 0x73,
  i32_shl: 0x74,
  i32_shr_u: 0x76,
  i64_add: 0x7c,
  i64_and: 0x83,
  i32_div_s: 0x6d,
  i32_div_u: 0x6e,
  i64_div_s: 0x7f,
  i64_div_u: 0x80,
  i32_wrap_i64: 0xa7,
  i64_extend_i32_u: 0xad,
  br_on_null: 0xd5,
  br_on_non_null: 0xd6,
  br_on_cast: 0xfb0018,
  br_on_cast_fail: 0xfb0019,
} as const;

/** The immediates after an opcode, one letter each (see `singleByteOperators`); undefined for an unknown opcode. */
export function immediatesOf(opcode: number): string | undefined {
  return opcode > 0xff ? prefixedImmediates(opcode >> 16, opcode & 0xffff) : IMMEDIATES[opcode];
}

const IMMEDIATES: readonly (string | undefined)[] = singleByteOperators();

/**
 * l: LEB128 of any width · b: block type · m: memory argument · 1, 4, 8, 9: that many bytes (9 stands for 16) ·
 * t: vector of value types · v: vector of labels and one more · c: catch clauses
 */
function singleByteOperators(): (string | undefined)[] {
  const table: (string | undefined)[] = [];
  const set = (from: number, to: number, shape: string) => table.fill(shape, from, to + 1);
  table.length = 256;
  set(0x00, 0x01, ""); // unreachable, nop
  set(0x02, 0x04, "b"); // block, loop, if
  set(0x05, 0x05, ""); // else
  set(0x06, 0x06, "b"); // try
  set(0x07, 0x09, "l"); // catch, throw, rethrow
  set(0x0a, 0x0b, ""); // throw_ref, end
  set(0x0c, 0x0d, "l"); // br, br_if
  set(0x0e, 0x0e, "v"); // br_table
  set(0x0f, 0x0f, ""); // return
  set(0x10, 0x10, "l"); // call
  set(0x11, 0x11, "ll"); // call_indirect
  set(0x12, 0x12, "l"); // return_call
  set(0x13, 0x13, "ll"); // return_call_indirect
  set(0x14, 0x15, "l"); // call_ref, return_call_ref
  set(0x18, 0x18, "l"); // delegate
  set(0x19, 0x1b, ""); // catch_all, drop, select
  set(0x1c, 0x1c, "t"); // select with types
  set(0x1f, 0x1f, "bc"); // try_table
  set(0x20, 0x26, "l"); // local.*, global.*, table.get, table.set
  set(0x28, 0x3e, "m"); // loads, stores
  set(0x3f, 0x40, "l"); // memory.size, memory.grow
  set(0x41, 0x42, "l"); // i32.const, i64.const
  set(0x43, 0x43, "4"); // f32.const
  set(0x44, 0x44, "8"); // f64.const
  set(0x45, 0xc4, ""); // numeric
  set(0xd0, 0xd0, "l"); // ref.null
  set(0xd1, 0xd1, ""); // ref.is_null
  set(0xd2, 0xd2, "l"); // ref.func
  set(0xd3, 0xd4, ""); // ref.eq, ref.as_non_null
  set(0xd5, 0xd6, "l"); // br_on_null, br_on_non_null
  return table;
}

/** Immediates of the operators with a prefix byte; undefined for one that no engine ships. */
function prefixedImmediates(prefix: number, code: number): string | undefined {
  if (prefix === 0xfb) return GC[code];
  if (prefix === 0xfc) return code < 8 ? "" : BULK[code - 8];
  if (prefix === 0xfd) return simdImmediates(code);
  if (prefix === 0xfe) return code === 3 ? "1" : code <= 2 || (code >= 0x10 && code <= 0x4e) ? "m" : undefined;
  return undefined;
}

// biome-ignore format: in the order of the opcodes
const GC: readonly string[] = [
  "l", "l", "ll", "ll", "ll", "ll", // struct.new, new_default, get, get_s, get_u, set
  "l", "l", "ll", "ll", "ll", "l", "l", "l", "l", "", "l", "ll", "ll", "ll", // array.new … array.init_elem
  "l", "l", "l", "l", "1lll", "1lll", // ref.test, ref.cast, br_on_cast, br_on_cast_fail
  "", "", "", "", "", // any.convert_extern, extern.convert_any, ref.i31, i31.get_s, i31.get_u
];

/** memory.init, data.drop, memory.copy, memory.fill, table.init, elem.drop, table.copy, table.grow, size, fill */
const BULK: readonly string[] = ["ll", "l", "ll", "l", "ll", "l", "ll", "l", "l", "l"];

function simdImmediates(code: number): string | undefined {
  if (code <= 11 || code === 92 || code === 93) return "m";
  if (code === 12 || code === 13) return "9";
  if (code >= 21 && code <= 34) return "1";
  if (code >= 84 && code <= 91) return "m1";
  return code <= 0x113 ? "" : undefined;
}
