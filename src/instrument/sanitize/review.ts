/** What the sanitizer must know about a module as a whole, found before anything is changed. */

import { STACK_REDZONE_BYTES } from "../../abi/sanitizer.ts";
import { type Func, isImported, type Name, raw } from "../ir/binaryen.ts";
import { onlyMemoryName } from "../ir/heap_layout.ts";
import { addressTaken, findStackPointer } from "../module_facts.ts";
import type { ModuleInfo } from "../wasm/module_info.ts";
import type { Section } from "../wasm/sections.ts";
import { findFamily, functionsByName, isShared } from "./allocator_family.ts";
import { findAllocator } from "./allocator_finder.ts";
import type { AllocatorFunction, FoundFunctions } from "./allocator_functions.ts";
import type { AllocatorRole } from "./allocators.ts";
import { CallGraph } from "./call_graph.ts";
import { initialValue, readDataExtents } from "./data_layout.ts";
import { isDlmalloc } from "./dlmalloc.ts";
import { withForwardTargets } from "./forwarders.ts";
import { libraryRanges, type ParameterRange } from "./library_functions.ts";
import type { SanitizeSettings } from "./options.ts";
import type { SanitizerPart } from "./parts.ts";

export interface ModuleReview {
  /** The program's memory. */
  readonly memory: Name;
  /** Functions of the allocator, each of which is replaced. */
  readonly allocator: readonly AllocatorFunction[];
  /** The ones among them that allocate and free. */
  readonly allocate: AllocatorFunction | undefined;
  readonly release: AllocatorFunction | undefined;
  /** The allocator's own code, in which nothing is checked. */
  readonly exempt: ReadonlySet<Func>;
  /** Functions that know what the allocator keeps in front of the blocks that they ask it for: calloc was inlined, say. */
  readonly makers: ReadonlySet<Func>;
  /** Functions whose parameters describe what they access. */
  readonly libraryRanges: ReadonlyMap<Func, readonly ParameterRange[]>;
  /** The functions that the allocator may call. */
  readonly allocators: ReadonlySet<Name>;
  /** Whether there may be blocks from a function of the allocator that was not found, or is not replaced. */
  readonly makesForeignBlocks: boolean;
  /** Functions that free nothing. */
  readonly harmless: ReadonlySet<Name>;
  /** The stack pointer's global; 0 if there is none. */
  readonly stackPointer: Name;
  readonly stackPointerIndex: number | undefined;
  readonly importedGlobals: number;
  /** Addresses that any code may access at any time. */
  readonly staticExtent: { readonly staticStart: number; readonly staticEnd: number };
  /** Where the stack is; an empty range if that is not known. */
  readonly stackExtent: { readonly stackStart: number; readonly stackEnd: number };
  readonly nullPageBytes: number;
  readonly quarantineBytes: number;
  /** Whether the program goes on after an error. */
  readonly goesOn: boolean;
  readonly parts: readonly SanitizerPart[];
  /** The stack pointer below which a function's frame of this size does not lie in the stack; 0: unknown. */
  leastStackPointer(frameBytes: number): number;
}

/** What a review examines. */
export interface ReviewInput {
  readonly bytes: Uint8Array;
  readonly sections: readonly Section[];
  readonly info: ModuleInfo;
  readonly module: number;
  readonly functions: readonly Func[];
  readonly settings: SanitizeSettings;
}

