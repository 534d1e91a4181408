/**
 * Proposal: entry and exit of functions, for KCOV_TRACE_PC_EXT. A second walk over a module in which the pass has
 * inserted one hook per function, in the import link.
 *
 *     (func (result T)                          (func (result T) (local $caller i64) (local $result T)
 *       (call $trace_pc (i64.const pc))           (local.set $caller (call $entry (i64.const pc)))
 *       …                                         (local.set $result
 *       (return (x))              becomes           (block $end (result T)  …  (br $end (x))  … ))
 *       … )                                       (call $exit (i64.const pc of its end) (local.get $caller))
 *                                                 (local.get $result))
 *
 * Before each call the global `frame` is set to the pc of the function's entry, so that an entry knows its caller,
 * whatever exceptions have been caught in between. A tail call is an exit, too: its operands are evaluated, then the
 * function ends, then the other one is called. A function that ends by an exception or a trap has no exit record: the
 * trace shows that an outer one goes on.
 */

import { CALL_HOOKS, IMPORT_MODULE, type TaskGlobalName } from "../../abi/hooks.ts";
import { InstrumentError } from "../../errors.ts";
import { instrument } from "../instrument.ts";
import {
  type Expr,
  type Func,
  functionsOf,
  isImported,
  lib,
  type Name,
  namePointer,
  nameText,
  raw,
  readModule,
} from "../ir/binaryen.ts";
import { childAt, childCount, childOf, ID, setChildAt, shapeOf } from "../ir/expressions.ts";
import { shippedFeatures } from "../ir/features.ts";
import { Ir, Locals, replaceExpression } from "../ir/ir.ts";
import { outputFeatures } from "../ir/output_features.ts";
import { engineVerdict } from "../ir/validity.ts";
import type { Place } from "../ir/walk.ts";
import type { InstrumentOptions } from "../options.ts";
import { PC_TABLE_SECTION, type PcTable } from "../pc_table.ts";
import type { InstrumentResult } from "../result.ts";
import { concat } from "../wasm/bytes.ts";
import { customSection, readSections } from "../wasm/sections.ts";

/** The parts of {@link InstrumentOptions} that apply. */
export type InstrumentCallsOptions = Pick<InstrumentOptions, "functions" | "pcBase">;

/**
 * Proposal: instruments a module so that its functions record entry and exit on a device with `proposals: ["pc-ext"]`,
 * enabled with KCOV_TRACE_PC_EXT. The pc of an entry is the function's in the pc table; that of an exit is the offset
 * of the function's last byte.
 *
 * @throws {InstrumentError} as `instrument`
 */
export function instrumentCalls(binary: BufferSource, options: InstrumentCallsOptions = {}): InstrumentResult {
  const { functions = {}, pcBase = 0n } = options;
  const result = instrument(binary, { functions, pcBase, trace: ["pc"], level: "func", link: "import" });
  const sections = readSections(result.binary);
  const module = readModule(result.binary, shippedFeatures());
  try {
    raw.ModuleSetFeatures(module, shippedFeatures());
    raw.SetDebugInfo(1);
    new CallPass(module, result.pcTable).run();
    raw.ModuleSetFeatures(module, outputFeatures(module, result.binary, sections));
    const output = withPcTable(lib.wrapModule(module).emitBinary(), result.binary);
    const verdict = engineVerdict(output);
    if (verdict !== undefined) throw new InstrumentError("ERR_INTERNAL", `made an invalid module: ${verdict}`);
    return { ...result, binary: output, pcTable: result.pcTable };
  } finally {
    raw.ModuleDispose(module);
  }
}

/** Name of the global. */
const FRAME_GLOBAL = "frame" satisfies TaskGlobalName;

class CallPass {
  readonly #ir: Ir;
  readonly #entry: Name;
  readonly #exit: Name;
  readonly #frame: Name;
  /** The import that the pass has added, and which is called at every function's entry. */
  #hook: Func | undefined;
  /** The pc of a function's end, by the pc of its entry. */
  readonly #ends = new Map<bigint, bigint>();

  constructor(module: number, { sites, functions, pcBase }: PcTable) {
    this.#ir = new Ir(module, "kcov.calls.");
    this.#entry = this.#ir.name(CALL_HOOKS.entry);
    this.#exit = this.#ir.name(CALL_HOOKS.exit);
    this.#frame = this.#ir.name(FRAME_GLOBAL);
    const ends = new Map(functions.map(({ index, body }) => [index, pcBase + BigInt(body[1] - 1)]));
    for (const { pc, function: index } of sites) this.#ends.set(pc, ends.get(index) ?? pc);
  }

  run(): void {
    const { module } = this.#ir;
    const functions = functionsOf(module);
    const { i64 } = lib;
    this.#import(this.#entry, CALL_HOOKS.entry, i64, i64);
    this.#import(this.#exit, CALL_HOOKS.exit, this.#pair(i64), lib.none);
    raw.AddGlobalImport(module, this.#frame, namePointer(IMPORT_MODULE), namePointer(FRAME_GLOBAL), i64, 1);
    this.#hook = functions.filter(isImported).findLast(isPcHook);
    for (const func of functions) if (!isImported(func)) this.#instrument(func);
    this.#ir.dispose();
  }

  #import(internal: Name, base: string, params: number, results: number): void {
    raw.AddFunctionImport(this.#ir.module, internal, namePointer(IMPORT_MODULE), namePointer(base), params, results);
  }

  #pair(type: number): number {
    const types = lib._malloc(8);
    lib.__i32_store(types, type);
    lib.__i32_store(types + 4, type);
    const pair = raw.TypeCreate(types, 2);
    lib._free(types);
    return pair;
  }

