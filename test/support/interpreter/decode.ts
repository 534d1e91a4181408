/**
 * Reads a module into what the interpreter runs. Written for these tests alone, against the specification: nothing of it
 * is shared with the library, whose reading of a module is what the tests check.
 */

export interface Instruction {
  readonly op: number;
  /** In the file. */
  readonly offset: number;
  /** Index, label, constant, or offset of an access. */
  readonly immediate: bigint | number;
  /** Of br_table: its labels with the default last, and where each lies in the file. */
  readonly labels: readonly number[];
  readonly labelOffsets: readonly number[];
  /** Of block, loop and if: places of what belongs to it, among the instructions. */
  end: number;
  else: number;
  /** How many values it gives. */
  readonly results: number;
}

export interface FunctionType {
  readonly params: readonly number[];
  readonly results: readonly number[];
}

export interface Func {
  readonly index: number;
  readonly type: FunctionType;
  readonly typeIndex: number;
  /** Types of parameters and locals. */
  readonly locals: readonly number[];
  /** Offset of the body: what comes after its size. */
  readonly start: number;
  readonly code: readonly Instruction[];
}

export interface Module {
  readonly types: readonly FunctionType[];
  readonly functions: readonly Func[];
  readonly globals: readonly { readonly mutable: boolean; readonly value: bigint | number }[];
  readonly table: readonly (number | undefined)[];
  readonly pages: number;
  readonly data: readonly { readonly at: number; readonly bytes: Uint8Array }[];
  readonly exports: ReadonlyMap<string, { readonly kind: number; readonly index: number }>;
}

export const OP = {
  unreachable: 0,
  nop: 1,
  block: 2,
  loop: 3,
  if: 4,
  else: 5,
  end: 11,
  br: 12,
  brIf: 13,
  brTable: 14,
  return: 15,
  call: 16,
  callIndirect: 17,
  drop: 26,
  select: 27,
  localGet: 32,
  localSet: 33,
  localTee: 34,
  globalGet: 35,
  globalSet: 36,
  i32Const: 65,
  i64Const: 66,
  f32Const: 67,
  f64Const: 68,
} as const;

/** Divisions and remainders of which the divisor is recorded. */
export const DIVISIONS: ReadonlySet<number> = new Set([0x6d, 0x6e, 0x7f, 0x80]);

/** Bytes that loads and stores access. */
export const ACCESSED_BYTES: Readonly<Record<number, number>> = {
  40: 4,
  41: 8,
  42: 4,
  43: 8,
  44: 1,
  45: 1,
  46: 2,
  47: 2,
  48: 1,
  49: 1,
  50: 2,
  51: 2,
  52: 4,
  53: 4,
  54: 4,
  55: 8,
  56: 4,
  57: 8,
  58: 1,
  59: 2,
  60: 1,
  61: 2,
  62: 4,
};

export const I32 = 0x7f;
export const I64 = 0x7e;
export const F32 = 0x7d;

/** @throws {Error} for what random modules and those of the tests do not use */
export function decode(bytes: Uint8Array): Module {
  return new Decoder(bytes).module();
}

class Decoder {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 8;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  module(): Module {
    let types: FunctionType[] = [];
    let declared: number[] = [];
    let functions: Func[] = [];
    let globals: { mutable: boolean; value: bigint | number }[] = [];
    let data: { at: number; bytes: Uint8Array }[] = [];
    const table: (number | undefined)[] = [];
    const exports = new Map<string, { kind: number; index: number }>();
    let pages = 0;
    while (this.#at < this.#bytes.length) {
      const id = this.#byte();
      const end = this.#u32() + this.#at;
      if (id === 1) types = this.#list(() => this.#type());
      else if (id === 2) throw new Error("imports are not interpreted");
      else if (id === 3) declared = this.#list(() => this.#u32());
      else if (id === 4) this.#list(() => table.push(...new Array(this.#tableSize()).fill(undefined)));
      else if (id === 5) pages = this.#list(() => this.#limits())[0] ?? 0;
      else if (id === 6) globals = this.#list(() => this.#global());
      else if (id === 7)
        for (const [name, kind, index] of this.#list(() => this.#export())) exports.set(name, { kind, index });
      else if (id === 9)
        for (const { at, functions: those } of this.#list(() => this.#elements()))
          table.splice(at, those.length, ...those);
      else if (id === 10) functions = this.#list((k) => this.#function(k, declared[k] as number, types));
      else if (id === 11) data = this.#list(() => this.#data());
      this.#at = end;
    }
    return { types, functions, globals, table, pages, data, exports };
  }

  #type(): FunctionType {
    if (this.#byte() !== 0x60) throw new Error("only types of functions are interpreted");
    return { params: this.#list(() => this.#byte()), results: this.#list(() => this.#byte()) };
  }

  #tableSize(): number {
    this.#byte();
    return this.#limits();
  }

  #limits(): number {
    const hasMaximum = this.#byte() & 1;
    const least = this.#u32();
    if (hasMaximum) this.#u32();
    return least;
  }

