/**
 * What is to be recorded at the operators of a function, as the documentation says it (docs/instrumentation.md), found
 * out on the code of the original alone: which operands are constants, and what values they can have.
 */

import { type Func, I32, type Instruction, type Module, OP } from "./decode.ts";

/** The widths and the sides of what an operator records. */
export interface Expected {
  /** In bytes. */
  readonly size: number;
  /** Which operand is a constant, and comes first. */
  readonly constant: "left" | "right" | undefined;
  /** Of a switch: added to what its labels count from, to get the program's own values. */
  readonly bias: bigint;
  /** Of a switch: it looks at the low half of a value of 64 bits. */
  readonly wide: boolean;
}

/** What is known of a value: a constant, or between what it lies, as a signed number. */
interface Known {
  readonly bits: number;
  readonly constant: bigint | undefined;
  readonly least: bigint;
  readonly most: bigint;
  /** The outcome of a comparison of integers. */
  readonly isBoolean: boolean;
  readonly op: number;
  readonly operands: readonly Known[];
}

/** By the places of operators in a function's code. */
export function expectedIn(module: Module, func: Func): ReadonlyMap<number, Expected> {
  return new Expectation(module, func).run();
}

class Expectation {
  readonly #module: Module;
  readonly #func: Func;
  readonly #found = new Map<number, Expected>();
  #stack: Known[] = [];

  constructor(module: Module, func: Func) {
    this.#module = module;
    this.#func = func;
  }

  run(): ReadonlyMap<number, Expected> {
    const heights: { height: number; results: number }[] = [];
    for (const [k, instruction] of this.#func.code.entries()) {
      const { op, results } = instruction;
      if (op === OP.if) this.#pop();
      if (op === OP.block || op === OP.loop || op === OP.if) heights.push({ height: this.#stack.length, results });
      else if (op === OP.else) this.#stack.length = Math.min(this.#stack.length, heights.at(-1)?.height ?? 0);
      else if (op === OP.end) {
        const { height, results: count } = heights.pop() ?? { height: 0, results: 0 };
        while (this.#stack.length > height) this.#stack.pop();
        for (let n = 0; n < count; n++) this.#stack.push(unknown(64));
      } else this.#operator(k, instruction);
    }
    return this.#found;
  }

  #pop(): Known {
    return this.#stack.pop() ?? unknown(64);
  }

  #operator(k: number, { op, immediate, labels }: Instruction): void {
    if (op === OP.i32Const || op === OP.i64Const)
      this.#stack.push(constant(op === OP.i32Const ? 32 : 64, immediate as bigint));
    else if (op === OP.f32Const || op === OP.f64Const) this.#stack.push(unknown(64));
    else if (op === OP.localGet) this.#stack.push(unknown(this.#func.locals[Number(immediate)] === I32 ? 32 : 64));
    else if (op === OP.globalGet) this.#stack.push(unknown(64));
    else if (op === OP.localTee) this.#stack.push({ ...this.#pop(), constant: undefined, isBoolean: false, op });
    else if (op === OP.select) {
      this.#pop();
      this.#pop();
      this.#stack.push(unknown(this.#pop().bits));
    } else if (op === OP.call || op === OP.callIndirect) this.#call(op, Number(immediate));
    else if (op === OP.brTable) this.#switch(k, this.#pop(), labels);
    else if (op >= 0x28 && op <= 0x35) this.#load(op);
    else if (op >= 0x36 && op <= 0x3e) {
      this.#pop();
      this.#pop();
    } else if (op === OP.drop || op === OP.localSet || op === OP.globalSet || op === OP.brIf) this.#pop();
    else if (op >= 0x45) this.#numeric(k, op);
  }

  #call(op: number, index: number): void {
    const type = op === OP.call ? this.#module.functions[index]?.type : this.#module.types[index];
    if (op === OP.callIndirect) this.#pop();
    for (const _ of type?.params ?? []) this.#pop();
    for (const result of type?.results ?? []) this.#stack.push(unknown(result === I32 ? 32 : 64));
  }

