/**
 * Binaryen's C interface, typed: the one place that calls it directly. binaryen.js wraps only a part of it, and its
 * wrappers create an object per expression, which is far too slow for a walk over millions of them.
 *
 * Pointers are numbers. A {@link Name} points to an interned string, so two names are equal iff their pointers are.
 */

import { InstrumentError } from "../../errors.ts";
import { isStackOverflow } from "./stack_overflow.ts";

/** Pointer to an expression; 0 if an optional one is absent. */
export type Expr = number;
/** Pointer to an interned C string; 0 for no name. */
export type Name = number;
/** A value type of Binaryen. */
export type Type = number;
/** Pointer to a function. */
export type Func = number;

type Get = (expr: Expr) => number;
type Set1 = (expr: Expr, value: number) => void;
type GetAt = (expr: Expr, index: number) => number;
type SetAt = (expr: Expr, index: number, value: number) => void;
/** Getters and setters that the table of expression classes (expressions.ts) looks up by name. */
type Accessors = Record<string, Get & Set1 & GetAt & SetAt>;

/** The functions of the C interface that the pass calls, without their `_Binaryen` prefix. */
interface Raw {
  ModuleReadWithFeatures(bytes: number, length: number, features: number): number;
  ModuleDispose(module: number): void;
  ModuleValidate(module: number): number;
  ModuleSetFeatures(module: number, features: number): void;
  GetNumFunctions(module: number): number;
  GetFunctionByIndex(module: number, index: number): Func;
  GetFunction(module: number, name: Name): Func;
  FunctionGetName(func: Func): Name;
  FunctionImportGetModule(func: Func): Name;
  FunctionImportGetBase(func: Func): Name;
  FunctionGetBody(func: Func): Expr;
  FunctionSetBody(func: Func, body: Expr): void;
  FunctionGetNumLocals(func: Func): number;
  FunctionAddVar(func: Func, type: Type): number;
  FunctionGetParams(func: Func): Type;
  FunctionGetResults(func: Func): Type;
  GetExport(module: number, name: Name): number;
  ExportGetValue(exported: number): Name;
  AddFunctionImport(m: number, internal: Name, module: Name, base: Name, params: Type, results: Type): void;
  AddGlobalImport(m: number, internal: Name, module: Name, base: Name, type: Type, mutable: number): void;
  AddMemoryImport(m: number, internal: Name, module: Name, base: Name, shared: number): void;
  AddFunction(module: number, name: Name, params: Type, results: Type, vars: number, count: number, body: Expr): Func;
  RemoveFunction(module: number, name: Name): void;
  GetStart(module: number): Func;
  SetStart(module: number, func: Func): void;
  AddGlobal(m: number, name: Name, type: Type, mutable: number, init: Expr): number;
  ExpressionGetId(expr: Expr): number;
  ExpressionGetType(expr: Expr): Type;
  ExpressionCopy(expr: Expr, module: number): Expr;
  TypeCreate(types: number, count: number): Type;
  TypeArity(type: Type): number;
  TypeExpand(type: Type, out: number): void;
  SizeofLiteral(): number;
  LiteralInt32(out: number, value: number): void;
  LiteralInt64(out: number, value: bigint): void;
  Const(module: number, literal: number): Expr;
  Block(module: number, name: Name, children: number, count: number, type: Type): Expr;
  BlockAppendChild(block: Expr, child: Expr): void;
  If(module: number, condition: Expr, ifTrue: Expr, ifFalse: Expr): Expr;
  Loop(module: number, name: Name, body: Expr): Expr;
  Break(module: number, name: Name, condition: Expr, value: Expr): Expr;
  Call(module: number, target: Name, operands: number, count: number, results: Type): Expr;
  LocalGet(module: number, index: number, type: Type): Expr;
  LocalSet(module: number, index: number, value: Expr): Expr;
  LocalTee(module: number, index: number, value: Expr, type: Type): Expr;
  GlobalGet(module: number, name: Name, type: Type): Expr;
  GlobalSet(module: number, name: Name, value: Expr): Expr;
  Load(
    m: number,
    bytes: number,
    signed: number,
    offset: number,
    align: number,
    type: Type,
    ptr: Expr,
    memory: Name,
  ): Expr;
  Store(
    m: number,
    bytes: number,
    offset: number,
    align: number,
    ptr: Expr,
    value: Expr,
    type: Type,
    memory: Name,
  ): Expr;
  MemorySize(module: number, memory: Name, is64: number): Expr;
  Unary(module: number, op: number, value: Expr): Expr;
  Binary(module: number, op: number, left: Expr, right: Expr): Expr;
  Select(module: number, condition: Expr, ifTrue: Expr, ifFalse: Expr): Expr;
  Drop(module: number, value: Expr): Expr;
  DropGetValue(expr: Expr): Expr;
  Nop(module: number): Expr;
  Return(module: number, value: Expr): Expr;
  ConstId(): number;
  ReturnId(): number;
  RefNullId(): number;
  BlockGetName(block: Expr): Name;
  BlockGetChildAt(block: Expr, index: number): Expr;
  BlockGetNumChildren(block: Expr): number;
  ConstGetValueI32(expr: Expr): number;
  ConstGetValueI64(expr: Expr): bigint;
  FeatureAtomics(): number;
  FeatureBulkMemory(): number;
  FeatureMutableGlobals(): number;
  FunctionGetVar(func: Func, index: number): Type;
  GetGlobal(module: number, name: Name): number;
  GlobalImportGetBase(global: number): Name;
  IfGetIfTrue(expr: Expr): Expr;
  IfGetIfFalse(expr: Expr): Expr;
  LoopGetName(expr: Expr): Name;
  BreakGetName(expr: Expr): Name;
  BreakGetValue(expr: Expr): Expr;
  BreakGetCondition(expr: Expr): Expr;
  SwitchGetNumNames(expr: Expr): number;
  SwitchGetNameAt(expr: Expr, index: number): Name;
  SwitchSetNameAt(expr: Expr, index: number, name: Name): void;
  SwitchGetDefaultName(expr: Expr): Name;
  SwitchSetDefaultName(expr: Expr, name: Name): void;
  SwitchGetCondition(expr: Expr): Expr;
  SwitchGetValue(expr: Expr): Expr;
  BrOnGetOp(expr: Expr): number;
  BrOnGetName(expr: Expr): Name;
  BrOnSetName(expr: Expr, name: Name): void;
  BrOnGetRef(expr: Expr): Expr;
  BrOnGetCastType(expr: Expr): Type;
  BrOnNull(): number;
  BrOnNonNull(): number;
  BrOnCast(): number;
  TypeIsNullable(type: Type): number;
  TypeGetHeapType(type: Type): number;
  HeapTypeIsBottom(heapType: number): number;
  TypeFromHeapType(heapType: number, nullable: number): Type;
  LocalGetGetIndex(expr: Expr): number;
  LocalSetGetIndex(expr: Expr): number;
  CallGetTarget(expr: Expr): Name;
  CallGetNumOperands(expr: Expr): number;
  CallGetOperandAt(expr: Expr, index: number): Expr;
  CallIsReturn(expr: Expr): number;
  CallIndirectIsReturn(expr: Expr): number;
  CallRefIsReturn(expr: Expr): number;
  CallAppendOperand(expr: Expr, operand: Expr): void;
  CallSetTarget(expr: Expr, target: Name): void;
  GlobalGetGetName(expr: Expr): Name;
  GlobalSetGetName(expr: Expr): Name;
  GlobalSetGetValue(expr: Expr): Expr;
  LoadGetPtr(expr: Expr): Expr;
  LoadIsAtomic(expr: Expr): number;
  LoadGetBytes(expr: Expr): number;
  LoadIsSigned(expr: Expr): number;
  LoadGetOffset(expr: Expr): number;
  LoadGetAlign(expr: Expr): number;
  StoreGetPtr(expr: Expr): Expr;
  StoreGetValue(expr: Expr): Expr;
  StoreIsAtomic(expr: Expr): number;
  StoreGetBytes(expr: Expr): number;
  StoreGetOffset(expr: Expr): number;
  StoreGetAlign(expr: Expr): number;
  StoreGetValueType(expr: Expr): Type;
  SIMDLoadStoreLaneIsStore(expr: Expr): number;
  UnaryGetOp(expr: Expr): number;
  UnaryGetValue(expr: Expr): Expr;
  BinaryGetOp(expr: Expr): number;
  BinarySetOp(expr: Expr, op: number): void;
  BinaryGetLeft(expr: Expr): Expr;
  BinaryGetRight(expr: Expr): Expr;
  Load8SplatVec128(): number;
  Load16SplatVec128(): number;
  Load32SplatVec128(): number;
  Load32ZeroVec128(): number;
  Load8LaneVec128(): number;
  Load16LaneVec128(): number;
  Load32LaneVec128(): number;
  Store8LaneVec128(): number;
  Store16LaneVec128(): number;
  Store32LaneVec128(): number;
  SIMDLoadGetOp(expr: Expr): number;
  SIMDLoadGetOffset(expr: Expr): number;
  SIMDLoadStoreLaneGetOp(expr: Expr): number;
  SIMDLoadStoreLaneGetOffset(expr: Expr): number;
  LocalSetGetValue(expr: Expr): Expr;
  RefFuncGetFunc(expr: Expr): Name;
  GetNumElementSegments(module: number): number;
  GetElementSegmentByIndex(module: number, index: number): number;
  ElementSegmentGetLength(segment: number): number;
  ElementSegmentGetData(segment: number, index: number): Name;
  GetNumGlobals(module: number): number;
  GetGlobalByIndex(module: number, index: number): number;
  GlobalGetName(global: number): Name;
  GlobalGetType(global: number): Type;
  GlobalIsMutable(global: number): number;
  GlobalGetInitExpr(global: number): Expr;
  GetNumTables(module: number): number;
  GetTableByIndex(module: number, index: number): number;
  TableGetType(table: number): Type;
  GetNumExports(module: number): number;
  GetExportByIndex(module: number, index: number): number;
  ExportGetKind(exported: number): number;
  ExportGetName(exported: number): Name;
  RemoveExport(module: number, external: Name): void;
  AddFunctionExport(module: number, internal: Name, external: Name): number;
  AddGlobalExport(module: number, internal: Name, external: Name): number;
  AddMemoryExport(module: number, internal: Name, external: Name): number;
  AddTableExport(module: number, internal: Name, external: Name): number;
  MemoryGetInitial(module: number, memory: Name): number;
  MemoryHasMax(module: number, memory: Name): number;
  MemoryGetMax(module: number, memory: Name): number;
  MemoryIs64(module: number, memory: Name): number;
  MemoryIsShared(module: number, memory: Name): number;
  MemoryGrow(module: number, delta: Expr, memory: Name, is64: number): Expr;
  TableGetName(table: number): Name;
  AtomicRMWGetBytes(expr: Expr): number;
  AtomicRMWGetOffset(expr: Expr): number;
  AtomicCmpxchgGetBytes(expr: Expr): number;
  AtomicCmpxchgGetOffset(expr: Expr): number;
  ExternalFunction(): number;
  ExternalMemory(): number;
  ExternalGlobal(): number;
  GetDebugInfo(): number;
  SetDebugInfo(on: number): void;
}

