/**
 * Functions while nothing is traced, with `idle: "fast"`: instead of a look at the device at every site there is one where
 * the function begins, and what it then runs has no sites:
 *
 *     (block
 *       (br_if 0 (global.get $mode))
 *       <the body without sites>
 *       (return))
 *     <the body with sites>
 *
 * Both are made of what Binaryen wrote, so that they differ in nothing but the sites: what only one of them had would be a
 * way to do something else than the original while nothing is traced. Both are in one function, so that a stack has as
 * many frames as that of the original, and every index, name and offset means what it did. Branches to the body itself,
 * which the block would catch, are none that Binaryen writes: it makes them returns.
 */

import { required } from "../required.ts";
import type { Site } from "../sites/site.ts";
import { Assembler } from "../wasm/assembler.ts";
import { OP } from "../wasm/operators.ts";
import type { Indices } from "./site_rendering.ts";

/** What a function does while nothing is traced: it runs a copy of its body, or does without its only site. */
export type IdleForm = "copies" | "guard";

/** The global that says whether anything is traced: 0 where nothing is, whatever could be. */
export const IDLE_GLOBAL = "mode";

/** @param hooked sites of control flow @param values how many operators record something */
export function idleForm(hooked: readonly Site[], values: number): IdleForm | undefined {
  const [first] = hooked;
  if (!first) return values > 0 ? "copies" : undefined;
  return hooked.length === 1 && values === 0 && first.kind === "entry" ? "guard" : "copies";
}

/** A condition: something is traced. */
export function isTracing({ globals }: Indices): Uint8Array {
  const out = new Assembler();
  out.op(OP.global_get, required(globals, IDLE_GLOBAL));
  return out.written().slice();
}
