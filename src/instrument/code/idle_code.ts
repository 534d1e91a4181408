/**
 * Functions while nothing is traced, with `idle: "fast"`: instead of checking the device at every site, a function
 * checks it once at its beginning, and then runs a body without sites:
 *
 *     (block
 *       (br_if 0 (global.get $mode))
 *       <the body without sites>
 *       (return))
 *     <the body with sites>
 *
 * Both bodies are made from what Binaryen wrote, so that they differ only in the sites: any other difference could make
 * the module behave differently from the original while nothing is traced. Both are in one function, so that a stack
 * has as many frames as that of the original, and every index, name and offset keeps its meaning. Binaryen writes no
 * branches to the body itself, which the block would catch: it turns them into returns.
 */

import { required } from "../required.ts";
import type { Site } from "../sites/site.ts";
import { Assembler } from "../wasm/assembler.ts";
import { OP } from "../wasm/operators.ts";
import type { Indices } from "./site_rendering.ts";

/** What a function does while nothing is traced: it runs a copy of its body, or skips its only site. */
export type IdleForm = "copies" | "guard";

/** The global that says whether anything is traced: 0 if nothing is. */
export const IDLE_GLOBAL = "mode";

/** @param hooked control-flow sites with hooks @param values number of operators that record something */
export function idleForm(hooked: readonly Site[], values: number): IdleForm | undefined {
  const [first] = hooked;
  if (!first) return values > 0 ? "copies" : undefined;
  return hooked.length === 1 && values === 0 && first.kind === "entry" ? "guard" : "copies";
}

/** Code of the condition that something is traced. */
export function isTracing({ globals }: Indices): Uint8Array {
  const out = new Assembler();
  out.op(OP.global_get, required(globals, IDLE_GLOBAL));
  return out.written().slice();
}
