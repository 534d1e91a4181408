/**
 * The standalone link: the module counts in mutable globals of its own and imports nothing, so that any engine can run it, and
 * exports what reads them:
 *
 *     (export "kcov.length" (global i32))             how many counters there are
 *     (export "kcov.counter" (func (param i32) (result i64)))
 *                                                     the k-th; 0 for one that there is not
 *
 * A memory of their own would need an engine with multiple memories, and the module's own memory is not the pass's to use.
 */

import { STANDALONE_EXPORTS } from "../../abi/counters.ts";
import { InstrumentError } from "../../errors.ts";
import { expandSites, type SiteCode } from "../code/site_expansion.ts";
import { type Expr, lib, type Name, namePointer, raw } from "../ir/binaryen.ts";
import type { Ir } from "../ir/ir.ts";
import { OPERATION } from "../ir/operations.ts";
import type { Settings } from "../options.ts";
import { type CounterSteps, type Link, visitByCall } from "./link.ts";

/** Nothing but counters. */
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
    checkCursor: () => 0,
    markPage: none,
    markRange: none,
    complete: (binary, plans, globals) => expandSites(binary, code, plans, globals),
  };
}

/** Adds the counters as globals. @throws {InstrumentError} ERR_UNSUPPORTED more than engines take */
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

/** V8's limit is a million, and the module may have some. */
const MAX_GLOBALS = 900_000;

function nameOf(k: number): string {
  return `counter ${k}`;
}

/** Adds the exports. */
export function addCounterExports(ir: Ir, settings: Settings, count: number): void {
  const { module } = ir;
  const length = ir.name("length");
  raw.AddGlobal(module, length, lib.i32, 0, ir.i32(count));
  raw.AddGlobalExport(module, length, namePointer(STANDALONE_EXPORTS.length));
  const pages: Name[] = [];
  for (let first = 0; first < count; first += PAGE) {
    const page = ir.name(`counters from ${first}`);
    const body = choose(ir, first, Math.min(count, first + PAGE), (k) => readGlobal(ir, settings, k));
    raw.AddFunction(module, page, lib.i32, lib.i64, 0, 0, body);
    pages.push(page);
  }
  const index = (): Expr => ir.get(0, lib.i32);
  const body = choose(
    ir,
    0,
    Math.max(1, pages.length),
    (k) => (k < pages.length ? ir.call(pages[k] as Name, [index()], lib.i64) : ir.i64(0n)),
    PAGE,
  );
  const isThere = raw.Binary(module, OPERATION.GtUInt32, ir.i32(count), index());
  const counter = ir.name("counter");
  raw.AddFunction(module, counter, lib.i32, lib.i64, 0, 0, ir.if(isThere, body, ir.i64(0n)));
  raw.AddFunctionExport(module, counter, namePointer(STANDALONE_EXPORTS.counter));
}

/** A function of more would be longer than engines take. */
const PAGE = 1 << 15;

/** Code that gives one of several values by the number in the first local: halves of them until one is left. */
function choose(ir: Ir, first: number, end: number, value: (k: number) => Expr, scale = 1): Expr {
  if (end - first === 1) return value(first);
  const middle = (first + end) >> 1;
  const isUpper = raw.Binary(ir.module, OPERATION.GtUInt32, ir.get(0, lib.i32), ir.i32(middle * scale - 1));
  return ir.if(isUpper, choose(ir, middle, end, value, scale), choose(ir, first, middle, value, scale));
}

function readGlobal(ir: Ir, { counters }: Settings, k: number): Expr {
  let value: Expr = 0;
  ir.withNames(nameOf(k), "", (name) => {
    value = raw.GlobalGet(ir.module, name, counters === "64bit" ? lib.i64 : lib.i32);
  });
  if (counters === "64bit") return value;
  const byte = raw.Binary(ir.module, OPERATION.AndInt32, value, ir.i32(0xff));
  return raw.Unary(ir.module, OPERATION.ExtendUInt32, byte);
}
