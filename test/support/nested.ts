/** Modules that nest deeply: one function `f` of an i32, which gives an i32. */

import { concat, uleb } from "../../src/instrument/wasm/bytes.ts";
import { encodeSection } from "../../src/instrument/wasm/sections.ts";

export const SHAPES = ["sums", "right sums", "blocks", "loops", "ifs", "else-ifs", "selects", "drops"] as const;

export type Shape = (typeof SHAPES)[number];

/** @param levels how deep */
export function nested(shape: Shape, levels: number): Uint8Array<ArrayBuffer> {
  const code = [...CODE[shape](levels), END];
  const body = [0, ...code];
  return concat([
    Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0),
    ...encodeSection(1, [1, 0x60, 1, I32, 1, I32]),
    ...encodeSection(3, [1, 0]),
    ...encodeSection(7, [1, 1, 0x66, 0, 0]),
    ...encodeSection(10, uleb(1), uleb(body.length), body),
  ]);
}

const I32 = 0x7f;
const END = 0x0b;
const VOID = 0x40;
const GET = [0x20, 0];
const [ADD, EQ, DROP, SELECT] = [0x6a, 0x46, 0x1a, 0x1b];

const CODE: Readonly<Record<Shape, (levels: number) => number[]>> = {
  sums: (n) => [...GET, ...repeat(n, ...GET, ADD)],
  "right sums": (n) => [...repeat(n + 1, ...GET), ...repeat(n, ADD)],
  blocks: (n) => [...repeat(n, 0x02, VOID), ...GET, 0x0d, 0, ...repeat(n, END), ...GET],
  loops: (n) => [...repeat(n, 0x03, VOID), ...repeat(n, END), ...GET],
  ifs: (n) => [...repeat(n, ...GET, 0x04, VOID), ...repeat(n, END), ...GET],
  "else-ifs": (n) => [...repeat(n, ...GET, 0x41, 5, EQ, 0x04, VOID, 0x05), ...repeat(n, END), ...GET],
  selects: (n) => [...GET, ...repeat(n, ...GET, ...GET, SELECT)],
  drops: (n) => [...repeat(n, ...GET), ...repeat(n, DROP), ...GET],
};

function repeat(count: number, ...bytes: number[]): number[] {
  return Array.from({ length: count * bytes.length }, (_, k) => bytes[k % bytes.length] as number);
}
