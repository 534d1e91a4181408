/**
 * The hooks' code in the binary that Binaryen writes. At sites it is more than all the rest of most modules: too much for
 * Binaryen to make, keep and write an expression at a time. So the tree has only what stands for it (marker.ts), with
 * globals and functions that are the device's or that the pass added:
 *
 *     (global.set $pc_area (i64.const MARKER))     trace_pc with a cursor, and a step of the site's counter if there is one
 *     (global.set $pc_area (i64.const -1))         the check at the head of a loop
 *     (call $trace_pc (i64.const MARKER))          the same by a call, where the function has counters
 *     (global.set $kcov.counters (i32.const 2K))   a step of the counter K, where no PCs are traced; 2K + 1 for a flag
 *     (global.set $kcov.dirty (ADDRESS))           a mark for the page of an address
 *
 * What operators record is not in the tree at all (value_plan.ts).
 *
 * The code is that of the hooks as compiled from AssemblyScript, which Binaryen writes once, each as a function of a module
 * of its own: its parameters are the hook's, and for a cursor its registers behind the pc. At a site a pc is a constant,
 * and registers and temporaries are locals behind all others of the function.
 */

import { type CURSOR_HOOKS, type HookName, IMPORT_MODULE, TASK_GLOBALS, type TaskGlobalName } from "../../abi/hooks.ts";
import { lib, namePointer, raw, readModule, type Type } from "../ir/binaryen.ts";
import { Ir, Locals, type Operand } from "../ir/ir.ts";
import { tupleOf } from "../ir/types.ts";
import { Cursor, OP } from "../wasm/operators.ts";
import { readBodies, readSections } from "../wasm/sections.ts";
import { required } from "./required.ts";
import { addHook, instantiateGuard, instantiateTemplate, type Surroundings, type Template } from "./template.ts";

/** Names of the hooks that keep a cursor. */
export type CursorHook = keyof typeof CURSOR_HOOKS;

/** Hooks that are copied to every site. */
export const INLINE_HOOKS = [
  "__sanitizer_cov_64bit_counter",
  "__sanitizer_cov_64bit_flag",
  "__sanitizer_cov_8bit_counter",
  "__sanitizer_cov_bool_flag",
  "__kcov_dirty_page",
] as const;

/** Name of a hook that is copied to every site. */
export type InlineHook = (typeof INLINE_HOOKS)[number];

/** Registers of the cursor, all i32. */
export const REGISTERS = 3;

/** Compiles the templates of hooks that keep a cursor. Local 0 is the pc, the next ones are the registers. */
export function compileCursors(templates: ReadonlyMap<CursorHook, Template>): ReadonlyMap<CursorHook, Code> {
  const registers = new Map<string, number>();
  return compile([...templates.keys()], (ir, hook, surroundings) => {
    const template = required(templates, hook);
    const params = [lib.i64, ...new Array<Type>(REGISTERS).fill(lib.i32)];
    const func = raw.AddFunction(ir.module, ir.name(hook), tupleOf(params), lib.none, 0, 0, raw.Nop(ir.module));
    const pc: Operand = { type: lib.i64, local: 0 };
    const body = instantiateTemplate(template, ir, new RegisterLocals(func, registers), [pc], surroundings);
    raw.FunctionSetBody(func, body);
  });
}

/** Compiles a hook as it is. Its first locals are its parameters. */
export function compileInline(hook: InlineHook, template: Template): Code {
  const compiled = compile([hook], (ir, _, surroundings) => addHook(ir, ir.name(hook), hook, template, surroundings));
  const code = required(compiled, hook);
  if (code.temporaries.length > 0) throw new Error(`${hook} has temporaries, for which its sites have no locals`);
  return code;
}

