/**
 * Compiles the hooks into pieces, when the library is built: a module whose functions are the hooks' code as the pass copies
 * it into other modules. Its exports are named after what the code is for (src/hooks/pieces.ts):
 *
 *     cursor HOOK    the part of `trace_pc` that keeps a cursor; parameters: the pc, then the cursor's registers
 *     held HOOK      the part of a counter's hook that holds its value; parameters: its address, then the register
 *     guard HOOK     the condition that the hook has something to do; no parameters, one i32
 *     body HOOK      the hook itself, with its own parameters
 *
 * The module imports the device's memory and the task globals in the order of `TASK_GLOBALS`, so that the pass can tell what
 * an index in the code stands for. It is never instantiated.
 */

import {
  CURSOR_HOOKS,
  HELD_COUNTER_HOOKS,
  HOOKS,
  type HookName,
  IMPORT_MODULE,
  TASK_GLOBALS,
  type TaskGlobalName,
} from "../../src/abi/hooks.ts";
import { MODULE_HEADER } from "../../src/binary_format.ts";
import { type CursorHook, type HeldCounterHook, isGuarded, REGISTERS } from "../../src/hooks/pieces.ts";
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
  private readonly cursor: Registers = { type: lib.i64, count: REGISTERS, locals: new Map() };
  private readonly held: Registers = { type: lib.i32, count: 1, locals: new Map() };

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
    for (const hook of Object.keys(CURSOR_HOOKS) as CursorHook[]) {
      this.addWithRegisters(`cursor ${hook}`, hook, CURSOR_HOOKS[hook], this.cursor);
    }
    for (const hook of Object.keys(HELD_COUNTER_HOOKS) as HeldCounterHook[]) {
      this.addWithRegisters(`held ${hook}`, hook, HELD_COUNTER_HOOKS[hook], this.held);
    }
    for (const hook of Object.keys(HOOKS) as HookName[]) {
      if (hook === NEVER_COPIED) continue;
      const template = readTemplate(this.source, hook, HOOKS[hook].length);
      addHook(ir, this.export(`body ${hook}`), hook, template, surroundings);
      if (isGuarded(hook)) this.addGuard(hook, template);
    }
  }

  /** Adds a hook that keeps something in registers. @param types of its own parameters, of which there is at most one */
  private addWithRegisters(piece: string, hook: string, types: readonly string[], registers: Registers): void {
    const { ir } = this;
    const template = readTemplate(this.source, hook, types.length);
    const params = tupleOf([registers.type, ...new Array<Type>(registers.count).fill(lib.i32)]);
    const func = raw.AddFunction(ir.module, this.export(piece), params, lib.none, 0, 0, raw.Nop(ir.module));
    const parameter: Operand = { type: registers.type, local: 0 };
    ir.beginFunction();
    const locals = new RegisterLocals(func, registers);
    const code = instantiateTemplate(template, ir, locals, [parameter], this.surroundings);
    raw.FunctionSetBody(func, this.withRegistersUsed(code, registers.count));
    const module = lib.wrapModule(ir.module);
    module.runPassesOnFunction(func, ["simplify-locals-nostructure"]);
    raw.FunctionSetBody(func, this.withoutUses(raw.FunctionGetBody(func), registers.count));
    module.runPassesOnFunction(func, ["vacuum"]);
  }

  /** Code that ends with uses of the registers, so that Binaryen takes no assignment to one for dead. */
  private withRegistersUsed(code: Expr, count: number): Expr {
    const { ir } = this;
    const registers = Array.from({ length: count }, (_, k) => ir.get(1 + k, lib.i32));
    const uses = registers.map((register) => raw.Drop(ir.module, register));
    return ir.block(0, lib.none, code, ...uses);
  }

  /** Takes the uses away again. Where Binaryen has put a register's last value in place of its use, it is assigned. */
  private withoutUses(body: Expr, count: number): Expr {
    const { ir } = this;
    const values = Array.from({ length: count }, (_, k) => raw.DropGetValue(raw.BlockGetChildAt(body, 1 + k)));
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

/** Globals of the hooks that become locals of the functions into which they are copied. */
interface Registers {
  /** Type of the parameter in front of them. */
  readonly type: Type;
  readonly count: number;
  /** The local of each, by the name of the global. */
  readonly locals: Map<string, number>;
}

/** Locals of a hook with registers: these are the parameters after its own. */
class RegisterLocals extends Locals {
  private readonly registers: Registers;

  constructor(func: Func, registers: Registers) {
    super(func);
    this.registers = registers;
  }

  override temporary(type: Type, role: string, depth = 0): number {
    if (!role.startsWith("register ")) return super.temporary(type, role, depth);
    const { locals, count } = this.registers;
    const local = locals.get(role) ?? locals.size + 1;
    if (local > count) throw new Error("a hook has more registers than are known here");
    locals.set(role, local);
    return local;
  }
}
