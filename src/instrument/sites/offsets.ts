/**
 * Where the operators of a function lie in the original file. Binaryen discards offsets when it reads a module, so the
 * code section is walked a second time: the k-th operator of a kind in a function is the k-th expression of that kind
 * in Binaryen's tree, which also keeps unreachable code.
 */

import { ByteReader } from "../wasm/byte_reader.ts";
import { OperatorKind, operatorKind } from "../wasm/operator_kinds.ts";
import { OP } from "../wasm/operators.ts";
import { Numbers, Pool } from "./lists.ts";

/** Index of a control frame of a function: 0 is the function itself; the others are in the order in which they open. */
export type FrameIndex = number;

/** `br`, `br_if`, `br_on_…`: its offset and its target. */
export interface Branch {
  offset: number;
  frame: FrameIndex;
}

/** `br_table`, `try_table`: its labels or clauses are those from `first` to `end` in the function's list. */
export interface Branches {
  offset: number;
  first: number;
  end: number;
}

/** `if`: the offset at which its `else` arm begins, or that of its `end`. */
export interface If {
  offset: number;
  elseStart: number;
  frame: FrameIndex;
}

/** Legacy `try`: offsets of its handlers. */
export interface Try {
  offset: number;
  catches: number[];
  frame: FrameIndex;
}

/**
 * `select`: the offset of its operator, and one inside of an earlier operator that identifies no other site; −1 if
 * there is none.
 */
export interface Select {
  offset: number;
  other: number;
}

/** The operators of a function by kind, in the order of the binary. Offsets are relative to the start of the file. */
export class FunctionCode {
  /** Offset of the first operator. */
  code = 0;
  readonly ifs: Pool<If> = new Pool(() => ({ offset: 0, elseStart: 0, frame: 0 }));
  readonly loops: Numbers = new Numbers();
  readonly tries: Try[] = [];
  readonly tryTables: Pool<Branches> = new Pool(noBranches);
  readonly brs: Pool<Branch> = new Pool(noBranch);
  readonly brIfs: Pool<Branch> = new Pool(noBranch);
  readonly brTables: Pool<Branches> = new Pool(noBranches);
  readonly brOns: Pool<Branch> = new Pool(noBranch);
  /** Offsets of the labels of `br_table` and the clauses of `try_table`, and their target frames. */
  readonly labelOffsets: Numbers = new Numbers();
  readonly labelFrames: Numbers = new Numbers();
  readonly compares: Numbers = new Numbers();
  readonly divs: Numbers = new Numbers();
  readonly indirectCalls: Numbers = new Numbers();
  readonly loads: Numbers = new Numbers();
  readonly stores: Numbers = new Numbers();
  readonly globalSets: Numbers = new Numbers();
  /** Empty unless requested. */
  readonly selects: Pool<Select> = new Pool(() => ({ offset: 0, other: 0 }));
  readonly otherAccesses: Numbers = new Numbers();
  /** How often each local is set; empty unless requested. */
  readonly localSets: Numbers = new Numbers();
  /** Calls of the compiler's own hooks. */
  readonly hookCalls: Numbers = new Numbers();
  /** Offset of the `end` (or `delegate`) of every frame. */
  readonly frameEnds: Numbers = new Numbers();
  /** Offsets at which a basic block may end, ascending. */
  readonly cuts: Numbers = new Numbers();

  clear(): void {
    this.tries.length = 0;
    for (const list of [this.ifs, this.brs, this.brIfs, this.brOns, this.brTables, this.tryTables]) list.clear();
    for (const list of [this.loops, this.labelOffsets, this.labelFrames, this.compares, this.divs]) list.clear();
    for (const list of [this.indirectCalls, this.loads, this.stores, this.globalSets]) list.clear();
    for (const list of [this.otherAccesses, this.hookCalls, this.frameEnds, this.cuts]) list.clear();
    for (const list of [this.selects, this.localSets]) list.clear();
  }
}

function noBranch(): Branch {
  return { offset: 0, frame: 0 };
}

function noBranches(): Branches {
  return { offset: 0, first: 0, end: 0 };
}

/** Reads the label of a catch clause. */
function readClause(reader: ByteReader): number {
  if (reader.byte() < 2) reader.skipLeb();
  return reader.uleb();
}

/** The body of a function in the original file. */
export interface Body {
  bytes: Uint8Array;
  start: number;
  end: number;
}

const NO_BYTES = new Uint8Array(0);

interface OpenFrame {
  id: FrameIndex;
  /** Only for `if` and `try`. */
  entry: If | Try | undefined;
}

