/**
 * The cursor's code at the sites of the fused link, which is more than all the rest of most modules: too much for
 * Binaryen to make, keep and write an expression at a time. So each site is an assignment that the module cannot contain,
 * to the global of the device that is only ever read, and the binary that Binaryen writes gets the code instead:
 *
 *     (global.set $pc_area (i64.const PC))              trace_pc with a stale cursor
 *     (global.set $pc_area (i64.clz (i64.const PC)))    trace_pc with a valid cursor
 *     (global.set $pc_area (global.get $pc_area))       the check at the head of a loop
 *
 * The code is that of the hooks as compiled from AssemblyScript, which Binaryen writes once, each as a function of a module
 * of its own: parameter 0 is the pc, the next ones stand for the registers of the cursor. At a site the pc is a constant,
 * and registers and temporaries are locals behind all others of the function.
 */

import { type CURSOR_HOOKS, IMPORT_MODULE } from "../abi/hooks.ts";
import { type Expr, lib, namePointer, raw, readModule, type Type } from "./binaryen.ts";
import { Ir, Locals, type Operand } from "./ir.ts";
import { tupleOf } from "./link.ts";
import { OPERATION } from "./operations.ts";
import { Cursor, OP } from "./operators.ts";
import { readBodies, readSections } from "./sections.ts";
import { instantiateTemplate, type Template } from "./template.ts";

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

/** Compiles the hooks' templates, so that {@link expandCursors} can put them in place of the sites. */
export function compileCursors(templates: ReadonlyMap<CursorHook, Template>): CursorCode {
  const module = readModule(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0), lib.Features.Atomics ?? 0);
  const ir = new Ir(module, "");
  try {
    const [memory, pcArea, device] = [ir.name("memory"), ir.name("pc_area"), namePointer(IMPORT_MODULE)];
    raw.AddMemoryImport(module, memory, device, device, 1);
    raw.AddGlobalImport(module, pcArea, device, device, lib.i64, 1);
    const registers = new Map<string, number>();
    for (const [hook, template] of templates) {
      const params = [lib.i64, ...new Array<Type>(REGISTERS).fill(lib.i32)];
      const func = raw.AddFunction(module, ir.name(hook), tupleOf(params), lib.none, 0, 0, raw.Nop(module));
      const operands: Operand[] = [{ type: lib.i64, local: 0 }];
      ir.beginFunction();
      const body = instantiateTemplate(template, ir, new RegisterLocals(func, registers), operands, {
        memory,
        global: () => pcArea,
      });
      raw.FunctionSetBody(func, body);
    }
    const bytes = lib.wrapModule(module).emitBinary();
    const bodies = readBodies(bytes, readSections(bytes));
    return new Map(
      [...templates.keys()].map((hook, k) => [hook, readPieces(bytes, bodies[k] ?? { start: 0, end: 0 })]),
    );
  } finally {
    ir.dispose();
    raw.ModuleDispose(module);
  }
}

/** What a copy consists of. */
export type Piece =
  | Uint8Array
  | "pc"
  | { opcode: number; local: number }
  | "pc_area"
  /** A load or store: opcode, alignment and offset as they are in a module with one memory. */
  | { opcode: number; align: number; offset: number };

/** A hook's code, in pieces, and the types of its temporaries, which are numbered behind the registers. */
export interface Code {
  pieces: readonly Piece[];
  temporaries: readonly number[];
}

/** The hooks that keep a cursor, compiled. */
export type CursorCode = ReadonlyMap<CursorHook, Code>;

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
      cursor.u32();
      pieces.push("pc_area");
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