/** @returns the review, or the reason why the module cannot be sanitized at all */
export function reviewModule(input: ReviewInput): ModuleReview | string {
  const { bytes, sections, info, module, functions, settings } = input;
  if (info.memories !== 1) return info.memories === 0 ? "it has no memory" : "it has several memories";
  const memory = onlyMemoryName(module);
  if (raw.MemoryIs64(module, memory)) return "its memory has addresses of 64 bits";
  const calls = new CallGraph(functions);
  const found = findAllocator(functions, info, settings.allocator);
  const shared = raw.MemoryIsShared(module, memory) !== 0;
  const reachable = reachableNames(module, functions);
  const { allocator, foreign, makers, told, problem } =
    found.ok && !shared ? completed(found, calls, functions, reachable) : NO_ALLOCATOR;
  const names = allocator.map(({ func }) => raw.FunctionGetName(func));
  const hasNames = sections.some(({ name }) => name === "name");
  const makesForeignBlocks = allocator.length > 0 && (foreign.length + makers.length > 0 || !hasNames);
  const called = allocator.filter(({ role }) => makesForeignBlocks || ALLOCATING.has(role));
  const originals = [...called.map(({ func }) => raw.FunctionGetName(func)), ...foreign];
  const exemptNames = calls.exclusive([...names, ...foreign], reachable);
  const exempt = new Set(functions.filter((func) => exemptNames.has(raw.FunctionGetName(func)) && !isImported(func)));
  const stack = findStack(input);
  const lowest = Math.min(...readDataExtents(bytes, sections).map(({ start }) => start));
  const nullPage = nullPageOf(settings, lowest, stack.top);
  const heapWhy = !found.ok
    ? found.why
    : shared
      ? "threads share the memory"
      : (problem ?? [found.what, ...told].join(", "));
  return {
    memory,
    allocator,
    allocate: allocator.find(({ role }) => role === "malloc" || role === "rust_alloc"),
    release: allocator.find(({ role }) => role === "free" || role === "rust_dealloc"),
    exempt,
    makers: new Set(functions.filter((func) => makers.includes(raw.FunctionGetName(func)))),
    libraryRanges: libraryRangesOf(functions, info),
    allocators: calls.reachableFrom(originals, reachable),
    makesForeignBlocks,
    harmless: calls.cannotReach(new Set([...names, ...foreign, ...makers])),
    stackPointer: stack.pointer,
    stackPointerIndex: stack.index,
    importedGlobals: countImportedGlobals(module),
    staticExtent: { staticStart: nullPage.bytes, staticEnd: stack.dataEnd },
    stackExtent: stackExtentOf(stack, lowest, nullPage.bytes),
    nullPageBytes: nullPage.bytes,
    quarantineBytes: settings.quarantineBytes,
    goesOn: settings.recover,
    parts: [
      { part: "heap", active: allocator.length > 0, why: heapWhy },
      { part: "stack", active: stack.pointer !== 0, why: stack.why },
      { part: "null page", active: nullPage.bytes > 0, why: nullPage.why },
    ],
    leastStackPointer: (frameBytes) => {
      if (stack.top === undefined) return 0;
      const bottom = stack.top <= lowest ? nullPage.bytes : stack.bottom;
      return bottom === 0 ? 0 : bottom + frameBytes + STACK_REDZONE_BYTES;
    },
  };
}

function libraryRangesOf(functions: readonly Func[], { functionNames }: ModuleInfo): ModuleReview["libraryRanges"] {
  const found = new Map<Func, readonly ParameterRange[]>();
  functions.forEach((func, index) => {
    const ranges = isImported(func) ? undefined : libraryRanges(func, functionNames.get(index));
    if (ranges) found.set(func, ranges);
  });
  return found;
}

/** Functions of an allocator whose own code still runs, called by their replacements. */
const ALLOCATING: ReadonlySet<AllocatorRole> = new Set(["malloc", "free", "rust_alloc", "rust_dealloc"]);

const NO_ALLOCATOR: Completed = { allocator: [], foreign: [], makers: [], told: [], problem: undefined };

interface Completed {
  readonly allocator: readonly AllocatorFunction[];
  /** Functions of the allocator that stay as they are. */
  readonly foreign: readonly Name[];
  /** Other functions that must have blocks of the allocator's own. */
  readonly makers: readonly Name[];
  /** A few words on each function that was told by its code. */
  readonly told: readonly string[];
  /** Why the whole allocator must stay as it is. */
  readonly problem: string | undefined;
}

/** Completes an allocator with its functions that have no names. */
function completed(
  found: FoundFunctions,
  calls: CallGraph,
  functions: readonly Func[],
  reachable: ReadonlySet<Name>,
): Completed {
  const byName = functionsByName(functions);
  const known = withTargets(found.functions, byName);
  const named = (wanted: AllocatorRole): Set<Name> =>
    new Set(known.filter(({ role }) => role === wanted).map(({ func }) => raw.FunctionGetName(func)));
  const [mallocs, frees] = [named("malloc"), named("free")];
  if (mallocs.size === 0 || frees.size === 0)
    return { allocator: known, foreign: [], makers: [], told: [], problem: undefined };
  const names = new Set(known.map(({ func }) => raw.FunctionGetName(func)));
  const roles = new Set(known.map(({ role }) => role));
  if (!roles.has("realloc") && isShared(calls, { mallocs, frees })) {
    const what = "malloc and free share code with functions that nobody knows";
    return leftAlone(`${what}: pass --allocator realloc=NAME if there is one`);
  }
  const members = findFamily(calls, byName, reachable, {
    ...{ mallocs, frees, known: names, roles },
    isDlmalloc: isDlmalloc([...mallocs].map((name) => byName.get(name) as Func)),
  });
  const unknown = members.find(({ takesBlocks }) => takesBlocks);
  if (unknown) {
    const what = `func[${functions.indexOf(unknown.func)}] knows its blocks, too, and nobody knows what for`;
    return leftAlone(`${what}: pass --allocator realloc=NAME if that is it`);
  }
  const replaced = members.flatMap(({ func, role }) => (role === undefined ? [] : [{ func, role }]));
  const others = members.filter(({ role }) => role === undefined);
  const namesOf = (inside: boolean): Name[] =>
    others.filter(({ isInside }) => isInside === inside).map(({ func }) => raw.FunctionGetName(func));
  return {
    allocator: [...known, ...replaced],
    foreign: namesOf(true),
    makers: namesOf(false),
    told: replaced.map(({ func, role }) => `func[${functions.indexOf(func)}] which is ${role} by its code`),
    problem: undefined,
  };
}

