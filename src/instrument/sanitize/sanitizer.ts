/**
 * The memory sanitizer makes a module detect accesses to memory that it must not access. The pass only uses
 * `Sanitizer`, with its methods in this order:
 *
 *     new Sanitizer     adds the shadow, the replacement of the allocator, and the functions that report
 *     plan              decides what is to be checked in a function, before it is changed
 *     begin             returns code to run first
 *     places            returns where all of it is, once the module is complete
 *
 * The checks themselves go into the written binary (check_code.ts). A function of the allocator, say malloc, becomes
 *
 *     (func $malloc (param i32) (result i32) (call $heap.malloc (local.get 0)))        what everybody calls
 *     (func $original.malloc …)                                                       its own code, at the end
 *
 * by swapping the two bodies when they are written, so that all callers of malloc, even by a table or from the host,
 * call the one that keeps redzones. The allocator's own calls are redirected to the originals.
 */

import { IMPORT_MODULE, OWN_MEMORY } from "../../abi/hooks.ts";
import { GOES_ON, SHADOW_BASE, SHADOW_SHIFT } from "../../abi/sanitizer.ts";
import {
  HOST_FUNCTIONS,
  INPUT_EXPORT,
  KEEP_STACK,
  MEMORY_ERROR,
  SHADOW_FUNCTIONS,
  STACKS_GLOBAL,
  shadowImport,
} from "../../abi/sanitizer_imports.ts";
import { heapBinary, shadowBinary } from "../../hooks/sanitizer.ts";
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
} from "../ir/binaryen.ts";
import { ID } from "../ir/expressions.ts";
import { graft } from "../ir/graft.ts";
import type { Ir } from "../ir/ir.ts";
import { tupleOf } from "../ir/types.ts";
import { walk } from "../ir/walk.ts";
import { required } from "../required.ts";
import type { PassInput } from "../result.ts";
import { SiteFinder } from "../sites/finder.ts";
import type { Body } from "../sites/offsets.ts";
import type { ValueSite } from "../sites/site.ts";
import type { OtherState } from "../state/globals_state.ts";
import { readModuleInfo } from "../wasm/module_info.ts";
import { findAccesses } from "./access_finder.ts";
import type { AllocatorRole } from "./allocators.ts";
import type { FunctionChecks } from "./check_code.ts";
import { type Check, CheckNotes } from "./check_notes.ts";
import { effectsOf } from "./loop_effects.ts";
import { PARTS, type SanitizerPart } from "./parts.ts";
import type { FunctionPlace, SanitizerPlaces } from "./places.ts";
import { type ModuleReview, reviewModule } from "./review.ts";
import { stackUseOf } from "./stack_frames.ts";

/** Maximum number of pages in a memory with 32-bit addresses. */
const MAX_PAGES = 65536;

/** The result of the option: the parts of the sanitizer, and the sanitizer itself if any part is active. */
export interface Sanitizing {
  readonly sanitizer: Sanitizer | undefined;
  readonly parts: readonly SanitizerPart[];
}

/** Creates the sanitizer of a module that is still unchanged, if it is requested. */
export function sanitizerFor(ir: Ir, { bytes, sections, settings }: PassInput, functions: readonly Func[]): Sanitizing {
  const { sanitize, link } = settings;
  if (!sanitize) return { sanitizer: undefined, parts: [] };
  if (link === "standalone") {
    const why = "a module that stands alone has nobody to report to";
    return { sanitizer: undefined, parts: PARTS.map((part) => ({ part, active: false, why })) };
  }
  const info = readModuleInfo(bytes);
  const review = reviewModule({ bytes, sections, info, module: ir.module, functions, settings: sanitize });
  if (typeof review === "string") {
    const parts = PARTS.map((part) => ({ part, active: false, why: review }));
    return { sanitizer: undefined, parts };
  }
  return { sanitizer: new Sanitizer(ir, review, link === "fused"), parts: review.parts };
}

/** The checks of one function, and the types of the values that are held meanwhile. */
export interface CheckPlan {
  readonly checks: FunctionChecks;
  readonly held: number;
}

