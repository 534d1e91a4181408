/** How an input may hold the value that a comparison sees: in fewer bytes, in either byte order, or as decimal digits. */

import type { Compared, Value } from "./comparisons.ts";
import type { Haystack } from "./haystack.ts";
import type { Random } from "./random.ts";
import type { Substitution } from "./substitution.ts";

/** A way of getting the operands of a comparison to agree. */
export interface Attempt extends Substitution {
  /** Bytes of `from` as an integer; 0 for decimal digits. */
  readonly width: number;
}

/** What is added to the other operand: a comparison for order wants one more, or one less. */
const DELTAS = [0, 1, -1];

/**
 * What there is in an input to replace, and by what, so that the operands agree, or miss each other by one. Widest first:
 * what is found of it is the least likely to be a coincidence.
 */
export function* attempts(compared: Compared, input: Haystack): Generator<Attempt, void, void> {
  const { size: widest, isConst, arg1, arg2 } = compared;
  for (let width = widest; width >= 1; width >>= 1) {
    yield* ofWidth(arg2, arg1, widest, width, input);
    // A constant is not from the input.
    if (!isConst) yield* ofWidth(arg1, arg2, widest, width, input);
  }
  if (widest < 2 || !input.hasDigit) return;
  yield* inDigits(arg2, arg1, widest, input);
  if (!isConst) yield* inDigits(arg1, arg2, widest, input);
}

/** One of the ways that {@link attempts} has for some input, at random. */
export function randomAttempt({ size, isConst, arg1, arg2 }: Compared, random: Random): Attempt | undefined {
  const [from, to] = isConst || random.oneIn(2) ? [arg2, arg1] : [arg1, arg2];
  const goal = add(to, DELTAS[random.below(DELTAS.length)] as number);
  if (size >= 2 && random.oneIn(8)) return { from: digitsOf(from, size), to: digitsOf(goal, size), width: 0 };
  const width = size >> random.below(4);
  if (width === 0 || !fits(from, size, width) || !fits(goal, size, width)) return undefined;
  const bigEndian = random.oneIn(2);
  return { from: bytesOf(from, width, bigEndian), to: bytesOf(goal, width, bigEndian), width };
}

function* ofWidth(
  from: Value,
  to: Value,
  widest: number,
  width: number,
  input: Haystack,
): Generator<Attempt, void, void> {
  if (!fits(from, widest, width)) return;
  for (const bigEndian of [false, true]) {
    if (bigEndian && width === 1) return;
    if (!holds(input, from, width, bigEndian)) continue;
    const found = bytesOf(from, width, bigEndian);
    for (const delta of DELTAS) {
      const goal = add(to, delta);
      if (fits(goal, widest, width)) yield { from: found, to: bytesOf(goal, width, bigEndian), width };
    }
  }
}

function* inDigits(from: Value, to: Value, widest: number, input: Haystack): Generator<Attempt, void, void> {
  const digits = digitsOf(from, widest);
  if (!holdsBytes(input, digits)) return;
  for (const delta of DELTAS) yield { from: digits, to: digitsOf(add(to, delta), widest), width: 0 };
}

/** Whether `width` bytes hold a value of `size` bytes, with or without sign. */
function fits({ low, high }: Value, size: number, width: number): boolean {
  if (width >= size) return true;
  const ones = size === 8 ? 0xffffffff : 0;
  if (width === 4) return high === 0 || (high === ones && low >>> 31 === 1);
  if (low < 2 ** (8 * width)) return high === 0;
  const top = size === 2 ? 0x10000 : 2 ** 32;
  return high === ones && low >= top - 2 ** (8 * width - 1) && low < top;
}

/** Whether an input holds an integer, without making bytes of it: that is asked far more often than the answer is yes. */
function holds(input: Haystack, value: Value, width: number, bigEndian: boolean): boolean {
  const { data, size } = input;
  const first = byteOf(value, bigEndian ? width - 1 : 0);
  if (width > 1 && !input.mayHold(first, byteOf(value, bigEndian ? width - 2 : 1))) return false;
  for (let at = 0; at <= size - width; at++) {
    if (data[at] !== first) continue;
    let k = 1;
    while (k < width && data[at + k] === byteOf(value, bigEndian ? width - 1 - k : k)) k++;
    if (k === width) return true;
  }
  return false;
}

function holdsBytes(input: Haystack, bytes: Uint8Array): boolean {
  const { data, size } = input;
  if (bytes.length > 1 && !input.mayHold(bytes[0] as number, bytes[1] as number)) return false;
  for (let at = 0; at <= size - bytes.length; at++) {
    let k = 0;
    while (k < bytes.length && data[at + k] === bytes[k]) k++;
    if (k === bytes.length) return true;
  }
  return false;
}

function add({ low, high }: Value, delta: number): Value {
  const sum = low + delta;
  const carry = sum < 0 ? -1 : sum > 0xffffffff ? 1 : 0;
  return { low: sum >>> 0, high: (high + carry) >>> 0 };
}

/** The k-th byte, from the lowest on. */
function byteOf({ low, high }: Value, k: number): number {
  return (k < 4 ? low >>> (8 * k) : high >>> (8 * (k - 4))) & 0xff;
}

function bytesOf(value: Value, width: number, bigEndian: boolean): Uint8Array {
  const bytes = new Uint8Array(width);
  for (let k = 0; k < width; k++) bytes[bigEndian ? width - 1 - k : k] = byteOf(value, k);
  return bytes;
}

/** Decimal digits, with a sign if need be. */
function digitsOf({ low, high }: Value, size: number): Uint8Array {
  const value = size === 8 ? BigInt.asIntN(64, (BigInt(high) << 32n) | BigInt(low)) : size === 2 ? low : low | 0;
  return Uint8Array.from(String(value), (char) => char.charCodeAt(0));
}