  #global(): { mutable: boolean; value: bigint | number } {
    this.#byte();
    const mutable = this.#byte() === 1;
    return { mutable, value: this.#constant() };
  }

  /** An expression of one constant. */
  #constant(): bigint | number {
    const { immediate } = this.#instruction([]);
    this.#byte();
    return immediate;
  }

  #export(): [string, number, number] {
    const name = new TextDecoder().decode(this.#slice(this.#u32()));
    return [name, this.#byte(), this.#u32()];
  }

  #elements(): { at: number; functions: number[] } {
    if (this.#u32() !== 0) throw new Error("only active segments of functions are interpreted");
    return { at: Number(this.#constant()), functions: this.#list(() => this.#u32()) };
  }

  #data(): { at: number; bytes: Uint8Array } {
    if (this.#u32() !== 0) throw new Error("only active segments are interpreted");
    return { at: Number(this.#constant()), bytes: this.#slice(this.#u32()) };
  }

  #function(index: number, typeIndex: number, types: readonly FunctionType[]): Func {
    const length = this.#u32();
    const start = this.#at;
    const type = types[typeIndex] as FunctionType;
    const locals = [...type.params];
    for (let groups = this.#u32(); groups > 0; groups--) {
      const count = this.#u32();
      locals.push(...new Array<number>(count).fill(this.#byte()));
    }
    const code: Instruction[] = [];
    while (this.#at < start + length) code.push(this.#instruction(types));
    return { index, type, typeIndex, locals, start, code: matched(code) };
  }

  #instruction(types: readonly FunctionType[]): Instruction {
    const offset = this.#at;
    const op = this.#byte();
    let immediate: bigint | number = 0;
    let results = 0;
    const labels: number[] = [];
    const labelOffsets: number[] = [];
    if (op === OP.block || op === OP.loop || op === OP.if) {
      const type = this.#signed(33);
      results = type === -64n ? 0 : type < 0n ? 1 : (types[Number(type)]?.results.length ?? 0);
    } else if (op === OP.brTable) {
      for (let n = this.#u32() + 1; n > 0; n--) {
        labelOffsets.push(this.#at);
        labels.push(this.#u32());
      }
    } else if (op === OP.callIndirect) {
      immediate = this.#u32();
      this.#u32();
    } else if ((op >= OP.br && op <= OP.brIf) || op === OP.call || (op >= OP.localGet && op <= OP.globalSet)) {
      immediate = this.#u32();
    } else if (op >= 0x28 && op <= 0x3e) {
      this.#u32();
      immediate = this.#u32();
    } else if (op === OP.i32Const) immediate = BigInt.asUintN(32, this.#signed(32));
    else if (op === OP.i64Const) immediate = BigInt.asUintN(64, this.#signed(64));
    else if (op === OP.f32Const) immediate = this.#float(4);
    else if (op === OP.f64Const) immediate = this.#float(8);
    else if (!isPlain(op)) throw new Error(`the operator 0x${op.toString(16)} is not interpreted`);
    return { op, offset, immediate, labels, labelOffsets, end: 0, else: 0, results };
  }

  #list<T>(read: (k: number) => T): T[] {
    return Array.from({ length: this.#u32() }, (_, k) => read(k));
  }

  #float(bytes: 4 | 8): number {
    this.#at += bytes;
    return bytes === 4 ? this.#view.getFloat32(this.#at - 4, true) : this.#view.getFloat64(this.#at - 8, true);
  }

  #slice(length: number): Uint8Array {
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  #byte(): number {
    return this.#bytes[this.#at++] as number;
  }

  #u32(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.#byte();
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  }

  #signed(bits: number): bigint {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = this.#byte();
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return BigInt.asIntN(Math.min(bits, Number(shift) + 7), value);
    }
  }
}

function isPlain(op: number): boolean {
  return (
    op <= 1 ||
    op === OP.else ||
    op === OP.end ||
    op === OP.return ||
    op === OP.drop ||
    op === OP.select ||
    (op >= 0x45 && op <= 0xc4)
  );
}

/** Tells every block where its parts are. */
function matched(code: Instruction[]): Instruction[] {
  const open: Instruction[] = [];
  for (const [k, instruction] of code.entries()) {
    if (instruction.op === OP.block || instruction.op === OP.loop || instruction.op === OP.if) open.push(instruction);
    else if (instruction.op === OP.else) (open.at(-1) as Instruction).else = k;
    else if (instruction.op === OP.end) {
      const closed = open.pop();
      if (closed) closed.end = k;
    }
  }
  return code;
}
