/** What operators on numbers do, by their opcodes. Integers are bigints without a sign. */

export class Trap extends Error {}

type Value = bigint | number;

const u = BigInt.asUintN;
const s = BigInt.asIntN;

/** @returns undefined for an opcode that is none of two operands */
export function binary(op: number, a: Value, b: Value): Value | undefined {
  if (op >= 0x46 && op <= 0x4f) return relation(op - 0x46, 32, a as bigint, b as bigint);
  if (op >= 0x51 && op <= 0x5a) return relation(op - 0x51, 64, a as bigint, b as bigint);
  if (op >= 0x5b && op <= 0x66) return floatRelation((op - 0x5b) % 6, a as number, b as number);
  if (op >= 0x6a && op <= 0x78) return arithmetic(op - 0x6a, 32, a as bigint, b as bigint);
  if (op >= 0x7c && op <= 0x8a) return arithmetic(op - 0x7c, 64, a as bigint, b as bigint);
  if (op >= 0x92 && op <= 0x97) return Math.fround(floatArithmetic(op - 0x92, a as number, b as number));
  if (op >= 0xa0 && op <= 0xa5) return floatArithmetic(op - 0xa0, a as number, b as number);
  return undefined;
}

/** @returns undefined for an opcode that is none of one operand */
export function unary(op: number, a: Value): Value | undefined {
  const value = a as bigint;
  switch (op) {
    case 0x45:
    case 0x50:
      return value === 0n ? 1n : 0n;
    case 0x67:
      return BigInt(32 - bits(value));
    case 0x79:
      return BigInt(64 - bits(value));
    case 0x68:
      return value === 0n ? 32n : trailing(value);
    case 0x69:
      return BigInt(value.toString(2).replaceAll("0", "").length);
    case 0xa7:
      return u(32, value);
    case 0xac:
      return u(64, s(32, value));
    case 0xad:
      return value;
    case 0xb2:
      return Math.fround(Number(s(32, value)));
    case 0xb7:
      return Number(s(32, value));
    case 0xc0:
      return u(32, s(8, value));
    case 0xc1:
      return u(32, s(16, value));
    case 0xc2:
      return u(64, s(8, value));
    case 0xc3:
      return u(64, s(16, value));
    case 0xc4:
      return u(64, s(32, value));
  }
  return undefined;
}

function bits(value: bigint): number {
  return value === 0n ? 0 : value.toString(2).length;
}

function trailing(value: bigint): bigint {
  let count = 0n;
  while (((value >> count) & 1n) === 0n) count++;
  return count;
}

/** eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u */
function relation(k: number, width: number, a: bigint, b: bigint): bigint {
  const [x, y] = k >= 2 && k % 2 === 0 ? [s(width, a), s(width, b)] : [a, b];
  const [isLess, isMore] = [x < y, x > y];
  const holds = [
    !isLess && !isMore,
    isLess || isMore,
    isLess,
    isLess,
    isMore,
    isMore,
    !isMore,
    !isMore,
    !isLess,
    !isLess,
  ];
  return holds[k] ? 1n : 0n;
}

/** eq ne lt gt le ge */
function floatRelation(k: number, a: number, b: number): bigint {
  return [a === b, a !== b, a < b, a > b, a <= b, a >= b][k] ? 1n : 0n;
}

/** add sub mul div min max */
function floatArithmetic(k: number, a: number, b: number): number {
  return [a + b, a - b, a * b, a / b, Math.min(a, b), Math.max(a, b)][k] as number;
}

/** add sub mul div_s div_u rem_s rem_u and or xor shl shr_s shr_u rotl rotr */
function arithmetic(k: number, width: number, a: bigint, b: bigint): bigint {
  const count = b % BigInt(width);
  const [x, y] = [s(width, a), s(width, b)];
  if (k >= 3 && k <= 6 && b === 0n) throw new Trap("by zero");
  if (k === 3 && y === -1n && x === -(1n << BigInt(width - 1))) throw new Trap("overflow");
  const results = [
    () => a + b,
    () => a - b,
    () => a * b,
    () => x / y,
    () => a / b,
    () => x % y,
    () => a % b,
    () => a & b,
    () => a | b,
    () => a ^ b,
    () => a << count,
    () => x >> count,
    () => a >> count,
    () => (a << count) | (a >> (BigInt(width) - count)),
    () => (a >> count) | (a << (BigInt(width) - count)),
  ];
  return u(width, (results[k] as () => bigint)());
}
