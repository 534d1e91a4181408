/**
 * Puts all functions of a compiled module into another one. Binaryen copies expressions between modules unchanged, with
 * the names to which they refer: so the module first gets a name section, with the names that its functions, globals
 * and memory are to have in the other one.
 */

import { SECTION } from "../../binary_format.ts";
import { required } from "../required.ts";
import { ByteReader } from "../wasm/byte_reader.ts";
import { concat, uleb } from "../wasm/bytes.ts";
import { EXTERNAL, readImports } from "../wasm/imports.ts";
import { NAMES } from "../wasm/names.ts";
import { customSection, readSections } from "../wasm/sections.ts";
import { functionsOf, isImported, type Name, nameText, raw, readModule } from "./binaryen.ts";
import { shippedFeatures } from "./features.ts";
import type { Ir } from "./ir.ts";

/** The names in the other module that replace the imports of the grafted one. */
export interface Grafting {
  /** Prefix of the names of what is added. */
  readonly role: string;
  /** The memory in place of the grafted module's own. */
  readonly memory: Name;
  /** Other imports, by module and name separated by a dot. */
  readonly imports: ReadonlyMap<string, Name>;
}

/** @returns the new names of the exported functions, by their export names */
export function graft(ir: Ir, binary: Uint8Array, grafting: Grafting): ReadonlyMap<string, Name> {
  const { named, exported } = withNames(ir, binary, grafting);
  const module = readModule(named, shippedFeatures());
  try {
    copyGlobals(ir, module);
    copyFunctions(ir, module);
  } finally {
    raw.ModuleDispose(module);
  }
  return exported;
}

function copyGlobals(ir: Ir, from: number): void {
  for (let k = 0; k < raw.GetNumGlobals(from); k++) {
    const global = raw.GetGlobalByIndex(from, k);
    const init = raw.GlobalGetInitExpr(global);
    if (init === 0) continue;
    const [name, type] = [raw.GlobalGetName(global), raw.GlobalGetType(global)];
    raw.AddGlobal(ir.module, name, type, raw.GlobalIsMutable(global), raw.ExpressionCopy(init, ir.module));
  }
}

function copyFunctions(ir: Ir, from: number): void {
  for (const func of functionsOf(from)) {
    if (isImported(func)) continue;
    const params = raw.FunctionGetParams(func);
    const name = raw.FunctionGetName(func);
    const body = raw.ExpressionCopy(raw.FunctionGetBody(func), ir.module);
    const copy = raw.AddFunction(ir.module, name, params, raw.FunctionGetResults(func), 0, 0, body);
    const variables = raw.FunctionGetNumLocals(func) - raw.TypeArity(params);
    for (let v = 0; v < variables; v++) raw.FunctionAddVar(copy, raw.FunctionGetVar(func, v));
  }
}

interface Named {
  readonly named: Uint8Array;
  readonly exported: ReadonlyMap<string, Name>;
}

function withNames(ir: Ir, binary: Uint8Array, { role, memory, imports }: Grafting): Named {
  const sections = readSections(binary);
  const readerAt = (id: number): ByteReader =>
    new ByteReader(binary, sections.find((section) => section.id === id)?.start ?? binary.length);
  const functions: Name[] = [];
  const globals: Name[] = [];
  for (const { kind, module, name } of readImports(binary, sections)) {
    if (kind === EXTERNAL.memory) continue;
    (kind === EXTERNAL.function ? functions : globals).push(required(imports, `${module}.${name}`));
  }
  for (let n = readerAt(SECTION.global).uleb(); n > 0; n--) globals.push(ir.name(`${role}.global${globals.length}`));
  for (let n = readerAt(SECTION.function).uleb(); n > 0; n--) functions.push(ir.name(`${role}.${functions.length}`));
  const exported = new Map<string, Name>();
  const reader = readerAt(SECTION.export);
  for (let n = reader.uleb(); n > 0; n--) {
    const [name, kind, index] = [reader.name(), reader.byte(), reader.uleb()];
    if (kind === EXTERNAL.function) exported.set(name, functions[index] ?? 0);
  }
  const names = [...subsection(NAMES.functions, functions), ...subsection(NAMES.memories, [memory])];
  const section = customSection("name", Uint8Array.from([...names, ...subsection(NAMES.globals, globals)]));
  return { named: concat([binary, ...section]), exported };
}

/** The names of all items of a kind, in the order of their indices. */
function subsection(id: number, names: readonly Name[]): number[] {
  const entries = names.flatMap((name, index) => {
    const text = new TextEncoder().encode(nameText(name));
    return [...uleb(index), ...uleb(text.length), ...text];
  });
  const contents = [...uleb(names.length), ...entries];
  return [id, ...uleb(contents.length), ...contents];
}
