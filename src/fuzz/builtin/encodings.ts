/** How an input may hold the value that a comparison sees: in fewer bytes, in either byte order, or as decimal digits. */

import type { Compared, Value } from "./comparisons.ts";
import type { Haystack } from "./haystack.ts";
import type { Random } from "./random.ts";
import type { Substitution } from "./substitution.ts";

/** A way of getting the operands of a comparison to agree. */
export interface Attempt extends Substitution {
  /** Bytes of `from` as an integer; 0 for decimal digits. */
  readonly width: number;
  /** Whether the highest byte comes first. */
  readonly bigEndian: boolean;
  /** Whether it is the first operand that the input is to hold. */
  readonly wantsFirst: boolean;
  /** What is added to the integer; 0 if it or its goal is no small one. */
  readonly step: number;
}

/** What is added to the other operand: a comparison for order wants one more, or one less. */
const DELTAS = [0, 1, -1];
/** How far from an operand a value of the input may be: code adds the size of a header to it, or takes it off. */
const FARTHEST = 16;
/** Operands that are less are near to something in any input. */
const LEAST_OFFSET = 1 << 16;
/** Integers below this are small: they may be lengths. */
const SMALL = 1 << 16;

/**
 * What there is in an input to replace, and by what, so that the operands agree, or miss each other by one. Widest first:
 * what is found of it is the least likely to be a coincidence. Almost always there is nothing.
 */
export function attempts({ size, isConst, arg1, arg2 }: Compared, input: Haystack): readonly Attempt[] {
  const found: Attempt[] = [];
  const first: Question = { from: arg2, to: arg1, size, wantsFirst: true };
  const second: Question = { from: arg1, to: arg2, size, wantsFirst: false };
  // A constant is not from the input.
  const sides = isConst ? [first] : [first, second];
  if (size >= 4 && !isConst) for (const side of sides) addWithOffset(found, side, input);
  for (let width = size; width >= 1; width >>= 1) for (const side of sides) addOfWidth(found, side, width, input);
  if (size >= 2 && input.hasDigit) for (const side of sides) addInDigits(found, side, input);
  return found;
}

/** Bytes that the wanted operand is, in the input's order. */
export function wantedBytes({ arg1, arg2 }: Compared, { width, bigEndian, wantsFirst }: Attempt): Uint8Array {
  return bytesOf(wantsFirst ? arg1 : arg2, width, bigEndian);
}

/** Bytes that the other operand is. */
export function seenBytes({ arg1, arg2 }: Compared, { width, bigEndian, wantsFirst }: Attempt): Uint8Array {
  return bytesOf(wantsFirst ? arg2 : arg1, width, bigEndian);
}

/**
 * What to insert into an input where a comparison sees nothing: a terminator in place of a character, or 0 for a
 * number without digits.
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

/** Whether an input holds an integer that is not 0, in two bytes or more. */
export function holdsInteger(input: Haystack, value: Value, size: number): boolean {
  if (value.low === 0 && value.high === 0) return false;
  for (let width = size; width >= 2; width >>= 1) {
    if (fits(value, size, width) && BOTH_ORDERS.some((bigEndian) => holds(input, value, width, bigEndian))) return true;
  }
  return false;
}

/** One of the ways that {@link attempts} has for some input, at random. */
export function randomAttempt({ size, isConst, arg1, arg2 }: Compared, random: Random): Substitution | undefined {
  const [from, to] = isConst || random.oneIn(2) ? [arg2, arg1] : [arg1, arg2];
  const goal = add(to, DELTAS[random.below(DELTAS.length)] as number);
  if (size >= 2 && random.oneIn(8)) return { from: digitsOf(from, size), to: digitsOf(goal, size) };
  const width = size >> random.below(4);
  if (width === 0 || !fits(from, size, width) || !fits(goal, size, width)) return undefined;
  const bigEndian = random.oneIn(2);
  return { from: bytesOf(from, width, bigEndian), to: bytesOf(goal, width, bigEndian) };
}

/** A comparison as a question: the operand to look for, and the one that it is to become. */
interface Question {
  readonly from: Value;
  readonly to: Value;
  /** Bytes of each. */
  readonly size: number;
  /** `to` is the first operand. */
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

/** The input holds the operand but for something that the code adds to it. */
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

/** @param offset what the input holds, less the operand @param delta what the operand may miss its goal by */
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
