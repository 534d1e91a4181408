/** One module through Binaryen: its functions, the pc table, the output. */

import { sha256 } from "@noble/hashes/sha2";
import { bytesToHex } from "@noble/hashes/utils";
import { type AdoptedHook, Adoption } from "./adopt/adoption.ts";
import type { Memory } from "./adopt/helpers.ts";
import type { FunctionPlan } from "./code/site_expansion.ts";
import { isAmong, type SetAside } from "./custom_sections.ts";
import { FunctionChoice } from "./filters.ts";
import {
  emptyPlan,
  instrumentFunction,
  onlyComparisons,
  type Pass,
  passFor,
  withChecks,
  withMarks,
} from "./function.ts";
import { type Func, isImported, lib, type Name, nameText, raw } from "./ir/binaryen.ts";
import { UnknownExpression } from "./ir/expressions.ts";
import { onlyMemoryName } from "./ir/heap_layout.ts";
import type { Ir } from "./ir/ir.ts";
import { beginWith } from "./ir/start.ts";
import { Counters } from "./link/counters.ts";
import type { Link } from "./link/link.ts";
import { linkFused } from "./link/link_fused.ts";
import { linkImport } from "./link/link_import.ts";
import { linkStandalone } from "./link/link_standalone.ts";
import { moduleFacts } from "./module_facts.ts";
import { type CounterStorage, derivesCounts, type Settings } from "./options.ts";
import { decodePcTable, type LinkMode, PC_TABLE_SECTION, type PcTable, PcTableWriter } from "./pc_table.ts";
import { type SanitizerPart, sanitizerSection } from "./sanitize/parts.ts";
import { sanitizerFor } from "./sanitize/sanitizer.ts";
import { addSaveAndRestore, checkStateExports, mutableGlobals, type OtherState } from "./state/globals_state.ts";
import { DIRTY_IMPORTS, MemoryState } from "./state/memory_state.ts";
import { concat } from "./wasm/bytes.ts";
import { restoreImportOrder } from "./wasm/import_order.ts";
import { memoryLimits } from "./wasm/memories.ts";
import { readModuleInfo } from "./wasm/module_info.ts";
import { readFunctionNames } from "./wasm/names.ts";
import { customSection, readBodies, type Section } from "./wasm/sections.ts";
import { putDataBack } from "./wasm/set_aside.ts";

/** An instrumented module. */
export interface InstrumentResult {
  readonly binary: Uint8Array<ArrayBuffer>;
  /** What the PCs mean; decoded from the binary when first asked for. */
  readonly pcTable: PcTable;
  /** How hooks are reached. */
  readonly link: LinkMode;
  /** Where the counters are; undefined for a module without any. */
  readonly counterStorage: CounterStorage | undefined;
  readonly stats: InstrumentStats;
  /** Functions that were left out although the options include them. */
  readonly leftOut: readonly LeftOut[];
  /** Custom sections that the output does without, because they are damaged or mean something else to this library. */
  readonly setAside: readonly SetAside[];
  /** Patterns of `functions` that match no function of the module, as they were given. */
  readonly unmatched: readonly string[];
  /** Indices of functions whose PCs are merely distinct offsets inside the body, not those of the instructions. */
  readonly inexact: readonly number[];
  /** Hooks of the compiler that had instrumented the module, and what became of their calls. */
  readonly adopted: readonly AdoptedHook[];
  /** The parts of the sanitizer, and what each does; none without `sanitize`. */
  readonly sanitizer: readonly SanitizerPart[];
}

/** Numbers about one run. */
export interface InstrumentStats {
  readonly functions: { readonly defined: number; readonly instrumented: number };
  readonly sites: { readonly hooked: number; readonly pruned: number };
  readonly bytes: { readonly original: number; readonly instrumented: number; readonly pcTable: number };
}

/** A function that carries no hooks, and why. */
export interface LeftOut {
  readonly index: number;
  readonly reason: string;
}

/** What to instrument. */
export interface Input {
  bytes: Uint8Array;
  sections: readonly Section[];
  settings: Settings;
  /** Functions to leave out whatever the settings say. */
  leftOut: readonly LeftOut[];
  /** Custom sections that Binaryen is not given. */
  setAside: readonly SetAside[];
}

/** Of bytes in the original file. */
interface Range {
  start: number;
  end: number;
}

/** What came of it. */
export interface Output {
  result: InstrumentResult;
  importedFunctions: number;
}

/**
 * Instruments the module that `ir` edits, which was read from `input`.
 *
 * @param data the data section, if Binaryen was not given it
 */