/** Walks the bodies of one function after the other. */
export class Scanner {
  readonly code: FunctionCode = new FunctionCode();
  private readonly stack: Pool<OpenFrame> = new Pool<OpenFrame>(() => ({ id: 0, entry: undefined }));
  private reader = new ByteReader(NO_BYTES);
  /** Reads ahead of `reader`. */
  private ahead = new ByteReader(NO_BYTES);
  /** Lists of offsets, by the operators' kind. */
  private readonly lists: readonly (Numbers | undefined)[];
  private readonly hasSelects: boolean;
  private readonly countsSets: boolean;
  /** Offsets inside of operators that identify no site so far. */
  private readonly unused = new Numbers();
  /** Functions whose calls are recorded. */
  private readonly hooks: ReadonlySet<number>;

  /**
   * @param hasSelects whether to record `select`
   * @param countsSets whether to count how often locals are set
   * @param hooks indices of the compiler's own hooks
   */
  constructor(hasSelects: boolean, countsSets: boolean, hooks: ReadonlySet<number> = new Set()) {
    this.hasSelects = hasSelects;
    this.countsSets = countsSets;
    this.hooks = hooks;
    const { compares, divs, loads, stores, globalSets, otherAccesses } = this.code;
    this.lists = [undefined, compares, divs, loads, stores, undefined, undefined, globalSets, otherAccesses];
  }

  /**
   * Walks a body. The result is in `code` until the next body is walked.
   *
   * @returns false if it uses an unknown operator
   */
  scan({ bytes, start, end }: Body): boolean {
    const { code } = this;
    code.clear();
    this.stack.clear();
    this.unused.clear();
    const reader = new ByteReader(bytes, start);
    this.reader = reader;
    this.ahead = new ByteReader(bytes);
    reader.skipLocals();
    code.code = reader.position;
    return this.run(end);
  }

  private run(end: number): boolean {
    this.open();
    const { reader } = this;
    while (reader.position < end && this.stack.length > 0) {
      const offset = reader.position;
      const opcode = reader.opcode();
      if (opcode <= OP.try_table && opcode !== 1) {
        if (!this.control(opcode, offset)) return false;
      } else {
        this.plain(opcode, offset);
        if (!reader.skipImmediates(opcode)) return false;
        if (this.hasSelects) this.unusedOrSelect(opcode, offset);
        if (this.countsSets && (opcode === OP.local_set || opcode === OP.local_tee)) this.countSet(offset + 1);
      }
    }
    return this.stack.length === 0 && reader.position === end;
  }

  /** Operators outside the control group. */
  private plain(opcode: number, offset: number): void {
    const list = this.lists[operatorKind(opcode)];
    if (list) list.push(offset);
    else if (opcode === OP.br_on_null || opcode === OP.br_on_non_null) this.brOn(offset, 0);
    else if (opcode === OP.br_on_cast || opcode === OP.br_on_cast_fail) this.brOn(offset, 1);
  }

  /**
   * A `select` takes one byte, and what follows it may be a site. The operators that produce its operands, such as
   * `local.get` and constants, take two bytes or more, and only the first byte's offset identifies a site.
   */
  private unusedOrSelect(opcode: number, offset: number): void {
    const { code, reader, unused } = this;
    const last = reader.position - 1;
    if (opcode === OP.select || opcode === OP.select_typed) {
      const select = code.selects.take();
      select.offset = offset;
      select.other = last > offset ? offset + 1 : (unused.pop() ?? -1);
    } else if (last > offset || operatorKind(opcode) === 0) unused.push(last);
  }

  /** @param index offset of the local's index */
  private countSet(index: number): void {
    const { ahead, code } = this;
    ahead.position = index;
    const local = ahead.uleb();
    while (code.localSets.length <= local) code.localSets.push(0);
    code.localSets.set(local, code.localSets.get(local) + 1);
  }

  /** @param flagBytes number of bytes between the opcode and the label */
  private brOn(offset: number, flagBytes: number): void {
    const { code, reader, ahead } = this;
    this.branch(code.brOns, offset, reader.position + flagBytes);
    ahead.position = offset;
    ahead.skipOperator();
    code.cuts.push(ahead.position);
  }

  /** @returns false for an unknown operator */
  private control(opcode: number, offset: number): boolean {
    const { reader, code } = this;
    if (opcode === OP.end || opcode === OP.delegate) this.close(opcode, offset);
    else if (opcode === OP.else || opcode === OP.catch || opcode === OP.catch_all) this.arm(opcode, offset);
    else if (opcode === OP.try_table) this.tryTable(offset);
    else if (opcode === OP.block || opcode === OP.loop || opcode === OP.if || opcode === OP.try) {
      reader.skipValueType();
      this.structured(opcode, offset);
    } else {
      this.transfer(opcode, offset);
      if (!reader.skipImmediates(opcode)) return false;
      if (CUTS.has(opcode)) code.cuts.push(reader.position);
      if (this.hasSelects && opcode >= OP.call) this.unusedOrSelect(opcode, offset);
    }
    return true;
  }

