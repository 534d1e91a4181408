/**
 * The hooks' code at the sites of the fused link, which is more than all the rest of most modules: too much for Binaryen to
 * make, keep and write an expression at a time. So the tree has only what stands for it, and the binary that Binaryen
 * writes gets the code instead.
 *
 * A PC is an assignment that the module cannot contain, to the global of the device that is only ever read:
 *
 *     (global.set $pc_area (i64.const PC))              trace_pc with a stale cursor
 *     (global.set $pc_area (i64.clz (i64.const PC)))    trace_pc with a valid cursor
 *     (global.set $pc_area (global.get $pc_area))       the check at the head of a loop
 *
 * A value is a call of a hook that is a function of the module. What the hook does first, to see whether values are traced
 * at all, is done in front of it and of its operands, which have no effects:
 *
 *     (call $trace_cmp4 …)   becomes   (if <are comparisons traced?> (then (call $trace_cmp4 …)))
 *
 * The code is that of the hooks as compiled from AssemblyScript, which Binaryen writes once, each as a function of a module
 * of its own: parameter 0 is the pc, the next ones stand for the registers of the cursor. At a site the pc is a constant,
 * and registers and temporaries are locals behind all others of the function.
 */

import { type CURSOR_HOOKS, type HookName, IMPORT_MODULE, TASK_GLOBALS, type TaskGlobalName } from "../abi/hooks.ts";
import { type Expr, lib, namePointer, raw, readModule, type Type } from "./binaryen.ts";
import { Ir, Locals, type Operand } from "./ir.ts";
import { tupleOf } from "./link.ts";
import { OPERATION } from "./operations.ts";
import { Cursor, OP } from "./operators.ts";
import { readBodies, readSections } from "./sections.ts";
import { instantiateGuard, instantiateTemplate, type Surroundings, type Template } from "./template.ts";

/** Names of the hooks that keep a cursor. */
export type CursorHook = keyof typeof CURSOR_HOOKS;

/** Sites as the expressions that stand for them. */
export class CursorSites {
  private readonly ir: Ir;
  private readonly pcArea: number;

  /** @param pcArea name of the imported global */
  constructor(ir: Ir, pcArea: number) {
    this.ir = ir;
    this.pcArea = pcArea;
  }

  tracePc(pc: bigint, cursor: "valid" | "stale"): Expr {
    const { module } = this.ir;
    const value = this.ir.i64(pc);
    const marked = cursor === "valid" ? raw.Unary(module, OPERATION.ClzInt64, value) : value;
    return raw.GlobalSet(module, this.pcArea, marked);
  }

  check(): Expr {
    const { module } = this.ir;
    return raw.GlobalSet(module, this.pcArea, raw.GlobalGet(module, this.pcArea, lib.i64));
  }
}

/** Registers of the cursor, all i32. */
export const REGISTERS = 3;

/** Compiles the templates of hooks that keep a cursor. */
export function compileCursors(templates: ReadonlyMap<CursorHook, Template>): ReadonlyMap<CursorHook, Code> {
  const registers = new Map<string, number>();
  return compile([...templates.keys()], (ir, hook, surroundings) => {
    const template = templates.get(hook) as Template;
    const params = [lib.i64, ...new Array<Type>(REGISTERS).fill(lib.i32)];
    const func = raw.AddFunction(ir.module, ir.name(hook), tupleOf(params), lib.none, 0, 0, raw.Nop(ir.module));
    const pc: Operand = { type: lib.i64, local: 0 };
    const body = instantiateTemplate(template, ir, new RegisterLocals(func, registers), [pc], surroundings);
    raw.FunctionSetBody(func, body);
  });
}

/** Compiles what hooks do first: a condition, true where they go on. */
export function compileGuards(templates: ReadonlyMap<HookName, Template>): ReadonlyMap<HookName, Code> {
  return compile([...templates.keys()], (ir, hook, surroundings) => {
    const goesOn = instantiateGuard(templates.get(hook) as Template, ir, surroundings);
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
  | "pc"
  | { opcode: number; local: number }
  | { global: TaskGlobalName }
  /** A load or store: opcode, alignment and offset as they are in a module with one memory. */
  | { opcode: number; align: number; offset: number };

/** Code in pieces, and the types of its temporaries, which are numbered behind the registers. */
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
      const local = cursor.u32();
      pieces.push(local === 0 ? "pc" : { opcode, local: local - 1 });
    } else if (opcode === OP.global_get) {
      pieces.push({ global: GLOBALS[cursor.u32()] as TaskGlobalName });
    } else if (opcode >= OP.i32_load && opcode <= OP.i64_store32) {
      pieces.push({ opcode, align: cursor.u32(), offset: cursor.u32() });
    } else {
      if (!cursor.skipImmediates(opcode)) throw new Error(`the cursor uses opcode ${opcode}, which is not known here`);
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