export function instrumentModule(ir: Ir, input: Input, data: Uint8Array | undefined): Output {
  const { bytes, sections, settings, leftOut, setAside } = input;
  const functions = Array.from({ length: raw.GetNumFunctions(ir.module) }, (_, k) =>
    raw.GetFunctionByIndex(ir.module, k),
  );
  const importedFunctions = functions.filter(isImported).length;
  const bodies = readBodies(bytes, sections);
  const originalGlobals = countGlobals(ir.module);
  const namesOf = functionNames(ir.module, functions, input);
  const choice = new FunctionChoice(settings.functions);
  const excluded = new Set(leftOut.map(({ index }) => index));
  if (settings.state) checkStateExports(ir.module);
  const memory = settings.state === "memory" ? new MemoryState(ir, readModuleInfo(bytes)) : undefined;
  const memories = memoryLimits(bytes, sections);
  const module = moduleFacts(ir, functions, settings.trace, memories);
  const adoption = Adoption.of(ir, functions, namesOf, memories.length === 1 ? onlyMemory(ir.module) : undefined);
  const sanitizing = sanitizerFor(ir, input, functions);
  const { sanitizer } = sanitizing;
  if (settings.state) addSaveAndRestore(ir, mutableGlobals(ir.module), sanitizer?.state() ?? NO_OTHER_STATE);
  const counters = settings.trace.includes("counters") ? new Counters(ir, settings, memories.length) : undefined;
  const all = passFor({ ir, link: linkTo(ir, settings, counters), settings, counters, adoption }, module);
  const passes = { all, comparisons: onlyComparisons(all), none: undefined };
  memory?.use(all.link);
  const table = new PcTableWriter(derivesCounts(settings));
  const counts = { instrumented: 0, hooked: 0, pruned: 0 };
  const unknown: LeftOut[] = [];
  const inexact: number[] = [];
  const plans = new Map<number, FunctionPlan>();
  const addHooks = (pass: Pass, func: Func, index: number, { start, end }: Range): FunctionPlan | undefined => {
    try {
      const { entry, plan } = instrumentFunction(pass, func, index, { bytes, start, end });
      if (!entry) return plan;
      table.add(entry);
      if (!entry.exact) inexact.push(index);
      counts.instrumented++;
      for (const { impliedBy } of entry.sites) counts[impliedBy ? "pruned" : "hooked"]++;
      return plan;
    } catch (error) {
      if (!(error instanceof UnknownExpression)) throw error;
      unknown.push({ index, reason: error.message });
      return undefined;
    }
  };
  bodies.forEach((body, k) => {
    const index = importedFunctions + k;
    const func = functions[index];
    if (func === undefined) return;
    const writes = memory?.find(func, !leftOut.some((other) => other.index === index));
    const extent = choice.extentOf(index, namesOf(index));
    const pass = excluded.has(index) || adoption?.isHook(index) ? undefined : passes[extent];
    const checks = excluded.has(index) ? undefined : sanitizer?.plan(func, { bytes, start: body.start, end: body.end });
    let plan = pass && addHooks(pass, func, index, body);
    if (!plan && !adoption?.isHook(index)) adoption?.strip(func);
    if (checks) plan = withChecks(plan ?? emptyPlan(func, index, body.start), checks);
    if (memory && writes && writes.size > 0) {
      memory.insert(func, writes);
      plan = withMarks(plan ?? emptyPlan(func, index, body.start));
    }
    if (plan) plans.set(k, plan);
  });
  for (const { func, place } of sanitizer?.heapFunctions() ?? []) {
    const writes = memory?.find(func, true);
    if (!memory || !writes || writes.size === 0) continue;
    memory.insert(func, writes);
    plans.set(place, withMarks(emptyPlan(func, NO_INDEX, 0)));
  }
  const { level, trace, pcBase } = settings;
  const prune = settings.prune !== false;
  const original = { bytes: bytes.length, sha256: bytesToHex(sha256(bytes)), importedFunctions };
  const { mode } = all.link;
  const ownImports = (counters?.addedFunctions ?? 0) + (memory ? DIRTY_IMPORTS : 0);
  const addedFunctions = all.link.addedFunctions + ownImports + (sanitizer?.addedFunctions ?? 0);
  const removedFunctions = adoption?.finish() ?? [];
  const encoded = table.finish({
    ...{ link: mode, level, prune, trace, counters: counters && settings.counters, pcBase, original, addedFunctions },
    removedFunctions,
  });
  const identity = { original: original.sha256, table: bytesToHex(sha256(encoded)) };
  beginWith(ir, [...(counters?.finish(identity) ?? []), ...(memory?.finish() ?? []), ...(sanitizer?.begin() ?? [])]);
  const globals = {
    original: originalGlobals,
    pending: placeOfGlobal(ir.module, module.pending),
    counters: counters && placeOfGlobal(ir.module, counters.address),
    dirty: memory && placeOfGlobal(ir.module, memory.map),
    sanitizer: sanitizer?.places(),
  };
  const written = all.link.complete(putDataBack(write(ir.module, hasNames(input)), data), plans, globals);
  const told = settings.sanitize ? sanitizerSection(sanitizing.parts) : [];
  const binary = concat([...written, ...told, ...customSection(PC_TABLE_SECTION, encoded)]);
  restoreImportOrder(bytes, binary);
  let decoded: PcTable | undefined;
  const result: InstrumentResult = {
    binary,
    get pcTable() {
      decoded ??= decodePcTable(encoded);
      return decoded;
    },
    link: mode,
    counterStorage: counters?.storage,
    stats: {
      functions: { defined: bodies.length, instrumented: counts.instrumented },
      sites: { hooked: counts.hooked, pruned: counts.pruned },
      bytes: { original: bytes.length, instrumented: binary.length, pcTable: encoded.length },
    },
    leftOut: [...leftOut, ...unknown].sort((a, b) => a.index - b.index),
    setAside: setAside.toSorted((a, b) => a.offset - b.offset),
    unmatched: choice.unmatched(),
    inexact,
    adopted: adoption?.hooks ?? [],
    sanitizer: sanitizing.parts,
  };
  return { result, importedFunctions };
}

