/**
 * Compiles the hooks into pieces, when the library is built: a module whose functions are the hooks' code as the pass copies
 * it into other modules. Its exports are named after what the code is for (src/hooks/pieces.ts):
 *
 *     cursor HOOK    the part of `trace_pc` that keeps a cursor; parameters: the pc, then the cursor's registers
 *     guard HOOK     the condition that the hook has something to do; no parameters, one i32
 *     body HOOK      the hook itself, with its own parameters
 *
 * The module imports the device's memory and the task globals in the order of `TASK_GLOBALS`, so that the pass can tell what
 * an index in the code stands for. It is never instantiated.
 */

import {
  CURSOR_HOOKS,
  HOOKS,
  type HookName,
  IMPORT_MODULE,
  TASK_GLOBALS,
  type TaskGlobalName,
} from "../../src/abi/hooks.ts";
import { MODULE_HEADER } from "../../src/binary_format.ts";
import { type CursorHook, isGuarded, REGISTERS } from "../../src/hooks/pieces.ts";
import {
  type Expr,
  type Func,
  lib,
  type Name,
  namePointer,
  raw,
  readModule,
  type Type,
} from "../../src/instrument/ir/binaryen.ts";
import { ID } from "../../src/instrument/ir/expressions.ts";
import { Ir, Locals, type Operand } from "../../src/instrument/ir/ir.ts";
import { tupleOf } from "../../src/instrument/ir/types.ts";
import { addHook, instantiateGuard, instantiateTemplate, type Surroundings, type Template } from "./template.ts";
import { readTemplate } from "./template_reader.ts";

/** Reads the names and cases of the module's memory where it is called, so that it cannot be part of another module. */
const NEVER_COPIED: HookName = "__sanitizer_cov_trace_switch";

/** @param hooks the module that `assembly/` compiles to @returns the module of pieces */
export function compilePieces(hooks: Uint8Array): Uint8Array {
  const source = readModule(hooks, raw.FeatureAtomics() | raw.FeatureBulkMemory() | raw.FeatureMutableGlobals());
  const target = readModule(EMPTY_MODULE, lib.Features.Atomics ?? 0);
  const ir = new Ir(target, "");
  try {
    new PieceCompiler(source, ir).run();
    return lib.wrapModule(target).emitBinary();
  } finally {
    ir.dispose();
    raw.ModuleDispose(target);
    raw.ModuleDispose(source);
  }
}

const EMPTY_MODULE = Uint8Array.from(MODULE_HEADER);

class PieceCompiler {
  private readonly source: number;
  private readonly ir: Ir;
  private readonly surroundings: Surroundings;
  /** The local of each of the cursor's registers, by the name of the hooks' global. */
  private readonly registers = new Map<string, number>();

  constructor(source: number, ir: Ir) {
    this.source = source;
    this.ir = ir;
    this.surroundings = { memory: ir.name("memory"), global: (name) => ir.name(name) };
  }

  run(): void {
    const { ir, surroundings } = this;
    const device = namePointer(IMPORT_MODULE);
    raw.AddMemoryImport(ir.module, surroundings.memory, device, device, 1);
    for (const name of Object.keys(TASK_GLOBALS) as TaskGlobalName[]) {
      raw.AddGlobalImport(ir.module, ir.name(name), device, namePointer(name), lib[TASK_GLOBALS[name]], 1);
    }
    for (const hook of Object.keys(CURSOR_HOOKS) as CursorHook[]) this.addCursor(hook);
    for (const hook of Object.keys(HOOKS) as HookName[]) {
      if (hook === NEVER_COPIED) continue;
      const template = readTemplate(this.source, hook, HOOKS[hook].length);
      addHook(ir, this.export(`body ${hook}`), hook, template, surroundings);
      if (isGuarded(hook)) this.addGuard(hook, template);
    }
  }

  private addCursor(hook: CursorHook): void {
    const { ir } = this;
    const template = readTemplate(this.source, hook, CURSOR_HOOKS[hook].length);
    const params = tupleOf([lib.i64, ...new Array<Type>(REGISTERS).fill(lib.i32)]);
    const name = this.export(`cursor ${hook}`);
    const func = raw.AddFunction(ir.module, name, params, lib.none, 0, 0, raw.Nop(ir.module));
    const pc: Operand = { type: lib.i64, local: 0 };
    ir.beginFunction();
    const locals = new RegisterLocals(func, this.registers);
    const code = instantiateTemplate(template, ir, locals, [pc], this.surroundings);
    raw.FunctionSetBody(func, this.withRegistersUsed(code));
    const module = lib.wrapModule(ir.module);
    module.runPassesOnFunction(func, ["simplify-locals-nostructure"]);
    raw.FunctionSetBody(func, this.withoutUses(raw.FunctionGetBody(func)));
    module.runPassesOnFunction(func, ["vacuum"]);
  }

  /** Code that ends with uses of the registers, so that Binaryen takes no assignment to one for dead. */
  private withRegistersUsed(code: Expr): Expr {
    const { ir } = this;
    const registers = Array.from({ length: REGISTERS }, (_, k) => ir.get(1 + k, lib.i32));
    const uses = registers.map((register) => raw.Drop(ir.module, register));
    return ir.block(0, lib.none, code, ...uses);
  }

  /** Takes the uses away again. Where Binaryen has put a register's last value in place of its use, it is assigned. */
  private withoutUses(body: Expr): Expr {
    const { ir } = this;
    const values = Array.from({ length: REGISTERS }, (_, k) => raw.DropGetValue(raw.BlockGetChildAt(body, 1 + k)));
    const assignments = values.flatMap((value, k) =>
      raw.ExpressionGetId(value) === ID.LocalGet ? [] : [ir.set(1 + k, value)],
    );
    return ir.sequence(lib.none, raw.BlockGetChildAt(body, 0), ...assignments);
  }

  private addGuard(hook: HookName, template: Template): void {
    const { ir } = this;
    ir.beginFunction();
    const goesOn = instantiateGuard(template, ir, this.surroundings);
    raw.AddFunction(ir.module, this.export(`guard ${hook}`), lib.none, lib.i32, 0, 0, goesOn);
  }

  /** Exports the function of a name that is added next. */
  private export(text: string): Name {
    const name = this.ir.name(text);
    raw.AddFunctionExport(this.ir.module, name, name);
    return name;
  }
}

/** Locals of a cursor's hook: registers are the parameters after the pc. */
class RegisterLocals extends Locals {
  private readonly registers: Map<string, number>;

  constructor(func: Func, registers: Map<string, number>) {
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