/** Other exports: the heap, and binaryen.js's own wrappers where they are good enough. */
interface Exports {
  _malloc(bytes: number): number;
  _free(pointer: number): void;
  __i32_load(pointer: number): number;
  __i32_store(pointer: number, value: number): void;
  __i32_load8_u(pointer: number): number;
  __i32_store8(pointer: number, value: number): void;
  stringToUTF8OnStack(text: string): number;
  getExceptionMessage(thrown: unknown): [type: string, message: string];
  wrapModule(module: number): {
    emitBinary(): Uint8Array<ArrayBuffer>;
    emitText(): string;
    runPassesOnFunction(func: Func, passes: readonly string[]): void;
  };
  parseText(text: string, features: number): { ptr: number };
  none: Type;
  i32: Type;
  i64: Type;
  f32: Type;
  f64: Type;
  v128: Type;
  funcref: Type;
  externref: Type;
  auto: Type;
  unreachable: Type;
  Features: Record<string, number>;
}

/** Lines that Binaryen wrote to standard error while {@link quietly} ran. */
let diagnostics: string[] | undefined;

/** Number of properties with which V8 does not turn an object into a dictionary, with some margin. */
const MAX_FAST_PROPERTIES = 800;

const PREFIX = "_Binaryen";

const binaryen = await load();

