/**
 * The standalone link: the module counts in mutable globals of its own, so that any engine can run it, and exports
 * access to them:
 *
 *     (export "kcov.length" (global i32))                        the number of counters
 *     (export "kcov.counter" (func (param i32) (result i64)))    the k-th counter; 0 if there is no such counter
 *     (export "kcov.profile.length" (global i32))                the length of a profile in words
 *     (export "kcov.profile" (func (param i32) (result i64)))    the k-th word
 *
 * It imports nothing, unless it runs under WASI and is to write its profile itself (wasi_profile.ts).
 *
 * Counters in a memory of their own would need an engine with multiple memories, and the pass must not use the module's
 * memory.
 */

import { InstrumentError } from "../../errors.ts";
import { expandSites, type SiteCode } from "../code/site_expansion.ts";
import { type Expr, lib, raw } from "../ir/binaryen.ts";
import type { Ir } from "../ir/ir.ts";
import { OPERATION } from "../ir/operations.ts";
import type { Settings } from "../options.ts";
import { type CounterSteps, type Link, visitByCall } from "./link.ts";

/** Creates the link: its modules have counters and nothing else. */
export function linkStandalone(ir: Ir, settings: Settings, counters: CounterSteps): Link {
  const code: SiteCode = {
    cursors: new Map(),
    bodies: new Map(),
    callees: () => new Map(),
    tracePc: () => undefined,
    inline: () => undefined,
    counters: (indices) => counters.code(indices),
    pcBase: settings.pcBase,
    hasIdle: false,
  };
  const none = (): never => {
    throw new Error("a standalone module counts and does nothing else");
  };
  return {
    mode: "standalone",
    addedFunctions: 0,
    visit: (visit) => visitByCall(ir, undefined, counters, settings.pcBase, visit),
    hook: none,
    cursor: undefined,
    markPage: none,
    markRange: none,
    complete: (binary, plans, globals) => expandSites(binary, code, plans, globals),
  };
}

/** Adds the counters as globals. @throws {InstrumentError} ERR_UNSUPPORTED more than engines accept */
export function addCounterGlobals(ir: Ir, { counters }: Settings, count: number): void {
  if (count > MAX_GLOBALS) {
    throw new InstrumentError(
      "ERR_UNSUPPORTED",
      `standalone: ${count} counters would be more globals than engines take, ${MAX_GLOBALS}; instrument fewer functions`,
    );
  }
  const isWide = counters === "64bit";
  for (let k = 0; k < count; k++) {
    ir.withNames(nameOf(k), "", (name) => {
      raw.AddGlobal(ir.module, name, isWide ? lib.i64 : lib.i32, 1, isWide ? ir.i64(0n) : ir.i32(0));
    });
  }
}

/** V8's limit is a million, and the module may have some of its own. */
const MAX_GLOBALS = 900_000;

function nameOf(k: number): string {
  return `counter ${k}`;
}

/** Code that reads a counter, as an i64. */
export function readCounter(ir: Ir, { counters }: Settings, k: number): Expr {
  let value: Expr = 0;
  ir.withNames(nameOf(k), "", (name) => {
    value = raw.GlobalGet(ir.module, name, counters === "64bit" ? lib.i64 : lib.i32);
  });
  if (counters === "64bit") return value;
  const byte = raw.Binary(ir.module, OPERATION.AndInt32, value, ir.i32(0xff));
  return raw.Unary(ir.module, OPERATION.ExtendUInt32, byte);
}