export class Sanitizer {
  private readonly ir: Ir;
  private readonly review: ModuleReview;
  /** The program's memory. */
  private readonly memory: Name;
  private readonly finder = new SiteFinder({
    ...{ traced: new Set(["load", "store", "stack-depth"] as const), hasSelects: false, everyAccess: true },
    accesses: undefined,
  });
  private readonly notes = new CheckNotes();
  /** Functions of assembly/sanitize by their names there. */
  private readonly shadow: ReadonlyMap<string, Name>;
  private readonly heap: ReadonlyMap<string, Name>;
  /** Stubs by the functions that they replace. */
  private readonly stubs: ReadonlyMap<Name, Name>;
  /** Number of functions that are added to the module's imports for this. */
  readonly addedFunctions: number;
  private readonly isFused: boolean;

  constructor(ir: Ir, review: ModuleReview, isFused: boolean) {
    this.ir = ir;
    this.review = review;
    this.isFused = isFused;
    const before = countImported(ir.module);
    const { memory } = review;
    this.memory = memory;
    this.shadow = isFused ? addShadow(ir, memory) : importShadow(ir, memory);
    const imports = new Map([...this.hostImports(), ...this.shadowImports()]);
    this.stubs = new Map(review.allocator.map(({ func }) => [raw.FunctionGetName(func), stubName(ir, func)]));
    for (const [name, func] of this.addOriginals()) imports.set(name, func);
    this.heap = graft(ir, heapBinary(), { role: "heap", memory, imports });
    for (const { func, role } of review.allocator) this.addStub(func, required(this.heap, role));
    for (const func of review.exempt) redirectCalls(func, this.stubs);
    const mallocs = new Map(this.stubsOf("malloc"));
    for (const func of review.makers) redirectCalls(func, mallocs);
    raw.AddFunctionExport(ir.module, required(this.heap, "input"), namePointer(INPUT_EXPORT));
    this.addedFunctions = countImported(ir.module) - before;
  }

  /** Plans the checks of a function. @returns undefined if nothing is to be done */
  plan(func: Func, body: Body): CheckPlan | undefined {
    const { review, notes, finder } = this;
    const { stackPointer, harmless } = review;
    if (review.exempt.has(func)) return undefined;
    const effects = effectsOf(func, harmless);
    const stack = stackUseOf(func, stackPointer, effects.assignments);
    const ranges = review.libraryRanges.get(func);
    const checks = ranges
      ? new Map<Expr, Check>()
      : findAccesses(func, { effects, harmless, frames: stack.frames, ...review.staticExtent });
    for (const expr of stack.unwinding) checks.set(expr, UNWINDING);
    const { operators } = finder.find(func, body);
    notes.begin(body.start);
    for (let k = 0; k < operators.length; k++) {
      const { expr, offset } = operators.at(k) as ValueSite;
      const check = checks.get(expr);
      if (check) notes.add(check, offset);
      else notes.skip();
    }
    const { frameBytes } = stack;
    const stackFrame = frameBytes === undefined ? undefined : { least: review.leastStackPointer(frameBytes) };
    const isAllocators = review.allocators.has(raw.FunctionGetName(func));
    const written = { notes: notes.written, stackFrame, ranges: ranges ?? [], isAllocators };
    return { checks: written, held: notes.held };
  }

  /** Code that is to run before any of the program's. */
  begin(): Expr[] {
    const { ir, heap, review } = this;
    const foreignFrom = review.makesForeignBlocks ? Math.max(review.staticExtent.staticEnd, 1) : 0;
    const flags = review.goesOn ? GOES_ON : 0;
    const operands = [review.nullPageBytes, review.quarantineBytes, foreignFrom, flags].map((value) => ir.i32(value));
    return [ir.call(required(heap, "begin"), operands)];
  }

  /** Code that saves and restores the shadow. */
  state(): OtherState {
    const { ir, shadow, review } = this;
    const bounds = [review.stackExtent.stackStart, review.stackExtent.stackEnd].map((address) => ir.i32(address));
    return {
      save: [ir.call(required(shadow, "save"), [])],
      restore: [ir.call(required(shadow, "restore"), bounds)],
    };
  }

