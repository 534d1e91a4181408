/** Calls with v128, which does not cross into JavaScript: a module around the call passes and returns lanes. */

import { head, type List, type Sexpr, textOf } from "./sexpr.ts";
import { float, integer, matches, Unsupported } from "./values.ts";

/** Whether a call has vectors among its arguments or results. */
export function hasVectors(forms: readonly Sexpr[]): boolean {
  return forms.some((form) => typeOf(form) === "v128");
}

/**
 * The text of a module that imports the function `m.f` and exports `run`, which calls it with the arguments and returns
 * its results, a vector as its two halves.
 */
export function wrapperText(args: readonly Sexpr[], results: readonly Sexpr[], script: string): string {
  const types = results.map(typeOf);
  const flat = types.map((type) => (type === "v128" ? "i64 i64" : type));
  const constants = args.map((form) => script.slice((form as List).start, (form as List).end));
  const halves = [0, 1].map((lane) => (k: number) => `(i64x2.extract_lane ${lane} (local.get ${k}))`);
  const values = types.map((type, k) =>
    type === "v128" ? halves.map((half) => half(k)).join(" ") : `(local.get ${k})`,
  );
  const sets = types.map((_, k) => `(local.set ${k})`).reverse();
  return `(module
    (import "m" "f" (func $f (param ${args.map(typeOf).join(" ")}) (result ${types.join(" ")})))
    (func (export "run") (result ${flat.join(" ")}) (local ${types.join(" ")})
      (call $f ${constants.join(" ")}) ${sets.join(" ")} ${values.join(" ")}))`;
}

/** Whether what `run` returned is what the patterns ask for. */
export function vectorsMatch(patterns: readonly Sexpr[], flat: readonly unknown[]): boolean {
  let position = 0;
  return patterns.every((pattern) => {
    if (typeOf(pattern) !== "v128") return matches(pattern, flat[position++]);
    const halves = new BigInt64Array([flat[position++] as bigint, flat[position++] as bigint]);
    return vectorMatches(pattern, halves);
  });
}

function typeOf(form: Sexpr): string {
  const kind = head(form);
  if (kind === "either") return typeOf((form as List).items[1] as Sexpr);
  if (!kind.endsWith(".const")) throw new Unsupported(`${kind} beside a vector`);
  return kind.slice(0, -".const".length);
}

function vectorMatches(pattern: Sexpr, halves: BigInt64Array): boolean {
  const { items } = pattern as List;
  if (head(pattern) === "either") return items.slice(1).some((each) => vectorMatches(each, halves));
  const shape = textOf(items[1]);
  return items.slice(2).every((item, lane) => laneMatches(shape, textOf(item), lane, halves.buffer as ArrayBuffer));
}

function laneMatches(shape: string, text: string, lane: number, buffer: ArrayBuffer): boolean {
  const view = new DataView(buffer);
  const bits = Number(/^[if](\d+)x/.exec(shape)?.[1]);
  const offset = (lane * bits) / 8;
  if (shape.startsWith("f")) {
    const value = bits === 32 ? view.getFloat32(offset, true) : view.getFloat64(offset, true);
    const expected = bits === 32 ? Math.fround(float(text)) : float(text);
    return Object.is(value, expected);
  }
  const value = bits === 64 ? view.getBigUint64(offset, true) : BigInt(readBits(view, bits, offset));
  return value === BigInt.asUintN(bits, integer(text));
}

function readBits(view: DataView, bits: number, offset: number): number {
  if (bits === 8) return view.getUint8(offset);
  return bits === 16 ? view.getUint16(offset, true) : view.getUint32(offset, true);
}
