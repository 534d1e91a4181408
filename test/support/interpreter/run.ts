/** Runs modules, and says what their instrumented forms should record: no code of the library has a part in it. */

import { ACCESSED_BYTES, DIVISIONS, decode, type Func, I32, I64, type Instruction, type Module, OP } from "./decode.ts";
import { type Expected, expectedIn } from "./expected.ts";
import { binary, Trap, unary } from "./numbers.ts";

export interface ExpectedRecord {
  type: bigint;
  arg1: bigint;
  arg2: bigint;
  /** Offset of the operator. */
  pc: bigint;
}

/** What one call should leave behind. */
export interface ExpectedRun {
  /** undefined: it trapped. */
  result: bigint | number | undefined;
  /** In mode pc: every site, none of them pruned. */
  pcs: bigint[];
  /** In mode cmp: comparisons, divisions, switches, indirect calls, loads, stores, stack depths. */
  records: ExpectedRecord[];
}

/** What the specification leaves open happened: the bits of a NaN. */
export class Undetermined extends Error {}

type Value = bigint | number;

/** A block that control is in. */
interface Frame {
  readonly instruction: Instruction | undefined;
  readonly place: number;
  readonly height: number;
}

const CMP_CONST = 1n;
const [INDIRECT_CALL, LOAD, STORE, STACK_DEPTH] = [256n, 512n, 768n, 1024n];
const MAX_DEPTH = 2_000;

export class Interpreter {
  readonly module: Module;
  readonly #memory: DataView;
  readonly #globals: Value[];
  readonly #expected: readonly ReadonlyMap<number, Expected>[];
  /** Places of the operators that make room on the stack: of each function the first. */
  readonly #prologues: readonly number[];
  /** Of each function, the places of the blocks that something branches to; -1 is the function. */
  readonly #targets: readonly ReadonlySet<number>[];
  /** The offset that an indirect call under way left. */
  #pending: number | undefined;
  #run: ExpectedRun = { result: undefined, pcs: [], records: [] };
  #depth = 0;

  constructor(bytes: Uint8Array) {
    this.module = decode(bytes);
    this.#memory = new DataView(new ArrayBuffer(this.module.pages * 65536));
    this.#globals = this.module.globals.map(({ value }) => value);
    this.#expected = this.module.functions.map((func) => expectedIn(this.module, func));
    this.#targets = this.module.functions.map(targetsOf);
    this.#prologues = this.module.functions.map(({ code }) =>
      code.findIndex(({ op, immediate }) => op === OP.globalSet && immediate === 0),
    );
    for (const { at, bytes: data } of this.module.data) new Uint8Array(this.#memory.buffer).set(data, at);
  }

  /** Calls an export. */
  call(name: string, ...args: Value[]): ExpectedRun {
    const { index } = this.module.exports.get(name) as { index: number };
    this.#run = { result: undefined, pcs: [], records: [] };
    this.#depth = 0;
    try {
      const [result] = this.#invoke(this.module.functions[index] as Func, args);
      this.#run.result = result;
    } catch (error) {
      if (!(error instanceof Trap)) throw error;
    }
    return this.#run;
  }

  #invoke(func: Func, args: readonly Value[]): Value[] {
    if (++this.#depth > MAX_DEPTH) throw new Undetermined("deep recursion");
    this.#takePending(func.index);
    const locals = func.locals.map((type, k) => args[k] ?? (type === I32 || type === I64 ? 0n : 0));
    const results = new Activation(this, func, locals).run();
    this.#depth--;
    return results;
  }

  /** A function that can be called indirectly reports that it was; so does the caller, of one that does not. */
  #takePending(callee: number): void {
    if (this.#pending === undefined) return;
    const offset = this.#pending;
    this.#pending = undefined;
    this.record(INDIRECT_CALL, BigInt(callee), 0n, offset);
  }

  pc(offset: number): void {
    this.#run.pcs.push(BigInt(offset));
  }