const NO_OTHER_STATE: OtherState = { save: [], restore: [] };

/** Of a function that the original has not. */
const NO_INDEX = -1;

function onlyMemory(module: number): Memory {
  const name = onlyMemoryName(module);
  return { name, address: raw.MemoryIs64(module, name) ? "i64" : "i32" };
}

/** How many globals a module imports and defines. */
function countGlobals(module: number): { imported: number; defined: number } {
  const defined = definedGlobals(module).length;
  return { imported: raw.GetNumGlobals(module) - defined, defined };
}

/** In the order of their indices. */
function definedGlobals(module: number): number[] {
  return Array.from({ length: raw.GetNumGlobals(module) }, (_, k) => raw.GetGlobalByIndex(module, k)).filter(
    (global) => raw.GlobalGetInitExpr(global) !== 0,
  );
}

/** The place of a global among those that the module defines; undefined for no name. */
function placeOfGlobal(module: number, name: Name): number | undefined {
  return name === 0 ? undefined : definedGlobals(module).indexOf(raw.GetGlobal(module, name));
}

function hasNames({ sections, setAside }: Input): boolean {
  return sections.some((section) => section.name === "name" && !isAmong(setAside, section));
}

/** Names of a function of the original: its own, and those that it is exported under. */
function functionNames(
  module: number,
  functions: readonly Func[],
  { bytes, sections }: Input,
): (index: number) => string[] {
  const names = readFunctionNames(bytes, sections);
  const exported = exportedNames(module);
  return (index) => {
    const own = names.get(index);
    const others = exported.get(raw.FunctionGetName(functions[index] ?? 0)) ?? [];
    return own === undefined ? others : [own, ...others];
  };
}

/** Names that functions are exported under, by their names in Binaryen. */
function exportedNames(module: number): Map<Name, string[]> {
  const names = new Map<Name, string[]>();
  for (let k = 0; k < raw.GetNumExports(module); k++) {
    const exported = raw.GetExportByIndex(module, k);
    if (raw.ExportGetKind(exported) !== raw.ExternalFunction()) continue;
    const func = raw.ExportGetValue(exported);
    names.set(func, [...(names.get(func) ?? []), nameText(raw.ExportGetName(exported))]);
  }
  return names;
}

function linkTo(ir: Ir, settings: Settings, counters: Counters | undefined): Link {
  if (settings.link === "standalone" && counters) return linkStandalone(ir, settings, counters);
  return settings.link === "fused" ? linkFused(ir, settings, counters) : linkImport(ir, settings, counters);
}

/** Names are written where the original has some; Binaryen would make some up otherwise. */
function write(module: number, named: boolean): Uint8Array<ArrayBuffer> {
  const before = raw.GetDebugInfo();
  raw.SetDebugInfo(named ? 1 : 0);
  try {
    return lib.wrapModule(module).emitBinary();
  } finally {
    raw.SetDebugInfo(before);
  }
}