  /** The functions that run in the program's memory, and their indices among those that the module defines. */
  *heapFunctions(): Iterable<{ func: Func; place: number }> {
    for (const [name, place] of placesOf(this.ir.module)) {
      const func = raw.GetFunction(this.ir.module, name);
      if (nameText(name).startsWith(nameText(this.ir.name("heap.")))) yield { func, place };
    }
  }

  places(): SanitizerPlaces {
    const { module } = this.ir;
    const places = placesOf(module);
    // Binaryen interns names, so the pointer for a lookup must be the interned one, not the one that was passed.
    const place = (name: Name): number => required(places, raw.FunctionGetName(raw.GetFunction(module, name)));
    const pages = shadowPages(this.ir, this.memory);
    const shadow = (name: string): FunctionPlace =>
      this.isFused ? place(required(this.shadow, name)) : shadowImport(name, pages);
    const { stackPointerIndex, importedGlobals } = this.review;
    return {
      shadow: this.isFused ? shadowMemory(pages) : undefined,
      accessible: shadow("accessible"),
      fill: shadow("fill"),
      access: place(required(this.heap, "access")),
      unwound: place(required(this.heap, "unwound")),
      exhausted: place(required(this.heap, "exhausted")),
      stackPointer: stackPointerIndex,
      goesOn: this.review.goesOn,
      importedGlobals,
      swaps: [...this.stubs].map(([func, stub]) => [place(func), place(stub)]),
    };
  }

  private *hostImports(): Iterable<[string, Name]> {
    const { ir } = this;
    for (const [name, { params, result }] of Object.entries(HOST_FUNCTIONS)) {
      const internal = ir.name(name);
      const types = tupleOf(new Array<number>(params).fill(lib.i32));
      const [from, base] = [namePointer(IMPORT_MODULE), namePointer(name)];
      raw.AddFunctionImport(ir.module, internal, from, base, types, result ? lib.i32 : lib.none);
      yield [`host.${HOST_NAMES[name as keyof typeof HOST_NAMES]}`, internal];
    }
    const [stacks, from] = [ir.name(STACKS_GLOBAL), namePointer(IMPORT_MODULE)];
    raw.AddGlobalImport(ir.module, stacks, from, namePointer(STACKS_GLOBAL), lib.i32, 1);
    yield ["host.stacks", stacks];
  }

  private *shadowImports(): Iterable<[string, Name]> {
    for (const [name, internal] of this.shadow) yield [`shadow.${name}`, internal];
  }

  /**
   *     (func $original.allocate (param i32) (result i32) (call $malloc …))     after the swap: the original's code
   */
  private *addOriginals(): Iterable<[string, Name]> {
    const { ir, review } = this;
    const get = (local: number): Expr => ir.get(local, lib.i32);
    const add = (name: string, params: number, result: number, body: Expr): [string, Name] => {
      const internal = ir.name(`original.${name}`);
      raw.AddFunction(ir.module, internal, tupleOf(new Array<number>(params).fill(lib.i32)), result, 0, 0, body);
      return [`original.${name}`, internal];
    };
    const { allocate, release } = review;
    const find = (wanted: AllocatorRole): Func | undefined =>
      review.allocator.find(({ role }) => role === wanted)?.func;
    const stubOf = (func: Func): Name => required(this.stubs, raw.FunctionGetName(func));
    const alignment = ir.i32(ANY_ALIGNMENT);
    const allocated = allocate
      ? ir.call(stubOf(allocate.func), allocate.role === "malloc" ? [get(0)] : [get(0), alignment], lib.i32)
      : ir.i32(0);
    yield add("allocate", 1, lib.i32, allocated);
    const released = release
      ? ir.call(stubOf(release.func), release.role === "free" ? [get(0)] : [get(0), get(1), ir.i32(ANY_ALIGNMENT)])
      : raw.Nop(ir.module);
    yield add("release", 2, lib.none, released);
    const [resize, rustResize, size] = [find("realloc"), find("rust_realloc"), find("malloc_usable_size")];
    const all = [get(0), get(1), get(2), get(3)];
    const rustResized = rustResize ? ir.call(stubOf(rustResize), all, lib.i32) : ir.i32(0);
    const resized = resize ? ir.call(stubOf(resize), [get(0), get(3)], lib.i32) : rustResized;
    yield add("resize", 4, lib.i32, resized);
    yield add("sizeOf", 1, lib.i32, size ? ir.call(stubOf(size), [get(0)], lib.i32) : ir.i32(0));
  }

