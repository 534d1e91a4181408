/** Reads a compiled hook's body into a template (template.ts): a builder for every expression of it. */

import { type Expr, lib, type Name, namePointer, nameText, raw, type Type } from "../../src/instrument/ir/binaryen.ts";
import { childAt, childCount, ID, shapeOf } from "../../src/instrument/ir/expressions.ts";
import type { Operand } from "../../src/instrument/ir/ir.ts";
import { OPERATION } from "../../src/instrument/ir/operations.ts";
import type { Build, Template } from "./template.ts";

/** Reads an exported hook from the module of all hooks. */
export function readTemplate(module: number, hook: string, params: number): Template {
  const func = raw.GetFunction(module, raw.ExportGetValue(raw.GetExport(module, namePointer(hook))));
  return new Reader(module, params).read(func);
}

class Reader {
  private readonly module: number;
  private readonly params: number;
  private readonly labels = new Map<Name, number>();
  private readonly assigned = new Set<number>();
  private readonly zeros = new Set<number>();
  /** Parameters that were assigned, by the local that has the new value: the compiler reuses them as temporaries. */
  private readonly moved = new Map<number, number>();
  private locals = 0;
  private readonly extra: Type[] = [];
  private exit: number | undefined;

  constructor(module: number, params: number) {
    this.module = module;
    this.params = params;
  }

  read(func: number): Template {
    const count = raw.FunctionGetNumLocals(func);
    this.locals = count;
    const body = this.body(raw.FunctionGetBody(func));
    const own = Array.from({ length: count - this.params }, (_, k) => raw.FunctionGetVar(func, k));
    const locals = [...own, ...this.extra].map((type, k) => ({ type, zero: this.zeros.has(this.params + k) }));
    return { body, labels: this.labels.size, locals, guard: this.guard(func), exit: this.exit };
  }

  /** A function's body. What follows an early exit runs where its condition does not hold: shorter than a branch. */
  private body(expr: Expr): Build {
    const isSequence = raw.ExpressionGetId(expr) === ID.Block && raw.BlockGetName(expr) === 0;
    return isSequence ? this.statements(expr, 0) : this.expression(expr);
  }

  private statements(block: Expr, from: number): Build {
    const before: Build[] = [];
    const shape = shapeOf(ID.Block);
    for (let k = from; shape && k < childCount(shape, block); k++) {
      const statement = childAt(shape, block, k);
      if (isEarlyExit(statement)) {
        const condition = this.child(statement, 0);
        const rest = this.statements(block, k + 1);
        const checked: Build = (site) => site.ir.if(site.ir.not(condition(site)), rest(site));
        return inSequence([...before, checked]);
      }
      before.push(this.expression(statement));
    }
    return inSequence(before);
  }

  /** The condition of an early exit that is the first thing the hook does. */
  private guard(func: number): Build | undefined {
    let first = raw.FunctionGetBody(func);
    while (raw.ExpressionGetId(first) === ID.Block) first = raw.BlockGetChildAt(first, 0);
    if (isEarlyExit(first)) return this.child(first, 0);
    const id = raw.ExpressionGetId(first);
    return id === ID.Break && raw.BreakGetCondition(first) !== 0 ? this.child(first, 1) : undefined;
  }

  private expression(expr: Expr): Build {
    const id = raw.ExpressionGetId(expr);
    const read = READERS[id];
    if (!read) throw new Error(`hooks use an expression of class ${id}, for which the pass has no template`);
    return read(this, expr, raw.ExpressionGetType(expr));
  }

  private child(expr: Expr, k: number): Build {
    const shape = shapeOf(raw.ExpressionGetId(expr));
    return this.expression(shape ? childAt(shape, expr, k) : 0);
  }

  private optional(expr: Expr): Build | undefined {
    return expr === 0 ? undefined : this.expression(expr);
  }

  block(expr: Expr, type: Type): Build {
    const shape = shapeOf(ID.Block);
    const name = raw.BlockGetName(expr);
    const label = name === 0 ? undefined : this.label(name);
    const before = new Set(this.assigned);
    const children = Array.from({ length: shape ? childCount(shape, expr) : 0 }, (_, k) => this.child(expr, k));
    if (label !== undefined) this.forget(before);
    return (site) => {
      const built = children.map((child) => child(site));
      return site.ir.block(label === undefined ? 0 : (site.labels[label] ?? 0), type, ...built);
    };
  }

