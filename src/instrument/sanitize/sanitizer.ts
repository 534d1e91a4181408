/**
 * The memory sanitizer: a module that notices when it accesses memory that it must not. `Sanitizer` is all that the pass
 * knows of it, in the order of its methods:
 *
 *     new Sanitizer     adds the shadow, what stands for the allocator, and the functions that report
 *     plan              looks at a function before it is changed: what is to be checked there
 *     begin             code to run first
 *     places            where all of it is, when the module is complete
 *
 * The checks themselves go into the written binary (check_code.ts). A function of the allocator, say malloc, becomes
 *
 *     (func $malloc (param i32) (result i32) (call $heap.malloc (local.get 0)))        what everybody calls
 *     (func $original.malloc …)                                                       its own code, at the end
 *
 * by writing the two bodies in each other's place, so that whatever calls malloc, by a table or from the host, too, calls
 * the one that keeps redzones. The allocator's own calls are redirected to the originals.
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
import { required } from "../code/required.ts";
import { type Expr, type Func, isImported, lib, type Name, namePointer, nameText, raw } from "../ir/binaryen.ts";
import { ID } from "../ir/expressions.ts";
import { graft } from "../ir/graft.ts";
import type { Ir } from "../ir/ir.ts";
import { tupleOf } from "../ir/types.ts";
import { walk } from "../ir/walk.ts";
import type { Input } from "../result.ts";
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

/** What a memory with 32-bit addresses can have. */
const MAX_PAGES = 65536;

/** What becomes of the option: the parts of the sanitizer, and the sanitizer if there is any part that does something. */
export interface Sanitizing {
  readonly sanitizer: Sanitizer | undefined;
  readonly parts: readonly SanitizerPart[];
}

/** Makes the sanitizer of a module that is still unchanged, if it is asked for. */
export function sanitizerFor(ir: Ir, { bytes, sections, settings }: Input, functions: readonly Func[]): Sanitizing {
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

/** What is done in one function, and the types of the values that are held meanwhile. */
export interface CheckPlan {
  readonly checks: FunctionChecks;
  readonly held: number;
}

export class Sanitizer {
  private readonly ir: Ir;
  private readonly review: ModuleReview;
  /** The program's. */
  private readonly memory: Name;
  private readonly finder = new SiteFinder({
    ...{ traced: new Set(["load", "store", "stack-depth"] as const), hasSelects: false, everyAccess: true },
    accesses: undefined,
  });
  private readonly notes = new CheckNotes();
  /** Functions of assembly/sanitize by their names there. */
  private readonly shadow: ReadonlyMap<string, Name>;
  private readonly heap: ReadonlyMap<string, Name>;
  /** Stubs by what they stand for. */
  private readonly stubs: ReadonlyMap<Name, Name>;
  /** How many functions the module imports because of this. */
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

  /** Looks at a function. @returns undefined where nothing is to be done */
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

  /** Code to run before any of the program's. */
  begin(): Expr[] {
    const { ir, heap, review } = this;
    const foreignFrom = review.makesForeignBlocks ? Math.max(review.staticExtent.staticEnd, 1) : 0;
    const flags = review.goesOn ? GOES_ON : 0;
    const operands = [review.nullPageBytes, review.quarantineBytes, foreignFrom, flags].map((value) => ir.i32(value));
    return [ir.call(required(heap, "begin"), operands)];
  }

  /** Code that keeps the shadow, and puts it back. */
  state(): OtherState {
    const { ir, shadow, review } = this;
    const bounds = [review.stackExtent.stackStart, review.stackExtent.stackEnd].map((address) => ir.i32(address));
    return {
      save: [ir.call(required(shadow, "save"), [])],
      restore: [ir.call(required(shadow, "restore"), bounds)],
    };
  }

  /** The functions that run in the program's memory, and their places among those that the module defines. */
  *heapFunctions(): Iterable<{ func: Func; place: number }> {
    for (const [name, place] of placesOf(this.ir.module)) {
      const func = raw.GetFunction(this.ir.module, name);
      if (nameText(name).startsWith(nameText(this.ir.name("heap.")))) yield { func, place };
    }
  }

  places(): SanitizerPlaces {
    const { module } = this.ir;
    const places = placesOf(module);
    // Of equal names Binaryen has one, which is not the one that it was given.
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
   *     (func $original.allocate (param i32) (result i32) (call $malloc …))     which is the original's code, in the end
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

  /** A function of the same type as the allocator's that calls what stands for it. */
  private addStub(func: Func, target: Name): void {
    const { ir } = this;
    const [params, results] = [raw.FunctionGetParams(func), raw.FunctionGetResults(func)];
    const operands = Array.from({ length: raw.TypeArity(params) }, (_, k) => ir.get(k, lib.i32));
    const stub = required(this.stubs, raw.FunctionGetName(func));
    raw.AddFunction(ir.module, stub, params, results, 0, 0, ir.call(target, operands, results));
  }
}

/** What each import of the host is called in assembly/sanitize/heap. */
const HOST_NAMES = { [MEMORY_ERROR]: "report", [KEEP_STACK]: "keepStack" } as const;

const UNWINDING: Check = { kind: "unwinding" };

/** For any type of C. */
const ANY_ALIGNMENT = 16;

/** Has a function of the allocator call the allocator's own functions instead of what stands for them. */
function redirectCalls(func: Func, stubs: ReadonlyMap<Name, Name>): void {
  walk(func, ({ expr, id }) => {
    const stub = id === ID.Call ? stubs.get(raw.CallGetTarget(expr)) : undefined;
    if (stub !== undefined) raw.CallSetTarget(expr, stub);
  });
}

function stubName(ir: Ir, func: Func): Name {
  return ir.name(`original.${nameText(raw.FunctionGetName(func))}`);
}

/** The fused link: a memory of the module's own, of which each instance gets another, and the functions that know it. */
function addShadow(ir: Ir, memory: Name): ReadonlyMap<string, Name> {
  const name = ir.name("shadow");
  const pages = shadowPages(ir, memory);
  raw.AddMemoryImport(ir.module, name, namePointer(IMPORT_MODULE), namePointer(shadowMemory(pages)), 0);
  return graft(ir, shadowBinary(), { role: "shadow", memory: name, imports: new Map() });
}

/** The import link: the functions of an instance of assembly/sanitize/shadow. */
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

/** For all of what the program's memory may become. Pages that are not used take no memory. */
function shadowPages(ir: Ir, memory: Name): number {
  const pages = raw.MemoryHasMax(ir.module, memory) ? raw.MemoryGetMax(ir.module, memory) : MAX_PAGES;
  return (SHADOW_BASE >> 16) + Math.ceil(Math.min(pages, MAX_PAGES) / (1 << SHADOW_SHIFT));
}

/** What the shadow is imported as: see own_memory.ts. */
function shadowMemory(pages: number): string {
  return `${OWN_MEMORY}${pages} ${pages + SAVED_PAGES}`;
}

/** What was saved of a shadow may take so much after it. */
const SAVED_PAGES = 1024;

/** Places of functions among those that a module defines. */
function placesOf(module: number): ReadonlyMap<Name, number> {
  const places = new Map<Name, number>();
  for (let k = 0; k < raw.GetNumFunctions(module); k++) {
    const func = raw.GetFunctionByIndex(module, k);
    if (!isImported(func)) places.set(raw.FunctionGetName(func), places.size);
  }
  return places;
}

function countImported(module: number): number {
  return raw.GetNumFunctions(module) - placesOf(module).size;
}
