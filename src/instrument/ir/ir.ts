/** Building and changing Binaryen's tree, with values where the raw interface needs pointers. */

import { type Expr, type Func, lib, type Name, namePointer, raw, type Type, toHeap } from "./binaryen.ts";
import { ID, setChildAt } from "./expressions.ts";
import { inverseOf, OPERATION } from "./operations.ts";

/** A value that may be used any number of times: its evaluation has no effects, and it may be evaluated anywhere. */
export type Operand =
  | { type: Type; const: bigint }
  | { type: Type; local: number }
  /** A global that does not change while the operand is used. */
  | { type: Type; global: Name }
  | { type: Type; base: Operand; plus: bigint };

/** Creates expressions of one module. */
export class Ir {
  readonly module: number;
  private readonly prefix: string;
  private readonly literal = lib._malloc(raw.SizeofLiteral());
  private readonly list = lib._malloc(4 * MAX_LIST);
  private labels = 0;

  /** @param prefix a string that no name of the module contains */
  constructor(module: number, prefix: string) {
    this.module = module;
    this.prefix = prefix;
  }

  dispose(): void {
    lib._free(this.literal);
    lib._free(this.list);
  }

  /** A name inside the module for something that the pass adds: the module itself does not use it. */
  name(text: string): Name {
    return namePointer(this.prefix + text);
  }

  /** Creates two names for the duration of `use`, for numerous things. Binaryen keeps copies of what it needs. */
  withNames(inside: string, outside: string, use: (inside: Name, outside: Name) => void): void {
    const names = [this.prefix + inside, outside].map((text) => toHeap(new TextEncoder().encode(`${text}\0`)));
    use(names[0] as Name, names[1] as Name);
    for (const name of names) lib._free(name);
  }

  /** Begins with another function: labels are unique within a function. */
  beginFunction(): void {
    this.labels = 0;
  }

  /** A label that no other code of the function uses. Binaryen's reader never creates names of this form. */
  label(): Name {
    return namePointer(`wasm-kcov$${this.labels++}`);
  }

  i32(value: number): Expr {
    raw.LiteralInt32(this.literal, value);
    return raw.Const(this.module, this.literal);
  }

  i64(value: bigint): Expr {
    raw.LiteralInt64(this.literal, BigInt.asIntN(64, value));
    return raw.Const(this.module, this.literal);
  }

  operand(value: Operand): Expr {
    if ("local" in value) return raw.LocalGet(this.module, value.local, value.type);
    if ("global" in value) return raw.GlobalGet(this.module, value.global, value.type);
    if ("base" in value) return this.sum(value.type, value.base, value.plus);
    return value.type === lib.i64 ? this.i64(value.const) : this.i32(Number(BigInt.asIntN(32, value.const)));
  }

  private sum(type: Type, base: Operand, plus: bigint): Expr {
    const left = this.operand(base);
    if (plus === 0n) return left;
    const op = type === lib.i64 ? OPERATION.AddInt64 : OPERATION.AddInt32;
    return raw.Binary(this.module, op, left, this.operand({ type, const: plus }));
  }

  /** A sequence, whose value is that of the last expression. Binaryen writes no block for a block without a label. */
  sequence(type: Type, ...children: Expr[]): Expr {
    const list = children.length > MAX_LIST ? lib._malloc(4 * children.length) : this.list;
    children.forEach((child, i) => {
      lib.__i32_store(list + 4 * i, child);
    });
    const block = raw.Block(this.module, 0, list, children.length, type);
    if (list !== this.list) lib._free(list);
    return block;
  }

  /** A block, which is a branch target if it has a name. */
  block(name: Name, type: Type, ...children: Expr[]): Expr {
    if (name === 0) return this.sequence(type, ...children);
    // Otherwise Binaryen would search all of the children for a branch to the name, at each level of nested blocks.
    const block = raw.Block(this.module, name, 0, 0, type);
    for (const child of children) raw.BlockAppendChild(block, child);
    return block;
  }

  if(condition: Expr, ifTrue: Expr, ifFalse: Expr = 0): Expr {
    return raw.If(this.module, condition, ifTrue, ifFalse);
  }

  /** Negates a condition: a comparison becomes its opposite, anything else its `eqz`. */
  not(condition: Expr): Expr {
    const inverse = raw.ExpressionGetId(condition) === ID.Binary ? inverseOf(raw.BinaryGetOp(condition)) : undefined;
    if (inverse !== undefined) {
      raw.BinarySetOp(condition, inverse);
      return condition;
    }
    return raw.Unary(this.module, OPERATION.EqZInt32, condition);
  }

  br(name: Name, value: Expr = 0): Expr {
    return raw.Break(this.module, name, 0, value);
  }

  call(target: Name, operands: readonly Expr[], result: Type = lib.none): Expr {
    return raw.Call(this.module, target, this.pointers(operands), operands.length, result);
  }

  get(local: number, type: Type): Expr {
    return raw.LocalGet(this.module, local, type);
  }

  set(local: number, value: Expr): Expr {
    return raw.LocalSet(this.module, local, value);
  }

  private pointers(values: readonly number[]): number {
    if (values.length > MAX_LIST) throw new RangeError("too many operands");
    for (let i = 0; i < values.length; i++) lib.__i32_store(this.list + 4 * i, values[i] ?? 0);
    return this.list;
  }
}

/** Longer lists of children are rare: that of a switch with many holes. */
const MAX_LIST = 16;

/** Adds temporaries to a function. */
export class Locals {
  private readonly func: Func;
  private readonly pool = new Map<string, number>();

  constructor(func: Func) {
    this.func = func;
  }

  /**
   * A temporary that belongs to the caller until its expression is complete, provided that `depth` distinguishes
   * expressions that are evaluated inside each other.
   */
  temporary(type: Type, role: string, depth = 0): number {
    const key = `${type} ${role} ${depth}`;
    let local = this.pool.get(key);
    if (local === undefined) {
      local = raw.FunctionAddVar(this.func, type);
      this.pool.set(key, local);
    }
    return local;
  }
}

/** Replaces the expression in a slot: a child of `parent`, or the function's body. */
export function replaceExpression(func: Func, place: { parent: Expr; slot: number }, by: Expr): void {
  if (place.parent === 0) raw.FunctionSetBody(func, by);
  else setChildAt(place.parent, place.slot, by);
}
