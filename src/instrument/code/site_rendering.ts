/** Renders the hooks' code (site_code.ts) with the indices of one module and the locals of one function. */

import { readCounterImport } from "../../abi/counters.ts";
import { IMPORT_MODULE, type TaskGlobalName } from "../../abi/hooks.ts";
import { type CursorHook, REGISTERS } from "../../hooks/pieces.ts";
import { MAX_HELD } from "../sites/held_counters.ts";
import { Assembler, NO_RESULT, TYPE } from "../wasm/assembler.ts";
import { EXTERNAL, readImports } from "../wasm/imports.ts";
import { OP } from "../wasm/operators.ts";
import type { Section } from "../wasm/sections.ts";
import type { Code, Piece } from "./site_code.ts";

/** The indices to which the code refers in the module. */
export interface Indices {
  /** The device's memory. */
  readonly memory: number;
  /** Memories by their import names. */
  readonly memories: ReadonlyMap<string, number>;
  readonly globals: ReadonlyMap<string, number>;
  readonly functions: ReadonlyMap<string, number>;
  /** Index for counters that are not in device memory: of their memory, of a function, or of the first global. */
  readonly counters: number;
  /** Numbers of functions and globals that the module imports. */
  readonly imported: { readonly functions: number; readonly globals: number };
}

/** Finds the indices. If a name is imported several times, the last import is the one that the pass added. */
export function findIndices(bytes: Uint8Array, sections: readonly Section[]): Indices {
  const globals = new Map<string, number>();
  const functions = new Map<string, number>();
  const imported = { functions: 0, globals: 0 };
  const memories = new Map<string, number>();
  let counters = -1;
  for (const { module, name, kind, index } of readImports(bytes, sections)) {
    if (kind === EXTERNAL.function) imported.functions++;
    if (kind === EXTERNAL.global) imported.globals++;
    if (module !== IMPORT_MODULE) continue;
    if (kind === EXTERNAL.memory) memories.set(name, index);
    if (kind === EXTERNAL.global) globals.set(name, index);
    if (kind === EXTERNAL.function) functions.set(name, index);
    if (readCounterImport(name)?.index === 0) counters = index;
  }
  return { memory: memories.get("memory") ?? -1, memories, globals, functions, counters, imported };
}

/** Code before and after a value that depends on the site. */
export type Rendered = readonly [before: Uint8Array, after: Uint8Array];

/** Code around the call of a hook, so that nothing is called while no values are traced. */
export function renderGuard(code: Code, indices: Indices): Rendered {
  const before = new Assembler();
  renderPieces(before, code, NO_LOCALS, indices);
  before.op(OP.if, NO_RESULT);
  return [before.written(), Uint8Array.of(OP.end)];
}

const NO_LOCALS = (): number => 0;

/** Renders a hook as the body of a function. */
export function renderBody(code: Code, indices: Indices): Uint8Array {
  const groups: { type: number; count: number }[] = [];
  for (const type of code.temporaries) {
    const last = groups.at(-1);
    if (last?.type === type) last.count++;
    else groups.push({ type, count: 1 });
  }
  const out = new Assembler();
  out.uleb(groups.length);
  for (const { type, count } of groups) {
    out.uleb(count);
    out.byte(type);
  }
  renderPieces(out, code, (local) => local, indices);
  out.byte(OP.end);
  return out.written();
}

/** Writes code. @param localOf maps a hook's local to one of the function @param plus added to offsets of accesses */
export function renderPieces(
  out: Assembler,
  { pieces }: Pick<Code, "pieces">,
  localOf: (local: number) => number,
  { memory, globals }: Indices,
  plus = 0,
): void {
  for (const piece of pieces) {
    if (piece instanceof Uint8Array) out.append(piece);
    else if ("global" in piece) out.op(OP.global_get, indexOf(globals, piece.global));
    else if ("local" in piece) out.op(piece.opcode, localOf(piece.local));
    else {
      const { opcode, align, offset } = piece;
      out.op(opcode, memory === 0 ? align : align | HAS_MEMORY);
      if (memory !== 0) out.uleb(memory);
      out.uleb(offset + plus);
    }
  }
}

function indexOf(globals: Indices["globals"], name: TaskGlobalName): number {
  const index = globals.get(name);
  if (index === undefined) throw new Error(`a hook uses ${name}, which is not imported for it`);
  return index;
}

/** Bit in the alignment of an access: a memory index follows. */
const HAS_MEMORY = 0x40;

/** Types of values that are held in locals while a hook is called, as bits of a set. */
export const HELD = { i32: 1, i64: 2, f32: 4, f64: 8, v128: 16 } as const;
/** A third value of type i32. */
export const HELD_THIRD = 32;
const ALL_HELD = 63;
const HELD_TYPES = Object.entries(HELD).map(([name, bit]) => [TYPE[name as keyof typeof HELD], bit] as const);

/** What locals a function needs. */
export interface Needs {
  /** Types of its temporaries, a set of {@link HELD}: two each of i32 and i64, one of the others. */
  readonly held: number;
  /** Index of its first counter; undefined if it has none. */
  readonly firstCounter: number | undefined;
  /** Whether it saves the stack pointer at its entry. */
  readonly keepsStackPointer: boolean;
  /** How many counters its loops hold at a time. */
  readonly heldCounters: number;
}