function leftAlone(problem: string): Completed {
  return { ...NO_ALLOCATOR, problem };
}

/** Each of these is the allocator's function, too, that does nothing else than to call one. */
function withTargets(
  known: readonly AllocatorFunction[],
  byName: ReadonlyMap<Name, Func>,
): readonly AllocatorFunction[] {
  const roles = new Map<Func, AllocatorRole>();
  for (const { func, role } of known) {
    for (const name of withForwardTargets([raw.FunctionGetName(func)], byName)) {
      const target = byName.get(name);
      if (target !== undefined && !roles.has(target)) roles.set(target, role);
    }
  }
  for (const { func, role } of known) roles.set(func, role);
  return [...roles].map(([func, role]) => ({ func, role }));
}

interface Stack {
  readonly pointer: Name;
  readonly index: number | undefined;
  /** Initial value of the stack pointer; undefined: unknown. */
  readonly top: number | undefined;
  /** End of the data below the stack; 0: none. */
  readonly bottom: number;
  /** End of all static data. */
  readonly dataEnd: number;
  readonly why: string;
}

function findStack({ bytes, sections, module, functions, settings }: ReviewInput): Stack {
  const extents = readDataExtents(bytes, sections);
  const pointer = settings.stack ? findStackPointer(module) : 0;
  const index = pointer === 0 ? undefined : globalIndex(module, pointer);
  const top = index === undefined ? undefined : initialValue(bytes, sections, index);
  const dataEnd = Math.max(0, top ?? 0, ...extents.map(({ end }) => end));
  const bottom = Math.max(0, ...extents.filter(({ end }) => top !== undefined && end <= top).map(({ end }) => end));
  const isUsed = pointer !== 0 && functions.some((func) => !isImported(func));
  const why = !settings.stack
    ? "switched off"
    : isUsed
      ? "around the frames of functions"
      : "no global points to a stack in the memory";
  return { pointer, index, top, bottom, dataEnd, why };
}

function stackExtentOf({ top, bottom }: Stack, lowest: number, nullPageBytes: number): ModuleReview["stackExtent"] {
  if (top === undefined) return { stackStart: 0, stackEnd: 0 };
  const stackStart = top <= lowest ? nullPageBytes : (bottom + 7) & ~7;
  return { stackStart: Math.min(stackStart, top), stackEnd: top };
}

/** Index of a global in the binary, where imported ones come first. */
function globalIndex(module: number, name: Name): number {
  const all = Array.from({ length: raw.GetNumGlobals(module) }, (_, k) => raw.GetGlobalByIndex(module, k));
  const isDefined = (global: number): boolean => raw.GlobalGetInitExpr(global) !== 0;
  const ordered = [...all.filter((global) => !isDefined(global)), ...all.filter(isDefined)];
  return ordered.findIndex((global) => raw.GlobalGetName(global) === name);
}

function countImportedGlobals(module: number): number {
  let count = 0;
  for (let k = 0; k < raw.GetNumGlobals(module); k++) {
    if (raw.GlobalGetInitExpr(raw.GetGlobalByIndex(module, k)) === 0) count++;
  }
  return count;
}

/** LLVM's linkers and AssemblyScript put data at 1024 or after. Elsewhere nothing is known about lower addresses. */
const USUAL_NULL_PAGE_BYTES = 1024;

function nullPageOf(
  settings: SanitizeSettings,
  lowest: number,
  top: number | undefined,
): { bytes: number; why: string } {
  if (settings.nullPageBytes !== undefined) {
    const why = settings.nullPageBytes === 0 ? "switched off" : `${settings.nullPageBytes} bytes, as asked for`;
    return { bytes: settings.nullPageBytes & ~7, why };
  }
  const first = Math.min(lowest, top === undefined ? lowest : Math.max(top, USUAL_NULL_PAGE_BYTES));
  if (!Number.isFinite(first)) return { bytes: 0, why: "neither data nor a stack tells where it ends" };
  const bytes = Math.min(first, USUAL_NULL_PAGE_BYTES) & ~7;
  return { bytes, why: bytes === 0 ? "data begins at address 0" : `${bytes} bytes below the data` };
}

/** Functions that may be called otherwise than by the module's own direct calls. */
function reachableNames(module: number, functions: readonly Func[]): ReadonlySet<Name> {
  const names = new Set(
    [...addressTaken(module, functions)].map((index) => raw.FunctionGetName(functions[index] ?? 0)),
  );
  const start = raw.GetStart(module);
  if (start !== 0) names.add(raw.FunctionGetName(start));
  return names;
}