  record(type: bigint, arg1: bigint, arg2: bigint, offset: number): void {
    this.#run.records.push({ type, arg1, arg2, pc: BigInt(offset) });
  }

  expected(func: Func, place: number): Expected | undefined {
    return this.#expected[func.index]?.get(place);
  }

  isTarget(func: Func, place: number): boolean {
    return this.#targets[func.index]?.has(place) ?? false;
  }

  isPrologue(func: Func, place: number): boolean {
    return this.#prologues[func.index] === place;
  }

  callFunction(index: number, args: readonly Value[]): Value[] {
    return this.#invoke(this.module.functions[index] as Func, args);
  }

  callIndirect(typeIndex: number, at: bigint, args: readonly Value[], offset: number): Value[] {
    this.#pending = offset;
    const index = this.module.table[Number(at)];
    const func = index === undefined ? undefined : this.module.functions[index];
    if (func === undefined || !isSame(func.type, this.module.types[typeIndex])) throw new Trap("indirect call");
    return this.#invoke(func, args);
  }

  global(index: number): Value {
    return this.#globals[index] as Value;
  }

  setGlobal(index: number, value: Value): void {
    this.#globals[index] = value;
  }

  load(op: number, address: bigint, plus: number, offset: number): Value {
    const bytes = ACCESSED_BYTES[op] as number;
    const at = this.#access(LOAD, address, plus, bytes, offset);
    if (op === 0x2a) return this.#memory.getFloat32(at, true);
    if (op === 0x2b) return this.#memory.getFloat64(at, true);
    let value = 0n;
    for (let k = bytes; k-- > 0; ) value = (value << 8n) | BigInt(this.#memory.getUint8(at + k));
    const isSigned = op >= 0x2c && op % 2 === 0;
    return BigInt.asUintN(
      op === 0x28 || (op >= 0x2c && op <= 0x2f) ? 32 : 64,
      isSigned ? BigInt.asIntN(8 * bytes, value) : value,
    );
  }

  store(op: number, address: bigint, plus: number, value: Value, offset: number): void {
    const bytes = ACCESSED_BYTES[op] as number;
    const at = this.#access(STORE, address, plus, bytes, offset);
    if (typeof value === "number") {
      if (Number.isNaN(value)) throw new Undetermined("the bits of a NaN");
      if (bytes === 4) this.#memory.setFloat32(at, value, true);
      else this.#memory.setFloat64(at, value, true);
    } else for (let k = 0; k < bytes; k++) this.#memory.setUint8(at + k, Number((value >> BigInt(8 * k)) & 0xffn));
  }

  stackDepth(value: Value, offset: number): void {
    this.record(STACK_DEPTH, value as bigint, 0n, offset);
  }

  /** Recorded before it is known whether it traps. */
  #access(type: bigint, address: bigint, plus: number, bytes: number, offset: number): number {
    const at = address + BigInt(plus);
    this.record(type | BigInt(Math.log2(bytes) << 1), at, 0n, offset);
    if (at + BigInt(bytes) > this.#memory.byteLength) throw new Trap("out of bounds");
    return Number(at);
  }
}

/** One function that runs. */
class Activation {
  readonly #interpreter: Interpreter;
  readonly #func: Func;
  readonly #locals: Value[];
  readonly #stack: Value[] = [];
  readonly #frames: Frame[] = [{ instruction: undefined, place: -1, height: 0 }];
  #place = 0;

  constructor(interpreter: Interpreter, func: Func, locals: Value[]) {
    this.#interpreter = interpreter;
    this.#func = func;
    this.#locals = locals;
  }

  run(): Value[] {
    const { code, start, type } = this.#func;
    this.#interpreter.pc(start);
    while (this.#frames.length > 0 && this.#place < code.length) this.#step(code[this.#place] as Instruction);
    return this.#stack.slice(this.#stack.length - type.results.length);
  }

  #pop(): Value {
    return this.#stack.pop() as Value;
  }

  #integer(): bigint {
    return this.#pop() as bigint;
  }