  private structured(opcode: number, offset: number): void {
    const { code } = this;
    const frame = this.open();
    if (opcode === OP.block) return;
    code.cuts.push(opcode === OP.loop ? offset : this.reader.position);
    if (opcode === OP.loop) code.loops.push(offset);
    else if (opcode === OP.if) {
      const entry = code.ifs.take();
      entry.offset = offset;
      entry.elseStart = 0;
      entry.frame = frame.id;
      frame.entry = entry;
    } else {
      const entry = { offset, catches: [], frame: frame.id };
      code.tries.push(entry);
      frame.entry = entry;
    }
  }

  /** Branches and indirect calls. */
  private transfer(opcode: number, offset: number): void {
    const { code, ahead, reader } = this;
    if (opcode === OP.br) this.branch(code.brs, offset, reader.position);
    else if (opcode === OP.br_if) {
      this.branch(code.brIfs, offset, reader.position);
    } else if (opcode === OP.br_table) {
      ahead.position = reader.position;
      const count = ahead.uleb() + 1;
      this.branches(code.brTables, offset, count);
      for (let n = count; n > 0; n--) {
        code.labelOffsets.push(ahead.position);
        code.labelFrames.push(this.target(ahead.uleb()));
      }
    } else if (operatorKind(opcode) === OperatorKind.indirectCall) code.indirectCalls.push(offset);
    else if (this.hooks.size > 0 && (opcode === OP.call || opcode === OP.return_call)) {
      ahead.position = reader.position;
      if (this.hooks.has(ahead.uleb())) code.hookCalls.push(offset);
    }
  }

  /** An operator with one label. @param label offset of the label */
  private branch(list: Pool<Branch>, offset: number, label: number): void {
    const { ahead } = this;
    ahead.position = label;
    const branch = list.take();
    branch.offset = offset;
    branch.frame = this.target(ahead.uleb());
  }

  /** An operator with several labels, which are read next. */
  private branches(list: Pool<Branches>, offset: number, count: number): void {
    const branches = list.take();
    branches.offset = offset;
    branches.first = this.code.labelOffsets.length;
    branches.end = branches.first + count;
  }

  /** The labels of its clauses are relative to the frame outside of it. */
  private tryTable(offset: number): void {
    const { reader, code } = this;
    reader.skipValueType();
    const count = reader.uleb();
    this.branches(code.tryTables, offset, count);
    for (let n = count; n > 0; n--) {
      code.labelOffsets.push(reader.position);
      code.labelFrames.push(this.target(readClause(reader)));
    }
    code.cuts.push(reader.position);
    this.open();
  }

  private target(label: number): FrameIndex {
    return this.stack.at(this.stack.length - 1 - label)?.id ?? -1;
  }

  private open(): OpenFrame {
    const frame = this.stack.take();
    frame.id = this.code.frameEnds.length;
    frame.entry = undefined;
    this.code.frameEnds.push(0);
    return frame;
  }

  /** `else`, `catch`, `catch_all`: one arm ends, the next begins. */
  private arm(opcode: number, offset: number): void {
    const { reader, stack, code } = this;
    if (opcode === OP.catch) reader.skipLeb();
    code.cuts.push(offset);
    code.cuts.push(reader.position);
    const entry = stack.last?.entry;
    if (!entry) return;
    if ("elseStart" in entry) entry.elseStart = reader.position;
    else entry.catches.push(offset);
  }

  private close(opcode: number, offset: number): void {
    const { reader, stack, code } = this;
    if (opcode === OP.delegate) reader.skipLeb();
    const frame = stack.last;
    if (!frame) return;
    stack.length--;
    code.frameEnds.set(frame.id, offset);
    code.cuts.push(offset);
    const { entry } = frame;
    if (entry && "elseStart" in entry && entry.elseStart === 0) entry.elseStart = offset;
  }
}

/** The operators of the control group after which a block ends: control does not, or need not, continue there. */
const CUTS: ReadonlySet<number> = new Set([
  OP.br_if,
  ...[OP.unreachable, OP.throw, OP.rethrow, OP.throw_ref, OP.br, OP.br_table, OP.return],
  ...[OP.return_call, OP.return_call_indirect, OP.return_call_ref],
]);