  /** `if (c) return;` becomes a br_if, two bytes and a block less. */
  if(expr: Expr): Build {
    const condition = this.child(expr, 0);
    const arm = raw.IfGetIfTrue(expr);
    if (isEarlyExit(expr)) {
      const exit = this.exitLabel();
      return (site) => raw.Break(site.ir.module, site.labels[exit] ?? 0, condition(site), 0);
    }
    const before = new Set(this.assigned);
    const ifTrue = this.expression(arm);
    this.forget(before);
    const ifFalse = this.optional(raw.IfGetIfFalse(expr));
    this.forget(before);
    return (site) => site.ir.if(condition(site), ifTrue(site), ifFalse?.(site) ?? 0);
  }

  loop(expr: Expr): Build {
    const label = this.label(raw.LoopGetName(expr));
    const body = this.child(expr, 0);
    return (site) => raw.Loop(site.ir.module, site.labels[label] ?? 0, body(site));
  }

  break(expr: Expr): Build {
    const label = this.label(raw.BreakGetName(expr));
    const value = this.optional(raw.BreakGetValue(expr));
    const condition = this.optional(raw.BreakGetCondition(expr));
    return (site) => {
      const sent = value?.(site) ?? 0;
      return raw.Break(site.ir.module, site.labels[label] ?? 0, condition?.(site) ?? 0, sent);
    };
  }

  return(): Build {
    const exit = this.exitLabel();
    return (site) => site.ir.br(site.labels[exit] ?? 0);
  }

  localGet(expr: Expr, type: Type): Build {
    const own = raw.LocalGetGetIndex(expr);
    const index = this.moved.get(own) ?? own;
    if (index >= this.params) {
      if (!this.assigned.has(index)) this.zeros.add(index);
      return (site) => site.ir.get(site.locals[index - this.params] ?? 0, type);
    }
    return (site) => site.ir.operand(operandAt(site.operands, index));
  }

  localSet(expr: Expr, type: Type): Build {
    const value = this.child(expr, 0);
    const own = raw.LocalSetGetIndex(expr);
    const index = own < this.params ? this.move(own, raw.ExpressionGetType(raw.LocalSetGetValue(expr))) : own;
    this.assigned.add(index);
    const local = index - this.params;
    if (type === lib.none) return (site) => site.ir.set(site.locals[local] ?? 0, value(site));
    return (site) => {
      const to = site.locals[local];
      // In a guard the value is tested, and nothing else.
      return to === undefined ? value(site) : raw.LocalTee(site.ir.module, to, value(site), type);
    };
  }

  globalGet(expr: Expr, type: Type): Build {
    const register = this.registerName(raw.GlobalGetGetName(expr));
    if (register !== undefined) return (site) => site.ir.get(site.register(register, type), type);
    const name = this.globalName(expr);
    if (name === "slide") return (site) => site.ir.i64(0n);
    return (site) => raw.GlobalGet(site.ir.module, site.surroundings.global(name), type);
  }

  globalSet(expr: Expr): Build {
    const register = this.registerName(raw.GlobalSetGetName(expr));
    if (register === undefined) throw new Error("hooks assign to an imported global");
    const value = this.child(expr, 0);
    const type = raw.ExpressionGetType(raw.GlobalSetGetValue(expr));
    return (site) => site.ir.set(site.register(register, type), value(site));
  }

  /** A global of the hooks themselves stands for a local of the function that they are copied into. */
  private registerName(global: Name): string | undefined {
    const isImported = raw.GlobalGetInitExpr(raw.GetGlobal(this.module, global)) === 0;
    return isImported ? undefined : nameText(global);
  }

  load(expr: Expr, type: Type): Build {
    const [bytes, signed] = [raw.LoadGetBytes(expr), raw.LoadIsSigned(expr)];
    const [offset, align] = [raw.LoadGetOffset(expr), raw.LoadGetAlign(expr)];
    const address = this.child(expr, 0);
    return (site) =>
      raw.Load(site.ir.module, bytes, signed, offset, align, type, address(site), site.surroundings.memory);
  }

  store(expr: Expr): Build {
    const [bytes, offset, align] = [raw.StoreGetBytes(expr), raw.StoreGetOffset(expr), raw.StoreGetAlign(expr)];
    const type = raw.StoreGetValueType(expr);
    const [address, value] = [this.child(expr, 0), this.child(expr, 1)];
    return (site) => {
      const { ir, surroundings } = site;
      const to = address(site);
      return raw.Store(ir.module, bytes, offset, align, to, value(site), type, surroundings.memory);
    };
  }

  const(expr: Expr, type: Type): Build {
    const value = type === lib.i64 ? BigInt(raw.ConstGetValueI64(expr)) : BigInt(raw.ConstGetValueI32(expr));
    return (site) => site.ir.operand({ type, const: value });
  }

  unary(expr: Expr): Build {
    const op = raw.UnaryGetOp(expr);
    const value = this.child(expr, 0);
    return (site) => raw.Unary(site.ir.module, op, value(site));
  }