/** The C interface. */
export const raw: Raw = constants((name) => (name.startsWith(PREFIX) ? name.slice(PREFIX.length) : undefined)) as Raw;
/** Getters and setters by name, for the table of expression classes. */
export const accessors: Accessors = raw as unknown as Accessors;
/** Heap access, value types, features. */
export const lib: Exports = constants((name) => (name.startsWith(PREFIX) ? undefined : name)) as Exports;

/**
 * Loads binaryen.js, which binds `console.error` when it is imported and reports every parse and validation error
 * there. A library must not write to its host's console, so binaryen.js gets one that can be redirected.
 */
async function load(): Promise<Exports> {
  const { console } = globalThis;
  const error = (...args: unknown[]): void => {
    if (diagnostics) diagnostics.push(args.join(" "));
    else console.error(...args);
  };
  // The console is replaced as a whole: its own properties may be read-only (`node --frozen-intrinsics`).
  const isReplaced = Reflect.set(globalThis, "console", Object.create(console, { error: { value: error } }));
  try {
    return (await import("#binaryen")).default as unknown as Exports;
  } finally {
    if (isReplaced) Reflect.set(globalThis, "console", console);
  }
}

/**
 * The exports of binaryen.js, as constants. Property access on an object with more than a thousand properties is a hash
 * lookup each time; V8 remembers what it finds in smaller prototypes, and calls functions there directly.
 *
 * @param rename returns the new name of an export; undefined: leave it out
 */
