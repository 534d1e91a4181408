/**
 * Fields of expressions for which Binaryen's C interface has no accessors. Their positions on its heap are found by
 * examining a module with known contents, so that another layout is detected and never misread.
 */

import { type Expr, lib, type Name, namePointer, raw } from "./binaryen.ts";

/** Reads and replaces one child. */
export interface Slot {
  get(expr: Expr): Expr;
  set(expr: Expr, child: Expr): void;
}

/** One `catch` clause of a `try_table`. */
export interface CatchClauses {
  count(tryTable: Expr): number;
  /** Label that a clause branches to. */
  dest(tryTable: Expr, clause: number): Name;
  /** Makes a clause branch to another label. */
  retarget(tryTable: Expr, clause: number, label: Name): void;
  /** Type of the value that a clause passes to its label. */
  sentType(tryTable: Expr, clause: number): number;
}

const PROBE = `(module
  (memory (export "memory") 1) (table $t 1 funcref) (elem $e funcref (ref.null func)) (tag $tag (param i64))
  (func $throw_ref (throw_ref (ref.null noexn)))
  (func $fill (table.fill $t (i32.const 11) (ref.null func) (i32.const 12)))
  (func $copy (table.copy $t $t (i32.const 11) (i32.const 12) (i32.const 13)))
  (func $init (table.init $t $e (i32.const 11) (i32.const 12) (i32.const 13)))
  (func $size (result i32) (memory.size))
  (memory $wide i64 1)
  (func $load (drop (i32.load $wide offset=0x123456784 (i64.const 0))))
  (func $store (i32.store $wide offset=0x123456784 (i64.const 0) (i32.const 0)))
  (func $simd_load (drop (v128.load64_zero $wide offset=0x123456784 (i64.const 0))))
  (func $lane (v128.store64_lane $wide offset=0x123456784 0 (i64.const 0) (v128.const i64x2 0 0)))
  (func $try_table (result i64)
    (block $first (result i64)
      (block $second
        (try_table (catch $tag $first) (catch_all $second) (return (i64.const 1))))
      (i64.const 2))))`;

/** Largest expression, in bytes, that is searched for a field. */
const EXPRESSION_BYTES = 96;
/** Offset of the first field after the expression's id and type. */
const FIRST_FIELD = 8;

interface HeapLayout {
  slots: Record<string, readonly Slot[]>;
  clauses: CatchClauses;
  /** Offset of a MemorySize's memory. */
  memory: number;
  /** Offset of the field with a load's or store's constant offset, by class. */
  accesses: ReadonlyMap<number, number>;
}

let layout: HeapLayout | undefined;

/** Children of the classes without accessors, by class name. */
export function heapSlots(): Readonly<Record<string, readonly Slot[]>> {
  layout ??= probe();
  return layout.slots;
}

/** Access to the clauses of `try_table`. */
export function catchClauses(): CatchClauses {
  layout ??= probe();
  return layout.clauses;
}

/** The upper half of the 64-bit constant offset of a Load, Store, SIMDLoad or SIMDLoadStoreLane. */
export function upperOffset(access: Expr): number {
  layout ??= probe();
  const field = layout.accesses.get(raw.ExpressionGetId(access));
  if (field === undefined) throw new Error("not a load or store");
  return lib.__i32_load(access + field + 4) >>> 0;
}

/** The name of a module's only memory. */
export function onlyMemoryName(module: number): Name {
  layout ??= probe();
  return lib.__i32_load(raw.MemorySize(module, 0, 0) + layout.memory);
}

function probe(): HeapLayout {
  const features = Object.values(lib.Features).reduce((all, bit) => all | bit, 0);
  const module = lib.parseText(PROBE, features).ptr;
  const body = (name: string) => raw.FunctionGetBody(raw.GetFunction(module, namePointer(name)));
  const numbered = (name: string, ...values: number[]) => values.map((value) => slotAt(body(name), isNumber(value)));
  const [fillDest, fillSize] = numbered("fill", 11, 12);
  const slots = {
    ThrowRef: [slotAt(body("throw_ref"), isClass("RefNullId"))],
    TableFill: [fillDest, slotAt(body("fill"), isClass("RefNullId")), fillSize] as Slot[],
    TableCopy: numbered("copy", 11, 12, 13),
    TableInit: numbered("init", 11, 12, 13),
  };
  const { tryTable, labels } = findTryTable(body("try_table"));
  const found = {
    slots: { ...slots, TryTable: [slotAt(tryTable, isClass("ReturnId"))] },
    clauses: clausesOf(tryTable, labels),
    accesses: new Map(
      [body("store"), body("lane"), ...["load", "simd_load"].map((name) => raw.DropGetValue(body(name)))].map(
        (access) => [raw.ExpressionGetId(access), offsetAt(access)] as const,
      ),
    ),
    memory: nameAt(body("size"), raw.ExportGetValue(raw.GetExport(module, namePointer("memory")))),
  };
  raw.ModuleDispose(module);
  return found;
}