/** Compiles what hooks do first: a condition, true where they go on. */
export function compileGuards(templates: ReadonlyMap<HookName, Template>): ReadonlyMap<HookName, Code> {
  return compile([...templates.keys()], (ir, hook, surroundings) => {
    const goesOn = instantiateGuard(required(templates, hook), ir, surroundings);
    raw.AddFunction(ir.module, ir.name(hook), lib.none, lib.i32, 0, 0, goesOn);
  });
}

/** Has Binaryen write functions, in a module with the device's memory and globals. */
function compile<Name extends string>(
  names: readonly Name[],
  add: (ir: Ir, name: Name, surroundings: Surroundings) => void,
): Map<Name, Code> {
  const module = readModule(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0), lib.Features.Atomics ?? 0);
  const ir = new Ir(module, "");
  try {
    const [memory, device] = [ir.name("memory"), namePointer(IMPORT_MODULE)];
    raw.AddMemoryImport(module, memory, device, device, 1);
    for (const name of GLOBALS) {
      raw.AddGlobalImport(module, ir.name(name), device, namePointer(name), lib[TASK_GLOBALS[name]], 1);
    }
    for (const name of names) {
      ir.beginFunction();
      add(ir, name, { memory, global: (global) => ir.name(global) });
    }
    const bytes = lib.wrapModule(module).emitBinary();
    const bodies = readBodies(bytes, readSections(bytes));
    return new Map(names.map((name, k) => [name, readPieces(bytes, bodies[k] ?? { start: 0, end: 0 })]));
  } finally {
    ir.dispose();
    raw.ModuleDispose(module);
  }
}

/** In the order of their indices. */
const GLOBALS = Object.keys(TASK_GLOBALS) as TaskGlobalName[];

/** What code consists of. */
export type Piece =
  | Uint8Array
  /** `local.get`, `local.set` or `local.tee`. */
  | { opcode: number; local: number }
  | { global: TaskGlobalName }
  /** A load or store: opcode, alignment and offset as they are in a module with one memory. */
  | { opcode: number; align: number; offset: number };

/** Code in pieces, and the types of its temporaries, which are numbered behind its parameters. */
export interface Code {
  pieces: readonly Piece[];
  temporaries: readonly number[];
}

/** Gives registers the parameters behind the pc. */
class RegisterLocals extends Locals {
  private readonly registers: Map<string, number>;

  constructor(func: number, registers: Map<string, number>) {
    super(func);
    this.registers = registers;
  }

  override temporary(type: Type, role: string, depth = 0): number {
    if (!role.startsWith("register ")) return super.temporary(type, role, depth);
    const local = this.registers.get(role) ?? this.registers.size + 1;
    if (local > REGISTERS) throw new Error("the cursor has more registers than are known here");
    this.registers.set(role, local);
    return local;
  }
}

function readPieces(bytes: Uint8Array, { start, end }: { start: number; end: number }): Code {
  const cursor = new Cursor(bytes, start);
  const temporaries = readLocals(cursor);
  const pieces: Piece[] = [];
  while (cursor.position < end - 1) {
    const at = cursor.position;
    const opcode = cursor.opcode();
    if (opcode >= OP.local_get && opcode <= OP.local_tee) {
      pieces.push({ opcode, local: cursor.u32() });
    } else if (opcode === OP.global_get) {
      pieces.push({ global: GLOBALS[cursor.u32()] as TaskGlobalName });
    } else if (opcode >= OP.i32_load && opcode <= OP.i64_store32) {
      pieces.push({ opcode, align: cursor.u32(), offset: cursor.u32() });
    } else {
      if (!cursor.skipImmediates(opcode)) throw new Error(`hooks use opcode ${opcode}, which is not known here`);
      pieces.push(bytes.slice(at, cursor.position));
    }
  }
  return { pieces, temporaries };
}

/** Types of the locals that a body declares. */
function readLocals(cursor: Cursor): number[] {
  const types: number[] = [];
  for (let n = cursor.u32(); n > 0; n--) {
    const count = cursor.u32();
    const type = cursor.byte();
    for (let k = 0; k < count; k++) types.push(type);
  }
  return types;
}