  #instrument(func: Func): void {
    const places = placesIn(func);
    const hook = places.map(({ expr }) => this.#pcOf(expr)).findIndex((pc) => pc !== undefined);
    if (hook < 0) return;
    const ir = this.#ir;
    ir.beginFunction();
    const at = places[hook] as Place;
    const pc = this.#pcOf(at.expr) as bigint;
    const locals = new Locals(func);
    const caller = locals.temporary(lib.i64, "caller");
    const exit = (): Expr => ir.call(this.#exit, [ir.i64(this.#ends.get(pc) ?? pc), ir.get(caller, lib.i64)]);
    const end = ir.label();
    // Inner ones first: the operands that an outer one takes over have then been replaced.
    for (const place of places.toReversed()) {
      if (place === at) replaceExpression(func, place, ir.set(caller, ir.call(this.#entry, [ir.i64(pc)], lib.i64)));
      else if (place.id === ID.Return) {
        replaceExpression(func, place, ir.br(end, childOf(place.expr, 0)));
      } else if (isTailCall(place.expr)) this.#tailCall(func, locals, place, exit);
      else this.#call(func, place, pc);
    }
    const results = raw.FunctionGetResults(func);
    const body = raw.FunctionGetBody(func);
    if (results === lib.none) {
      raw.FunctionSetBody(func, ir.sequence(lib.none, ir.block(end, lib.none, body), exit()));
      return;
    }
    const result = locals.temporary(results, "result");
    const value = ir.set(result, ir.block(end, results, body));
    raw.FunctionSetBody(func, ir.sequence(results, value, exit(), ir.get(result, results)));
  }

  /** The pc that an expression records, if it is the hook of a function's entry. */
  #pcOf(expr: Expr): bigint | undefined {
    if (this.#hook === undefined || raw.ExpressionGetId(expr) !== ID.Call) return undefined;
    if (raw.CallGetTarget(expr) !== raw.FunctionGetName(this.#hook)) return undefined;
    return BigInt.asUintN(64, raw.ConstGetValueI64(childOf(expr, 0)));
  }

  #call(func: Func, place: Place, pc: bigint): void {
    const { expr } = place;
    const frame = raw.GlobalSet(this.#ir.module, this.#frame, this.#ir.i64(pc));
    replaceExpression(func, place, this.#ir.sequence(raw.ExpressionGetType(expr), frame, expr));
  }

  #tailCall(func: Func, locals: Locals, place: Place, exit: () => Expr): void {
    const ir = this.#ir;
    const { expr } = place;
    const shape = shapeOf(raw.ExpressionGetId(expr));
    if (!shape) return;
    const before: Expr[] = [];
    for (let k = 0; k < childCount(shape, expr); k++) {
      const operand = childAt(shape, expr, k);
      const type = raw.ExpressionGetType(operand);
      // The operand never completes, so the call is not reached, and the function does not end here.
      if (type === lib.unreachable) return;
      const local = locals.temporary(type, `operand ${k}`);
      before.push(ir.set(local, operand));
      setChildAt(expr, k, ir.get(local, type));
    }
    replaceExpression(func, place, ir.sequence(lib.unreachable, ...before, exit(), expr));
  }
}

/** The calls and returns of a function, outer ones before those in their operands. */
function placesIn(func: Func): Place[] {
  const places: Place[] = [];
  const open = [placeOf(raw.FunctionGetBody(func), 0, 0)];
  for (let place = open.pop(); place !== undefined; place = open.pop()) {
    const { expr, id } = place;
    if (CALLS_AND_RETURNS.includes(id)) places.push(place);
    const shape = shapeOf(id);
    if (!shape) continue;
    const count = childCount(shape, expr);
    for (let slot = count - 1; slot >= 0; slot--) {
      const child = childAt(shape, expr, slot, count);
      if (child !== 0) open.push(placeOf(child, expr, slot));
    }
  }
  return places;
}

function placeOf(expr: Expr, parent: Expr, slot: number): Place {
  return { expr, id: raw.ExpressionGetId(expr), parent, slot };
}

/** Whether a function is the pass's hook. The last such import is the one: the module itself may have had others. */
function isPcHook(func: Func): boolean {
  const [module, base] = [raw.FunctionImportGetModule(func), raw.FunctionImportGetBase(func)];
  return nameText(module) === IMPORT_MODULE && nameText(base) === "__sanitizer_cov_trace_pc";
}

const CALLS_AND_RETURNS: readonly number[] = [ID.Return, ID.Call, ID.CallIndirect, ID.CallRef];

function isTailCall(expr: Expr): boolean {
  const id = raw.ExpressionGetId(expr);
  if (id === ID.Call) return raw.CallIsReturn(expr) !== 0;
  if (id === ID.CallIndirect) return raw.CallIndirectIsReturn(expr) !== 0;
  return id === ID.CallRef && raw.CallRefIsReturn(expr) !== 0;
}

/** Adds the pc table of the instrumented module to the output. */
function withPcTable(output: Uint8Array<ArrayBuffer>, instrumented: Uint8Array): Uint8Array<ArrayBuffer> {
  if (readSections(output).some(({ name }) => name === PC_TABLE_SECTION)) return output;
  const section = readSections(instrumented).find(({ name }) => name === PC_TABLE_SECTION);
  if (section === undefined) return output;
  return concat([output, ...customSection(PC_TABLE_SECTION, instrumented.subarray(section.start, section.end))]);
}