  private *stubsOf(wanted: AllocatorRole): Iterable<[Name, Name]> {
    for (const { func, role } of this.review.allocator) {
      const name = raw.FunctionGetName(func);
      if (role === wanted) yield [name, required(this.stubs, name)];
    }
  }

  /** Adds a function with the type of the allocator's that calls the replacement. */
  private addStub(func: Func, target: Name): void {
    const { ir } = this;
    const [params, results] = [raw.FunctionGetParams(func), raw.FunctionGetResults(func)];
    const operands = Array.from({ length: raw.TypeArity(params) }, (_, k) => ir.get(k, lib.i32));
    const stub = required(this.stubs, raw.FunctionGetName(func));
    raw.AddFunction(ir.module, stub, params, results, 0, 0, ir.call(target, operands, results));
  }
}

/** The names of the host's imports in assembly/sanitize/heap. */
const HOST_NAMES = { [MEMORY_ERROR]: "report", [KEEP_STACK]: "keepStack" } as const;

const UNWINDING: Check = { kind: "unwinding" };

/** Alignment that suits any type in C. */
const ANY_ALIGNMENT = 16;

/** Makes a function of the allocator call the allocator's own functions instead of their replacements. */
function redirectCalls(func: Func, stubs: ReadonlyMap<Name, Name>): void {
  walk(func, ({ expr, id }) => {
    const stub = id === ID.Call ? stubs.get(raw.CallGetTarget(expr)) : undefined;
    if (stub !== undefined) raw.CallSetTarget(expr, stub);
  });
}

function stubName(ir: Ir, func: Func): Name {
  return ir.name(`original.${nameText(raw.FunctionGetName(func))}`);
}

/** The fused link: adds a memory, of which each instance gets a new one, and the functions that use it. */
function addShadow(ir: Ir, memory: Name): ReadonlyMap<string, Name> {
  const name = ir.name("shadow");
  const pages = shadowPages(ir, memory);
  raw.AddMemoryImport(ir.module, name, namePointer(IMPORT_MODULE), namePointer(shadowMemory(pages)), 0);
  return graft(ir, shadowBinary(), { role: "shadow", memory: name, imports: new Map() });
}

/** The import link: imports the functions of an instance of assembly/sanitize/shadow. */
function importShadow(ir: Ir, memory: Name): ReadonlyMap<string, Name> {
  const pages = shadowPages(ir, memory);
  return new Map(
    Object.entries(SHADOW_FUNCTIONS).map(([name, { params, result }]) => {
      const internal = ir.name(`shadow.${name}`);
      const types = tupleOf(new Array<number>(params).fill(lib.i32));
      const [from, base] = [namePointer(IMPORT_MODULE), namePointer(shadowImport(name, pages))];
      raw.AddFunctionImport(ir.module, internal, from, base, types, result ? lib.i32 : lib.none);
      return [name, internal];
    }),
  );
}

/** Size of the shadow for the maximum size of the program's memory. Pages that are never used take no memory. */
function shadowPages(ir: Ir, memory: Name): number {
  const pages = raw.MemoryHasMax(ir.module, memory) ? raw.MemoryGetMax(ir.module, memory) : MAX_PAGES;
  return (SHADOW_BASE >> 16) + Math.ceil(Math.min(pages, MAX_PAGES) / (1 << SHADOW_SHIFT));
}

/** The import name of the shadow: see own_memory.ts. */
function shadowMemory(pages: number): string {
  return `${OWN_MEMORY}${pages} ${pages + SAVED_PAGES}`;
}

/** Number of pages after the shadow for its saved parts. */
const SAVED_PAGES = 1024;

/** Indices of functions among those that a module defines. */
function placesOf(module: number): ReadonlyMap<Name, number> {
  const places = new Map<Name, number>();
  for (const func of functionsOf(module)) {
    if (!isImported(func)) places.set(raw.FunctionGetName(func), places.size);
  }
  return places;
}

function countImported(module: number): number {
  return raw.GetNumFunctions(module) - placesOf(module).size;
}
