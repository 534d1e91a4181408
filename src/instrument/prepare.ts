/** The first stage of a module: what its functions are instrumented with. Globals and imports are added here. */

import type { ByteRange } from "../binary_format.ts";
import { Adoption } from "./adopt/adoption.ts";
import type { Memory } from "./adopt/helpers.ts";
import { FunctionChoice } from "./filters.ts";
import { type Func, functionsOf, isImported, raw } from "./ir/binaryen.ts";
import { onlyMemoryName } from "./ir/heap_layout.ts";
import type { Ir } from "./ir/ir.ts";
import { Counters } from "./link/counters.ts";
import type { Link } from "./link/link.ts";
import { linkFused } from "./link/link_fused.ts";
import { linkImport } from "./link/link_import.ts";
import { linkStandalone } from "./link/link_standalone.ts";
import { type ModuleFacts, moduleFacts } from "./module_facts.ts";
import type { Settings } from "./options.ts";
import type { PassInput } from "./result.ts";
import { type Sanitizer, type Sanitizing, sanitizerFor } from "./sanitize/sanitizer.ts";
import { addSaveAndRestore, checkStateExports, mutableGlobals, type OtherState } from "./state/globals_state.ts";
import { MemoryState } from "./state/memory_state.ts";
import { memoryLimits } from "./wasm/memories.ts";
import { namesOf, readModuleInfo } from "./wasm/module_info.ts";
import { readBodies } from "./wasm/sections.ts";

/** A module that is ready to be instrumented function by function. */
export interface Prepared {
  readonly ir: Ir;
  readonly input: PassInput;
  /** All functions of the original in the order of their indices, imported ones first. */
  readonly functions: readonly Func[];
  readonly importedFunctions: number;
  /** Where the bodies of the defined functions are in the original file. */
  readonly bodies: readonly ByteRange[];
  readonly namesOf: (index: number) => string[];
  readonly choice: FunctionChoice;
  readonly facts: ModuleFacts;
  readonly parts: Parts;
  readonly sanitizing: Sanitizing;
  readonly link: Link;
  readonly originalGlobals: { readonly imported: number; readonly defined: number };
}

/** What is done besides tracing. Each part is undefined if it is not requested or has nothing to do. */
export interface Parts {
  readonly counters: Counters | undefined;
  readonly memory: MemoryState | undefined;
  readonly adoption: Adoption | undefined;
  readonly sanitizer: Sanitizer | undefined;
}

/** Examines the whole module, and adds what its functions will need, in the order of the output's globals. */
export function prepare(ir: Ir, input: PassInput): Prepared {
  const { bytes, sections, settings } = input;
  const functions = functionsOf(ir.module);
  const originalGlobals = countGlobals(ir.module);
  const info = readModuleInfo(bytes);
  const namesOfFunction = (index: number): string[] => namesOf(info, index);
  if (settings.state) checkStateExports(ir.module);
  const memory = settings.state === "memory" ? new MemoryState(ir, info) : undefined;
  const memories = memoryLimits(bytes, sections);
  const facts = moduleFacts(ir, functions, settings.trace, memories);
  const adoption = Adoption.of(
    ir,
    functions,
    namesOfFunction,
    memories.length === 1 ? onlyMemory(ir.module) : undefined,
  );
  const sanitizing = sanitizerFor(ir, input, functions);
  const { sanitizer } = sanitizing;
  if (settings.state) addSaveAndRestore(ir, mutableGlobals(ir.module), sanitizer?.state() ?? NO_OTHER_STATE);
  const counters = settings.trace.includes("counters") ? new Counters(ir, settings, memories.length) : undefined;
  const link = linkTo(ir, settings, counters);
  memory?.use(link);
  return {
    ...{ ir, input, functions, namesOf: namesOfFunction, facts, sanitizing, link, originalGlobals },
    importedFunctions: functions.filter(isImported).length,
    bodies: readBodies(bytes, sections),
    choice: new FunctionChoice(settings.functions),
    parts: { counters, memory, adoption, sanitizer },
  };
}

const NO_OTHER_STATE: OtherState = { save: [], restore: [] };

function linkTo(ir: Ir, settings: Settings, counters: Counters | undefined): Link {
  if (settings.link === "standalone" && counters) return linkStandalone(ir, settings, counters);
  return settings.link === "fused" ? linkFused(ir, settings, counters) : linkImport(ir, settings, counters);
}

function onlyMemory(module: number): Memory {
  const name = onlyMemoryName(module);
  return { name, address: raw.MemoryIs64(module, name) ? "i64" : "i32" };
}

/** Numbers of globals that a module imports and defines. */
function countGlobals(module: number): { imported: number; defined: number } {
  const defined = definedGlobals(module).length;
  return { imported: raw.GetNumGlobals(module) - defined, defined };
}

/** The globals that a module defines, in the order of their indices. */
export function definedGlobals(module: number): number[] {
  return Array.from({ length: raw.GetNumGlobals(module) }, (_, k) => raw.GetGlobalByIndex(module, k)).filter(
    (global) => raw.GlobalGetInitExpr(global) !== 0,
  );
}
