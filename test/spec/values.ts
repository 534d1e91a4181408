/** Constants and result patterns of `.wast` scripts. */

import { head, type List, type Sexpr, textOf } from "./sexpr.ts";

/** A value that a script cannot express in JavaScript; the assertion is skipped. */
export class Unsupported extends Error {}

const externs = new Map<string, object>();

/** An argument. */
export function argument(form: Sexpr): unknown {
  const kind = head(form);
  const text = textOf((form as List).items[1]);
  switch (kind) {
    case "i32.const":
      return Number(BigInt.asIntN(32, integer(text)));
    case "i64.const":
      return BigInt.asIntN(64, integer(text));
    case "f32.const":
    case "f64.const":
      return float(text);
    case "ref.null":
      return null;
    case "ref.extern":
    case "ref.host":
      return extern(text);
    default:
      throw new Unsupported(`${kind} as an argument`);
  }
}

/** Whether a result is what a pattern asks for. */
export function matches(pattern: Sexpr, value: unknown): boolean {
  const kind = head(pattern);
  const { items } = pattern as List;
  const text = textOf(items[1]);
  switch (kind) {
    case "i32.const":
    case "i64.const":
      return value === argument(pattern);
    case "f32.const":
      return isFloat(text, value, true);
    case "f64.const":
      return isFloat(text, value, false);
    case "ref.null":
      return value === null;
    case "ref.extern":
    case "ref.host":
      return items.length > 1 ? value === extern(text) : value !== null;
    case "ref.func":
      return typeof value === "function";
    case "ref.i31":
      return typeof value === "number";
    case "ref.struct":
    case "ref.array":
    case "ref.eq":
    case "ref.any":
      return value !== null;
    case "either":
      return items.slice(1).some((each) => matches(each, value));
    default:
      throw new Unsupported(`${kind} as a result`);
  }
}

function extern(text: string): object {
  const known = externs.get(text) ?? { extern: text };
  externs.set(text, known);
  return known;
}

/** An integer with an optional sign, `0x` and underscores. */
export function integer(text: string): bigint {
  const digits = text.replaceAll("_", "").replace(/^[+-]/, "");
  return text.startsWith("-") ? -BigInt(digits) : BigInt(digits);
}

/** Patterns of NaN are all taken alike: payloads do not survive JavaScript. */
function isFloat(text: string, value: unknown, single: boolean): boolean {
  const expected = float(text);
  return Object.is(single ? Math.fround(expected) : expected, value) || (Number.isNaN(expected) && Number.isNaN(value));
}

/** A floating-point number; hexadecimal ones exactly, since their digits are powers of two. */
export function float(text: string): number {
  const sign = text.startsWith("-") ? -1 : 1;
  const digits = text.replaceAll("_", "").replace(/^[+-]/, "");
  if (digits.startsWith("nan")) return Number.NaN;
  if (digits === "inf") return sign * Number.POSITIVE_INFINITY;
  if (!digits.startsWith("0x")) return sign * Number(digits);
  const [mantissa = "", exponent = "0"] = digits.slice(2).split(/p/i);
  const [whole = "", fraction = ""] = mantissa.split(".");
  return sign * scaled(BigInt(`0x${whole}${fraction}` || "0x0"), Number(exponent) - 4 * fraction.length);
}

/** value · 2^exponent, rounded once to double. */
function scaled(value: bigint, exponent: number): number {
  const bits = value === 0n ? 0 : value.toString(2).length;
  const excess = bits - 53 + Math.max(0, -1074 - (bits - 53 + exponent));
  if (excess <= 0) return Number(value) * 2 ** Math.max(exponent, -1000) * 2 ** Math.min(0, exponent + 1000);
  const half = 1n << BigInt(excess - 1);
  const low = value & ((1n << BigInt(excess)) - 1n);
  let kept = value >> BigInt(excess);
  if (low > half || (low === half && kept & 1n)) kept++;
  return scaled(kept, exponent + excess);
}