  /** Instrumented modules carry link-time PCs: `pc - slide` is the pc. */
  binary(expr: Expr): Build {
    const op = raw.BinaryGetOp(expr);
    const right = raw.BinaryGetRight(expr);
    if (
      op === OPERATION.SubInt64 &&
      raw.ExpressionGetId(right) === ID.GlobalGet &&
      this.globalName(right) === "slide"
    ) {
      return this.child(expr, 0);
    }
    const [a, b] = [this.child(expr, 0), this.child(expr, 1)];
    return (site) => {
      const left = a(site);
      return raw.Binary(site.ir.module, op, left, b(site));
    };
  }

  select(expr: Expr): Build {
    const [ifTrue, ifFalse, condition] = [this.child(expr, 0), this.child(expr, 1), this.child(expr, 2)];
    return (site) => {
      const [first, second] = [ifTrue(site), ifFalse(site)];
      return raw.Select(site.ir.module, condition(site), first, second);
    };
  }

  drop(expr: Expr): Build {
    const value = this.child(expr, 0);
    return (site) => raw.Drop(site.ir.module, value(site));
  }

  memorySize(): Build {
    return (site) => raw.MemorySize(site.ir.module, site.surroundings.memory, 0);
  }

  /** What one arm or the inside of a labelled block assigned may not have been assigned after it. */
  private forget(before: ReadonlySet<number>): void {
    for (const local of this.assigned) {
      if (before.has(local)) continue;
      this.assigned.delete(local);
      if ([...this.moved.values()].includes(local)) throw new Error("hooks assign to a parameter in a branch");
    }
  }

  /** The local that a parameter lives in from its first assignment on: a site only gives its value. */
  private move(param: number, type: Type): number {
    const known = this.moved.get(param);
    if (known !== undefined) return known;
    this.extra.push(type);
    const local = this.locals++;
    this.moved.set(param, local);
    return local;
  }

  private globalName(expr: Expr): string {
    return nameText(raw.GlobalImportGetBase(raw.GetGlobal(this.module, raw.GlobalGetGetName(expr))));
  }

  private label(name: Name): number {
    const known = this.labels.get(name);
    if (known !== undefined) return known;
    this.labels.set(name, this.labels.size);
    return this.labels.size - 1;
  }

  private exitLabel(): number {
    this.exit ??= this.label(0);
    return this.exit;
  }
}

type Read = (reader: Reader, expr: Expr, type: Type) => Build;

const READERS: readonly (Read | undefined)[] = (() => {
  const table: (Read | undefined)[] = [];
  table[ID.Block] = (reader, expr, type) => reader.block(expr, type);
  table[ID.If] = (reader, expr) => reader.if(expr);
  table[ID.Loop] = (reader, expr) => reader.loop(expr);
  table[ID.Break] = (reader, expr) => reader.break(expr);
  table[ID.Return] = (reader) => reader.return();
  table[ID.LocalGet] = (reader, expr, type) => reader.localGet(expr, type);
  table[ID.LocalSet] = (reader, expr, type) => reader.localSet(expr, type);
  table[ID.GlobalGet] = (reader, expr, type) => reader.globalGet(expr, type);
  table[ID.GlobalSet] = (reader, expr) => reader.globalSet(expr);
  table[ID.Load] = (reader, expr, type) => reader.load(expr, type);
  table[ID.Store] = (reader, expr) => reader.store(expr);
  table[ID.Const] = (reader, expr, type) => reader.const(expr, type);
  table[ID.Unary] = (reader, expr) => reader.unary(expr);
  table[ID.Binary] = (reader, expr) => reader.binary(expr);
  table[ID.Select] = (reader, expr) => reader.select(expr);
  table[ID.Drop] = (reader, expr) => reader.drop(expr);
  table[ID.MemorySize] = (reader) => reader.memorySize();
  table[ID.Nop] = () => (site) => raw.Nop(site.ir.module);
  return table;
})();

/** `if (…) return;` */
function isEarlyExit(expr: Expr): boolean {
  if (raw.ExpressionGetId(expr) !== ID.If || raw.IfGetIfFalse(expr) !== 0) return false;
  return raw.ExpressionGetId(raw.IfGetIfTrue(expr)) === ID.Return;
}

function inSequence(statements: readonly Build[]): Build {
  const [only] = statements;
  if (only && statements.length === 1) return only;
  return (site) => site.ir.sequence(lib.none, ...statements.map((statement) => statement(site)));
}

function operandAt(operands: readonly Operand[], index: number): Operand {
  const operand = operands[index];
  if (!operand) throw new Error(`a hook was given too few operands`);
  return operand;
}
