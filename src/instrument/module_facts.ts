/** What the pass must know about a module as a whole. */

import { type Func, lib, type Name, nameText, quietly, raw } from "./ir/binaryen.ts";
import { ID } from "./ir/expressions.ts";
import type { Ir } from "./ir/ir.ts";
import type { TraceKind } from "./pc_table.ts";
import type { Limits } from "./wasm/imports.ts";

export interface ModuleFacts {
  /** Indices of functions that an indirect call can reach; empty unless those are traced. */
  addressTaken: ReadonlySet<number>;
  /** The global that holds the pc of an indirect call in progress; 0 unless those are traced. */
  pending: Name;
  /** The global that points to the stack in linear memory; 0 if there is none. */
  stackPointer: Name;
  memories: readonly Limits[];
}

/** Examines a module before it is changed, and adds the global that indirect calls need. */
export function moduleFacts(
  ir: Ir,
  functions: readonly Func[],
  trace: readonly TraceKind[],
  memories: readonly Limits[],
): ModuleFacts {
  const indirect = trace.includes("indirect-calls");
  return {
    addressTaken: indirect ? addressTaken(ir.module, functions) : new Set(),
    pending: indirect ? addPending(ir) : 0,
    stackPointer: trace.includes("stack-depth") ? findStackPointer(ir.module) : 0,
    memories,
  };
}

/**
 * Functions in element segments, in the initial values of globals, and exported ones, which the host may put into a
 * table. A `ref.func` anywhere else must name one of these.
 */
export function addressTaken(module: number, functions: readonly Func[]): ReadonlySet<number> {
  const names = new Set([...elementNames(module), ...globalNames(module), ...exportedNames(module)]);
  return new Set(functions.flatMap((func, index) => (names.has(raw.FunctionGetName(func)) ? [index] : [])));
}

function* elementNames(module: number): Iterable<Name> {
  for (let k = 0; k < raw.GetNumElementSegments(module); k++) {
    const segment = raw.GetElementSegmentByIndex(module, k);
    for (let i = 0; i < raw.ElementSegmentGetLength(segment); i++) {
      // Binaryen returns the function of a ref.func and nothing for a ref.null, and throws for any other expression.
      const { value } = quietly(() => raw.ElementSegmentGetData(segment, i));
      if (value !== undefined && value !== 0) yield value;
    }
  }
}

function* globalNames(module: number): Iterable<Name> {
  for (let k = 0; k < raw.GetNumGlobals(module); k++) {
    const value = raw.GlobalGetInitExpr(raw.GetGlobalByIndex(module, k));
    if (value !== 0 && raw.ExpressionGetId(value) === ID.RefFunc) yield raw.RefFuncGetFunc(value);
  }
}

function* exportedNames(module: number): Iterable<Name> {
  for (let k = 0; k < raw.GetNumExports(module); k++) {
    const exported = raw.GetExportByIndex(module, k);
    if (raw.ExportGetKind(exported) === raw.ExternalFunction()) yield raw.ExportGetValue(exported);
  }
}

function addPending(ir: Ir): Name {
  const name = ir.name("pending");
  raw.AddGlobal(ir.module, name, lib.i64, 1, ir.i64(0n));
  return name;
}

/**
 * LLVM-based toolchains keep the stack pointer in a mutable global: the one with the name `__stack_pointer` if there
 * are names or it is imported or exported, otherwise the first global that the module defines.
 */
export function findStackPointer(module: number): Name {
  const globals = Array.from({ length: raw.GetNumGlobals(module) }, (_, k) => raw.GetGlobalByIndex(module, k));
  const candidates = globals.filter((global) => raw.GlobalIsMutable(global) && isAddress(raw.GlobalGetType(global)));
  const named = candidates.find((global) => namesOf(module, global).includes("__stack_pointer"));
  const first = globals.find((global) => raw.GlobalGetInitExpr(global) !== 0);
  const found = named ?? candidates.find((global) => global === first);
  return found === undefined ? 0 : raw.GlobalGetName(found);
}

function isAddress(type: number): boolean {
  return type === lib.i32 || type === lib.i64;
}

function namesOf(module: number, global: number): string[] {
  const name = raw.GlobalGetName(global);
  const names = [nameText(name), nameText(raw.GlobalImportGetBase(global))];
  for (let k = 0; k < raw.GetNumExports(module); k++) {
    const exported = raw.GetExportByIndex(module, k);
    const isGlobal = raw.ExportGetKind(exported) === raw.ExternalGlobal();
    if (isGlobal && raw.ExportGetValue(exported) === name) names.push(nameText(raw.ExportGetName(exported)));
  }
  return names;
}
