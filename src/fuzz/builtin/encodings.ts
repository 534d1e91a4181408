/** How an input may hold the value that a comparison sees: in fewer bytes, in either byte order, or as decimal digits. */

import type { Compared, Value } from "./comparisons.ts";
import type { Substitution } from "./substitution.ts";

/** A way of getting the operands of a comparison to agree. */
export interface Attempt extends Substitution {
  /** Bytes of `from` as an integer; 0 for decimal digits. */
  readonly width: number;
}

/**
 * What to look for, and what to put there, so that the operands agree, or miss each other by one. Widest first: what is
 * found of it is the least likely to be a coincidence.
 */
export function* attempts({ size, isConst, arg1, arg2 }: Compared): Generator<Attempt, void, void> {
  for (let width = size; width >= 1; width >>= 1) {
    yield* ofWidth(arg2, arg1, size, width);
    // A constant is not from the input.
    if (!isConst) yield* ofWidth(arg1, arg2, size, width);
  }
  yield* inDigits(arg2, arg1, size);
  if (!isConst) yield* inDigits(arg1, arg2, size);
}

function* ofWidth(from: Value, to: Value, size: number, width: number): Generator<Attempt, void, void> {
  if (!fits(from, size, width)) return;
  for (const delta of [0, 1, -1]) {
    const goal = add(to, delta);
    if (!fits(goal, size, width)) continue;
    yield { from: bytesOf(from, width, false), to: bytesOf(goal, width, false), width };
    if (width > 1) yield { from: bytesOf(from, width, true), to: bytesOf(goal, width, true), width };
  }
}

function* inDigits(from: Value, to: Value, size: number): Generator<Attempt, void, void> {
  if (size < 2) return;
  const encoder = new TextEncoder();
  for (const delta of [0, 1, -1]) {
    const digits = encoder.encode(decimal(add(to, delta), size));
    yield { from: encoder.encode(decimal(from, size)), to: digits, width: 0 };
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

function add({ low, high }: Value, delta: number): Value {
  const sum = low + delta;
  const carry = sum < 0 ? -1 : sum > 0xffffffff ? 1 : 0;
  return { low: sum >>> 0, high: (high + carry) >>> 0 };
}

function bytesOf({ low, high }: Value, width: number, bigEndian: boolean): Uint8Array {
  const bytes = new Uint8Array(width);
  for (let k = 0; k < width; k++) {
    const byte = k < 4 ? low >>> (8 * k) : high >>> (8 * (k - 4));
    bytes[bigEndian ? width - 1 - k : k] = byte;
  }
  return bytes;
}

function decimal({ low, high }: Value, size: number): string {
  if (size === 8) return BigInt.asIntN(64, (BigInt(high) << 32n) | BigInt(low)).toString();
  return String(size === 2 ? low : low | 0);
}