  #step(instruction: Instruction): void {
    const place = this.#place++;
    const { op, offset } = instruction;
    if (op === OP.unreachable) throw new Trap("unreachable");
    if (op === OP.block || op === OP.loop) this.#enter(instruction, place);
    else if (op === OP.if) this.#if(instruction, place);
    else if (op === OP.else) this.#place = (this.#frames.at(-1) as Frame).instruction?.end ?? 0;
    else if (op === OP.end) this.#end(offset);
    else if (op === OP.br) this.#branch(Number(instruction.immediate));
    else if (op === OP.brIf) this.#branchIf(instruction);
    else if (op === OP.brTable) this.#branchTable(instruction, place);
    else if (op === OP.return) this.#frames.length = 0;
    else this.#plain(instruction, place);
  }

  #enter(instruction: Instruction, place: number): void {
    this.#frames.push({ instruction, place, height: this.#stack.length });
    if (instruction.op === OP.loop) this.#interpreter.pc(instruction.offset);
  }

  #if(instruction: Instruction, place: number): void {
    const taken = this.#integer() !== 0n;
    this.#enter(instruction, place);
    this.#interpreter.pc(instruction.offset + (taken ? 0 : 1));
    if (!taken) this.#place = instruction.else > 0 ? instruction.else + 1 : instruction.end;
  }

  #end(offset: number): void {
    const { place, instruction } = this.#frames.pop() as Frame;
    if (instruction?.op !== OP.loop && this.#interpreter.isTarget(this.#func, place)) this.#interpreter.pc(offset);
  }

  #branchIf({ offset, immediate }: Instruction): void {
    const taken = this.#integer() !== 0n;
    this.#interpreter.pc(taken ? offset : offset + 1);
    if (taken) this.#branch(Number(immediate));
  }

  #branchTable({ labels, labelOffsets, offset }: Instruction, place: number): void {
    const value = this.#integer();
    this.#recordSwitch(value, labels, offset, place);
    const k = value < BigInt(labels.length - 1) ? Number(value) : labels.length - 1;
    const label = labels[k] as number;
    this.#interpreter.pc(labelOffsets[labels.indexOf(label)] as number);
    this.#branch(label);
  }

  /** Each case that does not do what all others do, compared with the value that the program switches on. */
  #recordSwitch(value: bigint, labels: readonly number[], offset: number, place: number): void {
    const expected = this.#interpreter.expected(this.#func, place);
    if (!expected) return;
    const { size, bias, wide } = expected;
    const whole = wide ? this.#wrapped : value;
    const truncated = (number: bigint): bigint => BigInt.asUintN(8 * size, number);
    for (const [k, label] of labels.slice(0, -1).entries()) {
      if (label === labels.at(-1)) continue;
      this.#interpreter.record(typeOf(size, true), truncated(BigInt(k) + bias), truncated(whole + bias), offset);
    }
  }

  /** What the last i32.wrap_i64 took. */
  #wrapped = 0n;

  #branch(label: number): void {
    const frames = this.#frames;
    const target = frames[frames.length - 1 - label] as Frame;
    const { instruction, height } = target;
    if (instruction?.op === OP.loop) {
      frames.length -= label;
      this.#stack.length = height;
      this.#place = (this.#func.code.indexOf(instruction) as number) + 1;
      this.#interpreter.pc(instruction.offset);
      return;
    }
    const count = instruction?.results ?? this.#func.type.results.length;
    const sent = this.#stack.splice(this.#stack.length - count);
    this.#stack.length = height;
    this.#stack.push(...sent);
    frames.length -= label;
    // Its `end` is met next.
    this.#place = instruction?.end ?? this.#func.code.length - 1;
  }

  #plain(instruction: Instruction, place: number): void {
    const { op, immediate, offset } = instruction;
    const [interpreter, stack, index] = [this.#interpreter, this.#stack, Number(immediate)];
    if (op >= OP.i32Const && op <= OP.f64Const) stack.push(immediate);
    else if (op === OP.localGet) stack.push(this.#locals[index] as Value);
    else if (op === OP.localSet) this.#locals[index] = this.#pop();
    else if (op === OP.localTee) this.#locals[index] = stack.at(-1) as Value;
    else if (op === OP.globalGet) stack.push(interpreter.global(index));
    else if (op === OP.globalSet) this.#setGlobal(index, offset, place);
    else if (op === OP.drop) this.#pop();
    else if (op === OP.select) this.#select();
    else if (op === OP.call)
      stack.push(
        ...interpreter.callFunction(
          index,
          this.#arguments(interpreter.module.functions[index]?.type.params.length ?? 0),
        ),
      );
    else if (op === OP.callIndirect) {
      const at = this.#integer();
      const args = this.#arguments(interpreter.module.types[index]?.params.length ?? 0);
      stack.push(...interpreter.callIndirect(index, at, args, offset));
    } else if (op >= 0x28 && op <= 0x35) stack.push(interpreter.load(op, this.#integer(), index, offset));
    else if (op >= 0x36 && op <= 0x3e) {
      const value = this.#pop();
      interpreter.store(op, this.#integer(), index, value, offset);
    } else if (op >= 0x45) this.#numeric(op, offset, place);
  }

  #arguments(count: number): Value[] {
    return this.#stack.splice(this.#stack.length - count);
  }

  #setGlobal(index: number, offset: number, place: number): void {
    const value = this.#pop();
    this.#interpreter.setGlobal(index, value);
    if (this.#interpreter.isPrologue(this.#func, place)) this.#interpreter.stackDepth(value, offset);
  }

  #select(): void {
    const isFirst = this.#integer() !== 0n;
    const [second, first] = [this.#pop(), this.#pop()];
    this.#stack.push(isFirst ? first : second);
  }

  #numeric(op: number, offset: number, place: number): void {
    const top = this.#pop();
    const expected = this.#interpreter.expected(this.#func, place);
    const alone = unary(op, top);
    if (op === 0xa7) this.#wrapped = top as bigint;
    if (alone !== undefined) {
      if (expected) this.#compare(expected, top as bigint, 0n, offset);
      this.#stack.push(alone);
      return;
    }
    const below = this.#pop();
    if (expected && DIVISIONS.has(op)) this.#interpreter.record(typeOf(expected.size, true), 0n, top as bigint, offset);
    else if (expected) this.#compare(expected, below as bigint, top as bigint, offset);
    const result = binary(op, below, top);
    if (result === undefined) throw new Error(`the operator 0x${op.toString(16)} is not interpreted`);
    this.#stack.push(result);
  }

  /** A constant comes first. */
  #compare({ size, constant }: Expected, left: bigint, right: bigint, offset: number): void {
    const [a, b] = constant === "right" ? [right, left] : [left, right];
    this.#interpreter.record(
      typeOf(size, constant !== undefined),
      BigInt.asUintN(8 * size, a),
      BigInt.asUintN(8 * size, b),
      offset,
    );
  }
}

function typeOf(size: number, isConst: boolean): bigint {
  return BigInt(Math.log2(size) << 1) | (isConst ? CMP_CONST : 0n);
}

function isSame(a: Func["type"], b: Func["type"] | undefined): boolean {
  return b !== undefined && a.params.join() === b.params.join() && a.results.join() === b.results.join();
}

/** Places of the blocks that a function branches to. */
function targetsOf({ code }: Func): ReadonlySet<number> {
  const targets = new Set<number>();
  const open = [-1];
  for (const [k, { op, immediate, labels }] of code.entries()) {
    if (op === OP.block || op === OP.loop || op === OP.if) open.push(k);
    else if (op === OP.end) open.pop();
    const own = op === OP.br || op === OP.brIf ? [Number(immediate)] : op === OP.brTable ? labels : [];
    for (const label of own) targets.add(open[open.length - 1 - label] as number);
  }
  return targets;
}