  /** Loads of fewer bytes than their type has are narrow. */
  #load(op: number): void {
    this.#pop();
    const bits = op === 0x28 || (op >= 0x2c && op <= 0x2f) ? 32 : 64;
    const narrow = NARROW_LOADS[op];
    this.#stack.push(narrow === undefined ? unknown(bits) : between(bits, op, [], ...narrow));
  }

  #numeric(k: number, op: number): void {
    if (op === 0x45 || op === 0x50) {
      const value = this.#pop();
      if (!value.isBoolean) this.#compare(k, op, value, constant(op === 0x45 ? 32 : 64, 0n));
      this.#stack.push(boolean(op));
    } else if ((op >= 0x46 && op <= 0x4f) || (op >= 0x51 && op <= 0x5a)) {
      const [right, left] = [this.#pop(), this.#pop()];
      this.#compare(k, op, left, right);
      this.#stack.push(boolean(op));
    } else if (isUnary(op)) this.#stack.push(afterUnary(op, this.#pop()));
    else {
      const [right, left] = [this.#pop(), this.#pop()];
      const isDivision = op === 0x6d || op === 0x6e || op === 0x7f || op === 0x80;
      if (isDivision && right.constant === undefined) this.#expect(k, op < 0x79 ? 4 : 8);
      this.#stack.push(afterBinary(op, left, right));
    }
  }

  #compare(k: number, op: number, left: Known, right: Known): void {
    if (left.constant !== undefined && right.constant !== undefined) return;
    const side = right.constant !== undefined ? "right" : left.constant !== undefined ? "left" : undefined;
    this.#expect(k, fewestBytes([left, right], op <= 0x4f ? 4 : 8), side);
  }

  #switch(k: number, value: Known, labels: readonly number[]): void {
    const other = labels.at(-1);
    if (labels.every((label) => label === other)) return;
    const wide = value.op === 0xa7;
    const switched = wide ? (value.operands[0] as Known) : value;
    const [base, added] = switched.operands;
    const isSum = switched.op === 0x6a || switched.op === 0x7c;
    const isDifference = switched.op === 0x6b || switched.op === 0x7d;
    const isBiased = (isSum || isDifference) && added?.constant !== undefined;
    const bias = isBiased ? (isSum ? -signed(added) : signed(added)) : 0n;
    const cases = { least: bias, most: bias + BigInt(labels.length - 2) };
    const size = fewestBytes([isBiased ? (base as Known) : switched, cases], wide ? 8 : 4);
    this.#found.set(k, { size, constant: "right", bias, wide });
  }

  #expect(k: number, size: number, side?: "left" | "right"): void {
    this.#found.set(k, { size, constant: side, bias: 0n, wide: false });
  }
}

function unknown(bits: number): Known {
  return between(bits, 0, [], -(1n << BigInt(bits - 1)), (1n << BigInt(bits - 1)) - 1n);
}

function between(bits: number, op: number, operands: readonly Known[], least: bigint, most: bigint): Known {
  return { bits, constant: undefined, least, most, isBoolean: false, op, operands };
}

function boolean(op: number): Known {
  return { ...between(32, op, [], 0n, 1n), isBoolean: true };
}

function constant(bits: number, value: bigint): Known {
  const number = BigInt.asIntN(bits, value);
  return { bits, constant: value, least: number, most: number, isBoolean: false, op: OP.i32Const, operands: [] };
}

function signed({ bits, constant: value = 0n }: Known): bigint {
  return BigInt.asIntN(bits, value);
}

/** Of 1, 2 and all bytes, the fewest that tell all values apart, read with or all without a sign. */
function fewestBytes(values: readonly { readonly least: bigint; readonly most: bigint }[], all: number): number {
  const fits = (least: bigint, most: bigint): boolean =>
    values.every((each) => each.least >= least && each.most <= most);
  if (fits(0n, 0xffn) || fits(-0x80n, 0x7fn)) return 1;
  return fits(0n, 0xffffn) || fits(-0x8000n, 0x7fffn) ? 2 : all;
}

const NARROW_LOADS: Readonly<Record<number, readonly [least: bigint, most: bigint]>> = {
  44: [-0x80n, 0x7fn],
  45: [0n, 0xffn],
  46: [-0x8000n, 0x7fffn],
  47: [0n, 0xffffn],
  48: [-0x80n, 0x7fn],
  49: [0n, 0xffn],
  50: [-0x8000n, 0x7fffn],
  51: [0n, 0xffffn],
  52: [-0x80000000n, 0x7fffffffn],
  53: [0n, 0xffffffffn],
};

const EXTENSIONS: Readonly<Record<number, bigint>> = { 192: 7n, 193: 15n, 194: 7n, 195: 15n, 196: 31n };

function isUnary(op: number): boolean {
  return (
    (op >= 0x67 && op <= 0x69) ||
    (op >= 0x79 && op <= 0x7b) ||
    op >= 0xa7 ||
    (op >= 0x8b && op <= 0x91) ||
    (op >= 0x99 && op <= 0x9f)
  );
}

function afterUnary(op: number, value: Known): Known {
  const sign = EXTENSIONS[op];
  const bits = op === 0xc0 || op === 0xc1 || op === 0xa7 || op <= 0x69 ? 32 : 64;
  if (sign !== undefined) return between(bits, op, [value], -(1n << sign), (1n << sign) - 1n);
  if (op === 0xac) return between(64, op, [value], value.least, value.most);
  if (op === 0xad && value.least >= 0n) return between(64, op, [value], value.least, value.most);
  // A negative number becomes a large one.
  if (op === 0xad) return between(64, op, [value], 0n, 0xffffffffn);
  return { ...unknown(bits), op, operands: [value] };
}

function afterBinary(op: number, left: Known, right: Known): Known {
  const bits = op < 0x79 ? 32 : 64;
  if (op === 0x71 || op === 0x83) return afterAnd(op, bits, left, right);
  const shift = (op === 0x76 || op === 0x88) && right.constant !== undefined ? right.constant % BigInt(bits) : 0n;
  if (shift > 0n) return between(bits, op, [left, right], 0n, (1n << (BigInt(bits) - shift)) - 1n);
  return { ...unknown(bits), op, operands: [left, right] };
}

function afterAnd(op: number, bits: number, left: Known, right: Known): Known {
  const masks = [left, right].filter(({ least }) => least >= 0n).map(({ most }) => most);
  if (masks.length === 0) return { ...unknown(bits), op, operands: [left, right] };
  const most = masks.reduce((a, b) => (a < b ? a : b));
  return between(bits, op, [left, right], 0n, most);
}
