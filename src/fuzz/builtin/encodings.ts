/** How an input may encode a value that a comparison sees: in fewer bytes, in either byte order, in decimal digits. */

import type { Compared, Value } from "./comparisons.ts";
import type { Haystack } from "./haystack.ts";
import type { Random } from "./random.ts";
import type { Substitution } from "./substitution.ts";

/** A way of making the operands of a comparison agree. */
export interface Attempt extends Substitution {
  /** Size in bytes of `from` as an integer; 0 for decimal digits. */
  readonly width: number;
  /** Whether the highest byte comes first. */
  readonly bigEndian: boolean;
  /** Whether the value to put into the input is the first operand. */
  readonly wantsFirst: boolean;
  /** The difference that is added to the integer; 0 unless both it and its goal are small. */
  readonly step: number;
}

/** Added to the other operand: comparisons for order need a value that is greater or less by one. */
const DELTAS = [0, 1, -1];
/** How far a value in the input may be from the operand: code may add or subtract the size of a header. */
const FARTHEST = 16;
/** Smaller operands are close to something in every input. */
const LEAST_OFFSET = 1 << 16;
/** Integers below this are small: they may be lengths. */
const SMALL = 1 << 16;

/**
 * What to replace in an input, and by what, so that the operands agree or differ by one. Widest first, because those
 * matches are the least likely to be coincidences. Almost always there are none.
 */
export function attempts({ size, isConst, arg1, arg2 }: Compared, input: Haystack): readonly Attempt[] {
  const found: Attempt[] = [];
  const first: Question = { from: arg2, to: arg1, size, wantsFirst: true };
  const second: Question = { from: arg1, to: arg2, size, wantsFirst: false };
  // A constant does not come from the input.
  const sides = isConst ? [first] : [first, second];
  if (size >= 4 && !isConst) for (const side of sides) addWithOffset(found, side, input);
  for (let width = size; width >= 1; width >>= 1) for (const side of sides) addOfWidth(found, side, width, input);
  if (size >= 2 && input.hasDigit) for (const side of sides) addInDigits(found, side, input);
  return found;
}

/** The bytes of the wanted operand, in the input's byte order. */
export function wantedBytes({ arg1, arg2 }: Compared, { width, bigEndian, wantsFirst }: Attempt): Uint8Array {
  return bytesOf(wantsFirst ? arg1 : arg2, width, bigEndian);
}

/** The bytes of the other operand. */
export function seenBytes({ arg1, arg2 }: Compared, { width, bigEndian, wantsFirst }: Attempt): Uint8Array {
  return bytesOf(wantsFirst ? arg2 : arg1, width, bigEndian);
}

/**
 * What to insert into an input where a comparison sees nothing: a terminator instead of a character, or 0 for a number
 * without digits.
 */
export function insertions({ size, isConst, arg1, arg2 }: Compared): readonly Attempt[] {
  const found: Attempt[] = [];
  const nothing = new Uint8Array(0);
  const addIf = (seen: Value, wanted: Value, wantsFirst: boolean): void => {
    if (seen.low !== 0 || seen.high !== 0 || wanted.high !== 0 || wanted.low === 0) return;
    const common = { from: nothing, bigEndian: false, wantsFirst, step: 0 };
    if (size === 1) found.push({ ...common, to: bytesOf(wanted, 1, false), width: 1 });
    else if (wanted.low < SMALL) found.push({ ...common, to: digitsOf(wanted, size), width: 0 });
  };
  addIf(arg2, arg1, true);
  if (!isConst) addIf(arg1, arg2, false);
  return found;
}

/** Whether an input holds an integer other than 0 in two or more bytes. */
export function holdsInteger(input: Haystack, value: Value, size: number): boolean {
  if (value.low === 0 && value.high === 0) return false;
  for (let width = size; width >= 2; width >>= 1) {
    if (fits(value, size, width) && BOTH_ORDERS.some((bigEndian) => holds(input, value, width, bigEndian))) return true;
  }
  return false;
}

/** A random one of the substitutions that {@link attempts} may find in an input. */
export function randomAttempt({ size, isConst, arg1, arg2 }: Compared, random: Random): Substitution | undefined {
  const [from, to] = isConst || random.oneIn(2) ? [arg2, arg1] : [arg1, arg2];
  const goal = add(to, DELTAS[random.below(DELTAS.length)] as number);
  if (size >= 2 && random.oneIn(8)) return { from: digitsOf(from, size), to: digitsOf(goal, size) };
  const width = size >> random.below(4);
  if (width === 0 || !fits(from, size, width) || !fits(goal, size, width)) return undefined;
  const bigEndian = random.oneIn(2);
  return { from: bytesOf(from, width, bigEndian), to: bytesOf(goal, width, bigEndian) };
}