function constants(rename: (name: string) => string | undefined): unknown {
  let layer: Record<string, unknown> = {};
  for (const [k, [exported, value]] of Object.entries(binaryen).entries()) {
    if (k % MAX_FAST_PROPERTIES === 0) layer = Object.create(layer);
    const name = rename(exported);
    if (name !== undefined) layer[name] = value;
  }
  return Object.create(layer);
}

interface Outcome<T> {
  /** The result; undefined on failure. */
  value: T | undefined;
  /** Binaryen's diagnostics. */
  message: string;
  thrown?: unknown;
}

/**
 * Runs a call into Binaryen that may fail: C++ exceptions and aborts become a message. A stack overflow does not count
 * as Binaryen's failure.
 */
export function quietly<T>(call: () => T): Outcome<T> {
  const outer = diagnostics;
  diagnostics = [];
  try {
    const value = call();
    return { value, message: diagnostics.join(" ") };
  } catch (error) {
    if (isStackOverflow(error)) throw error;
    const [, reason] = error instanceof Error ? ["", error.message] : lib.getExceptionMessage(error);
    return { value: undefined, message: diagnostics[0] ?? String(reason), thrown: error };
  } finally {
    diagnostics = outer;
  }
}

/** Copies bytes to Binaryen's heap; the caller frees them. */
export function toHeap(bytes: Uint8Array): number {
  const pointer = lib._malloc(bytes.length + 4);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const words = bytes.length & ~3;
  for (let i = 0; i < words; i += 4) lib.__i32_store(pointer + i, view.getInt32(i, true));
  for (let i = words; i < bytes.length; i++) lib.__i32_store8(pointer + i, view.getUint8(i));
  return pointer;
}

const pointers = new Map<string, Name>();

/** A C string, kept for the life of the process: for the few names that the pass itself uses. */
export function namePointer(text: string): Name {
  const known = pointers.get(text);
  if (known !== undefined) return known;
  const pointer = toHeap(new TextEncoder().encode(`${text}\0`));
  pointers.set(text, pointer);
  return pointer;
}

/** Whether a function is imported, so that it has no body. (The import's module name is no criterion: it may be "".) */
export function isImported(func: Func): boolean {
  return raw.FunctionGetBody(func) === 0;
}

/** All functions of a module, imported ones first, in the order of their indices. */
export function functionsOf(module: number): Func[] {
  return Array.from({ length: raw.GetNumFunctions(module) }, (_, k) => raw.GetFunctionByIndex(module, k));
}

/** The text of an interned name. */
export function nameText(name: Name): string {
  const bytes: number[] = [];
  for (let p = name; ; p++) {
    const byte = lib.__i32_load8_u(p);
    if (byte === 0) return new TextDecoder().decode(Uint8Array.from(bytes));
    bytes.push(byte);
  }
}

/**
 * Reads a module.
 *
 * @throws {InstrumentError} ERR_MALFORMED with Binaryen's reason
 */
export function readModule(bytes: Uint8Array, features: number): number {
  const pointer = toHeap(bytes);
  const { value, message } = quietly(() => raw.ModuleReadWithFeatures(pointer, bytes.length, features));
  lib._free(pointer);
  if (value === undefined) throw new InstrumentError("ERR_MALFORMED", `not a valid WebAssembly module: ${message}`);
  return value;
}