/** The locals that a function gets after its own, and the cursor's code with these locals. */
export interface ExtraLocals {
  readonly groups: readonly { readonly type: number; readonly count: number }[];
  readonly cursors: ReadonlyMap<CursorHook, Rendered>;
  /** The local that holds the address of the counters. */
  readonly counters: number;
  /** The local that holds the stack pointer. */
  readonly stackPointer: number;
  /** The local that holds the value of a counter while a loop runs. */
  held(number: number): number;
  /** The first, second or third temporary of a type. There is only one for vectors and floating-point numbers. */
  temporary(type: number, which: 0 | 1 | 2): number;
}

/** Creates the extra locals of functions, once for all functions with the same number of locals and the same needs. */
export class ExtraLocalsFactory {
  private readonly indices: Indices;
  private readonly cursors: ReadonlyMap<CursorHook, Code>;
  private readonly hasAddress: boolean;
  private readonly known = new Map<number, ExtraLocals>();

  /** @param hasAddress whether functions with counters keep the counters' address in a local */
  constructor(indices: Indices, cursors: ReadonlyMap<CursorHook, Code>, hasAddress: boolean) {
    this.indices = indices;
    this.cursors = cursors;
    this.hasAddress = hasAddress;
  }

  /** The extra locals of a function that has `locals` locals of its own. */
  after(locals: number, needs: Needs): ExtraLocals {
    const { held, keepsStackPointer, heldCounters } = needs;
    const hasAddress = this.hasAddress && needs.firstCounter !== undefined;
    const kept = (hasAddress ? 1 : 0) + (keepsStackPointer ? 2 : 0);
    const key = ((locals * 4 + kept) * (MAX_HELD + 1) + heldCounters) * (ALL_HELD + 1) + held;
    const known = this.known.get(key);
    if (known) return known;
    const extra = new LocalsLayout(locals, needs, hasAddress, this.cursors);
    for (const [hook, code] of this.cursors) extra.cursors.set(hook, this.render(code, extra.placesOf(code)));
    this.known.set(key, extra);
    return extra;
  }

  private render({ pieces }: Code, localOf: (local: number) => number): Rendered {
    const at = pieces.findIndex(isPc);
    const [before, after] = [new Assembler(), new Assembler()];
    renderPieces(before, { pieces: at < 0 ? pieces : pieces.slice(0, at) }, localOf, this.indices);
    if (at >= 0) renderPieces(after, { pieces: pieces.slice(at + 1) }, localOf, this.indices);
    return [before.written(), after.written()];
  }
}

/** Whether a piece uses the pc. Each of the cursor's hooks does so at most once. */
function isPc(piece: Piece): boolean {
  return "local" in piece && piece.local === 0;
}

class LocalsLayout implements ExtraLocals {
  readonly groups: { type: number; count: number; first: number }[] = [];
  readonly cursors = new Map<CursorHook, Rendered>();
  /**
   * Number of i32 locals that are not temporaries: cursor registers, the counters' address, values of counters, and the
   * stack pointer.
   */
  private readonly kept: number;
  private readonly registers: number;
  private readonly beforeHeld: number;

  constructor(
    first: number,
    { held, keepsStackPointer, heldCounters }: Needs,
    hasAddress: boolean,
    cursors: ReadonlyMap<CursorHook, Code>,
  ) {
    this.registers = cursors.size === 0 ? 0 : REGISTERS;
    this.beforeHeld = this.registers + (hasAddress ? 1 : 0);
    this.kept = this.beforeHeld + heldCounters + (keepsStackPointer ? 1 : 0);
    const counts = new Map<number, number>();
    const need = (type: number, count: number): void => {
      counts.set(type, Math.max(counts.get(type) ?? 0, count));
    };
    need(TYPE.i32, this.kept);
    for (const [type, bit] of HELD_TYPES) {
      if (held & bit) need(type, type === TYPE.i32 ? this.kept + 2 : type === TYPE.i64 ? 2 : 1);
    }
    if (held & HELD_THIRD) need(TYPE.i32, this.kept + 3);
    for (const { temporaries } of cursors.values()) {
      for (const type of new Set(temporaries)) {
        const own = temporaries.filter((other) => other === type).length;
        need(type, own + (type === TYPE.i32 ? this.kept : 0));
      }
    }
    let next = first;
    for (const [type, count] of counts) {
      if (count > 0) this.groups.push({ type, count, first: next });
      next += count;
    }
  }

  get counters(): number {
    return this.firstOf(TYPE.i32) + this.registers;
  }

  get stackPointer(): number {
    return this.firstOf(TYPE.i32) + this.kept - 1;
  }

  held(number: number): number {
    return this.firstOf(TYPE.i32) + this.beforeHeld + number;
  }

  temporary(type: number, which: 0 | 1 | 2): number {
    if (type === TYPE.i32) return this.firstOf(type) + this.kept + which;
    return this.firstOf(type) + (type === TYPE.i64 ? which : 0);
  }

  /** Maps the locals of one of the cursor's hooks to those of the function. */
  placesOf({ temporaries }: Code): (local: number) => number {
    const i32 = this.firstOf(TYPE.i32);
    const locals = Array.from({ length: REGISTERS }, (_, k) => i32 + k);
    const used = new Map<number, number>();
    for (const type of temporaries) {
      const k = used.get(type) ?? 0;
      used.set(type, k + 1);
      locals.push(this.firstOf(type) + (type === TYPE.i32 ? this.kept : 0) + k);
    }
    return (local) => locals[local - 1] ?? 0;
  }

  private firstOf(type: number): number {
    return this.groups.find((group) => group.type === type)?.first ?? 0;
  }
}