/** One direction of a comparison: the operand to look for, and the one to replace it by. */
interface Question {
  readonly from: Value;
  readonly to: Value;
  /** Size of each in bytes. */
  readonly size: number;
  /** Whether `to` is the first operand. */
  readonly wantsFirst: boolean;
}

function addOfWidth(found: Attempt[], side: Question, width: number, input: Haystack): void {
  const { from, size } = side;
  if (!fits(from, size, width)) return;
  for (const bigEndian of width === 1 ? ONE_ORDER : BOTH_ORDERS) {
    if (!holds(input, from, width, bigEndian)) continue;
    for (const delta of DELTAS) addInteger(found, side, width, bigEndian, 0, delta);
  }
}

/** Adds attempts for an input that holds the operand except for an offset that the code adds to it. */
function addWithOffset(found: Attempt[], side: Question, input: Haystack): void {
  const { from, size } = side;
  if (from.high === 0 && from.low < LEAST_OFFSET) return;
  for (let offset = -FARTHEST; offset <= FARTHEST; offset++) {
    if (offset === 0) continue;
    for (const bigEndian of BOTH_ORDERS) {
      if (holds(input, add(from, offset), size, bigEndian)) addInteger(found, side, size, bigEndian, offset, 0);
    }
  }
}

/** @param offset the value in the input minus the operand @param delta by how much the operand should miss its goal */
function addInteger(
  found: Attempt[],
  { from, to, size, wantsFirst }: Question,
  width: number,
  bigEndian: boolean,
  offset: number,
  delta: number,
): void {
  const before = add(from, offset);
  const after = add(to, offset + delta);
  if (!fits(after, size, width)) return;
  found.push({
    from: bytesOf(before, width, bigEndian),
    to: bytesOf(after, width, bigEndian),
    width,
    bigEndian,
    wantsFirst,
    step: isSmall(before) && isSmall(after) ? after.low - before.low : 0,
  });
}

function isSmall({ low, high }: Value): boolean {
  return high === 0 && low < SMALL;
}

/** Whether the highest byte comes first. */
const BOTH_ORDERS = [false, true];
const ONE_ORDER = [false];

function addInDigits(found: Attempt[], { from, to, size, wantsFirst }: Question, input: Haystack): void {
  const digits = digitsOf(from, size);
  if (!holdsBytes(input, digits)) return;
  for (const delta of DELTAS) {
    const goal = digitsOf(add(to, delta), size);
    found.push({ from: digits, to: goal, width: 0, bigEndian: false, wantsFirst, step: 0 });
  }
}

/** Whether a value of `size` bytes fits into `width` bytes, signed or unsigned. */
function fits({ low, high }: Value, size: number, width: number): boolean {
  if (width >= size) return true;
  const ones = size === 8 ? 0xffffffff : 0;
  if (width === 4) return high === 0 || (high === ones && low >>> 31 === 1);
  if (low < 2 ** (8 * width)) return high === 0;
  const top = size === 2 ? 0x10000 : 2 ** 32;
  return high === ones && low >= top - 2 ** (8 * width - 1) && low < top;
}

/** Whether an input holds an integer. Does not encode it first: the answer is almost always no. */
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

/** The k-th byte, counted from the lowest. */
function byteOf({ low, high }: Value, k: number): number {
  return (k < 4 ? low >>> (8 * k) : high >>> (8 * (k - 4))) & 0xff;
}

function bytesOf(value: Value, width: number, bigEndian: boolean): Uint8Array {
  const bytes = new Uint8Array(width);
  for (let k = 0; k < width; k++) bytes[bigEndian ? width - 1 - k : k] = byteOf(value, k);
  return bytes;
}

/** The value in decimal digits, with a sign if it is negative. */
function digitsOf(value: Value, size: number): Uint8Array {
  const text = String(size === 8 ? signed64(value) : size === 2 ? value.low : value.low | 0);
  const digits = new Uint8Array(text.length);
  for (let k = 0; k < text.length; k++) digits[k] = text.charCodeAt(k);
  return digits;
}

/** The signed value; a bigint only if it does not fit into a number. */
function signed64({ low, high }: Value): number | bigint {
  const top = high | 0;
  if (top === 0) return low;
  if (top === -1) return low - 2 ** 32;
  return BigInt.asIntN(64, (BigInt(high) << 32n) | BigInt(low));
}
