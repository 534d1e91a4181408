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
 * what is found of it is the least likely to be a coincidence. Almost always there is nothing.
 */
export function attempts({ size, isConst, arg1, arg2 }: Compared, input: Haystack): readonly Attempt[] {
  const found: Attempt[] = [];
  for (let width = size; width >= 1; width >>= 1) {
    addOfWidth(found, arg2, arg1, size, width, input);
    // A constant is not from the input.
    if (!isConst) addOfWidth(found, arg1, arg2, size, width, input);
  }
  if (size < 2 || !input.hasDigit) return found;
  addInDigits(found, arg2, arg1, size, input);
  if (!isConst) addInDigits(found, arg1, arg2, size, input);
  return found;
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

function addOfWidth(found: Attempt[], from: Value, to: Value, size: number, width: number, input: Haystack): void {
  if (!fits(from, size, width)) return;
  for (const bigEndian of width === 1 ? ONE_ORDER : BOTH_ORDERS) {
    if (!holds(input, from, width, bigEndian)) continue;
    const bytes = bytesOf(from, width, bigEndian);
    for (const delta of DELTAS) {
      const goal = add(to, delta);
      if (fits(goal, size, width)) found.push({ from: bytes, to: bytesOf(goal, width, bigEndian), width });
    }
  }
}

/** Whether the highest byte comes first. */
const BOTH_ORDERS = [false, true];
const ONE_ORDER = [false];

function addInDigits(found: Attempt[], from: Value, to: Value, size: number, input: Haystack): void {
  const digits = digitsOf(from, size);
  if (!holdsBytes(input, digits)) return;
  for (const delta of DELTAS) found.push({ from: digits, to: digitsOf(add(to, delta), size), width: 0 });
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
function digitsOf(value: Value, size: number): Uint8Array {
  const text = String(size === 8 ? signed64(value) : size === 2 ? value.low : value.low | 0);
  const digits = new Uint8Array(text.length);
  for (let k = 0; k < text.length; k++) digits[k] = text.charCodeAt(k);
  return digits;
}

/** A bigint only where a number does not do. */
function signed64({ low, high }: Value): number | bigint {
  const top = high | 0;
  if (top === 0) return low;
  if (top === -1) return low - 2 ** 32;
  return BigInt.asIntN(64, (BigInt(high) << 32n) | BigInt(low));
}