/** The try_table of the probe and the labels of its two clauses. */
function findTryTable(body: Expr): { tryTable: Expr; labels: [Name, Name] } {
  const second = raw.BlockGetChildAt(body, 0);
  return {
    tryTable: raw.BlockGetChildAt(second, 0),
    labels: [raw.BlockGetName(body), raw.BlockGetName(second)],
  };
}

/** A vector in an expression is a pointer to the elements, and their number; names and types are one word each. */
function clausesOf(tryTable: Expr, labels: [Name, Name]): CatchClauses {
  const element = (vector: number, k: number) => lib.__i32_load(lib.__i32_load(vector) + 4 * k);
  const vectorAt = (first: number, second: number): number => {
    for (let offset = FIRST_FIELD; offset < EXPRESSION_BYTES; offset += 4) {
      const vector = tryTable + offset;
      if (!isPointer(lib.__i32_load(vector)) || lib.__i32_load(vector + 4) !== 2) continue;
      if (element(vector, 0) === first && element(vector, 1) === second) return offset;
    }
    throw unknownLayout();
  };
  const dests = vectorAt(labels[0], labels[1]);
  const sent = vectorAt(lib.i64, lib.none);
  return {
    count: (expr) => lib.__i32_load(expr + dests + 4),
    dest: (expr, clause) => element(expr + dests, clause),
    retarget: (expr, clause, label) => lib.__i32_store(lib.__i32_load(expr + dests) + 4 * clause, label),
    sentType: (expr, clause) => element(expr + sent, clause),
  };
}

/** The field of an expression that points to the child for which `matches` returns true. */
function slotAt(expr: Expr, matches: (child: Expr) => boolean): Slot {
  for (let offset = FIRST_FIELD; offset < EXPRESSION_BYTES; offset += 4) {
    const child = lib.__i32_load(expr + offset);
    if (!isPointer(child) || !matches(child)) continue;
    return {
      get: (parent) => lib.__i32_load(parent + offset),
      set: (parent, value) => lib.__i32_store(parent + offset, value),
    };
  }
  throw unknownLayout();
}

/** Offset of the field of an expression that contains this name. */
function nameAt(expr: Expr, name: Name): number {
  for (let offset = FIRST_FIELD; offset < EXPRESSION_BYTES; offset += 4) {
    if (lib.__i32_load(expr + offset) === name) return offset;
  }
  throw unknownLayout();
}

/** Offset of the field that contains the constant offset, in a load or store of the probe. */
function offsetAt(access: Expr): number {
  for (let offset = FIRST_FIELD; offset < EXPRESSION_BYTES; offset += 4) {
    if (lib.__i32_load(access + offset) === 0x23456784 && lib.__i32_load(access + offset + 4) === 1) return offset;
  }
  throw unknownLayout();
}

function isClass(id: "RefNullId" | "ReturnId"): (expr: Expr) => boolean {
  const wanted = raw[id]();
  return (expr) => raw.ExpressionGetId(expr) === wanted;
}

function isNumber(value: number): (expr: Expr) => boolean {
  const wanted = raw.ConstId();
  return (expr) => raw.ExpressionGetId(expr) === wanted && raw.ConstGetValueI32(expr) === value;
}

/** Whether a word may point to an expression: these come from malloc, aligned to 4, above static data and the stack. */
function isPointer(word: number): boolean {
  return word > 1 << 20 && word % 4 === 0;
}

function unknownLayout(): Error {
  return new Error("this version of binaryen lays expressions out in a way that wasm-kcov does not know");
}
