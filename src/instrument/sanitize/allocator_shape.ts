/** What the code of an allocator's functions looks like. */

import { type Expr, type Func, lib, type Name, raw } from "../ir/binaryen.ts";
import { childOf, ID, isConst } from "../ir/expressions.ts";
import { accessOf } from "../ir/memory_access.ts";
import { OPERATION } from "../ir/operations.ts";
import { type Place, walkKnown } from "../ir/walk.ts";
import { constantShift, type Origin, PointerOrigins } from "./pointer_origins.ts";

/** Parameters and result of a function, if they are all i32. */
export interface Signature {
  readonly params: number;
  readonly result: boolean;
}

export function signatureOf(func: Func): Signature | undefined {
  const params = raw.FunctionGetParams(func);
  const results = raw.FunctionGetResults(func);
  if (!isAllI32(params) || (results !== lib.none && results !== lib.i32)) return undefined;
  return { params: raw.TypeArity(params), result: results === lib.i32 };
}

function isAllI32(type: number): boolean {
  const count = raw.TypeArity(type);
  const list = lib._malloc(4 * Math.max(1, count));
  raw.TypeExpand(type, list);
  const isI32 = Array.from({ length: count }, (_, k) => lib.__i32_load(list + 4 * k)).every((each) => each === lib.i32);
  lib._free(list);
  return isI32;
}

/** What is seen in a function. */
export interface AllocatorShape {
  /** Parameters in front of whose address it looks, or passes on where that is: allocators keep a block's size there. */
  readonly looksBefore: ReadonlySet<number>;
  /** The same for an address that it loads: from which constant address, or undefined for any other. */
  readonly looksBeforeLoaded: ReadonlySet<number | undefined>;
  /** Parameters for which it loads a word from there. */
  readonly loadsBefore: ReadonlySet<number>;
  /** Functions for whose results it does so. */
  readonly loadsBeforeResults: ReadonlySet<Name>;
  /** Functions for whose results it looks at the bits that dlmalloc keeps there. */
  readonly readsHeadersOfResults: ReadonlySet<Name>;
  /** It loads what dlmalloc keeps in front of a block, and looks at its bits, and at its size. */
  readonly readsHeaders: boolean;
  /** Parameters that are addresses, which it loads from. */
  readonly loadsFrom: ReadonlySet<number>;
  /** Which parameters it gives to functions of one parameter. */
  readonly passes: ReadonlyMap<Name, ReadonlySet<number>>;
  /** It multiplies its first two parameters. */
  readonly multiplies: boolean;
  /** It stores something elsewhere than at constant addresses. */
  readonly stores: boolean;
  /** How many loads it has. */
  readonly loads: number;
  /** How many calls it has. */
  readonly calls: number;
  /** What it gives; undefined where that is not known of all that it gives. Constants do not count. */
  readonly gives: readonly Origin[] | undefined;
  /** Integer constants of 32 bits. */
  readonly constants: ReadonlySet<number>;
}

const NO_SHIFTS: ReadonlyMap<Name, number> = new Map();

/** @param shifts functions that give their only parameter plus a constant */
export function shapeOfFunction(func: Func, shifts: ReadonlyMap<Name, number> = NO_SHIFTS): AllocatorShape {
  const finder = new ShapeFinder(func, shifts);
  if (walkKnown(func, (place) => finder.leave(place))) finder.end(raw.FunctionGetBody(func));
  return finder;
}

/** Whether a function may look at the bits that dlmalloc keeps in front of a block: a cheap look at what most do not have. */
export function mayReadHeaders(func: Func): boolean {
  let found = false;
  walkKnown(func, ({ expr, id }) => {
    if (found || id !== ID.Binary || raw.BinaryGetOp(expr) !== OPERATION.AndInt32) return;
    const right = raw.BinaryGetRight(expr);
    found = isConst(right) && raw.ConstGetValueI32(right) === IN_USE;
  });
  return found;
}

/** Functions that give their only parameter plus a constant, and that. */
export function shiftsOf(byName: ReadonlyMap<Name, Func>): ReadonlyMap<Name, number> {
  const shifts = new Map<Name, number>();
  for (const [name, func] of byName) {
    const shift = shiftOf(func);
    if (shift !== undefined) shifts.set(name, shift);
  }
  return shifts;
}

/** What a function adds to its only parameter, if it does nothing else. */
function shiftOf(func: Func): number | undefined {
  const signature = signatureOf(func);
  const body = raw.FunctionGetBody(func);
  if (signature?.params !== 1 || !signature.result || body === 0) return undefined;
  if (raw.ExpressionGetId(body) !== ID.Binary) return undefined;
  return parameterOf(raw.BinaryGetLeft(body)) === 0 ? constantShift(body) : undefined;
}

class ShapeFinder implements AllocatorShape {
  readonly looksBefore = new Set<number>();
  readonly looksBeforeLoaded = new Set<number | undefined>();
  readonly loadsBefore = new Set<number>();
  readonly loadsBeforeResults = new Set<Name>();
  readonly readsHeadersOfResults = new Set<Name>();
  readonly loadsFrom = new Set<number>();
  readonly passes = new Map<Name, Set<number>>();
  readonly constants = new Set<number>();
  multiplies = false;
  stores = false;
  loads = 0;
  calls = 0;
  private given: Origin[] | undefined = [];
  private readonly origins: PointerOrigins;
  /** Constants that a header is masked with. */
  private readonly masks = new Set<number>();

  constructor(func: Func, shifts: ReadonlyMap<Name, number>) {
    this.origins = new PointerOrigins(func, shifts);
  }

  get gives(): readonly Origin[] | undefined {
    return this.given;
  }

  get readsHeaders(): boolean {
    return HEADER_MASKS.every((mask) => this.masks.has(mask));
  }

  leave(place: Place): void {
    this.look(place);
    this.origins.leave(place);
  }

  private look({ expr, id }: Place): void {
    if (id === ID.Const && raw.ExpressionGetType(expr) === lib.i32) this.constants.add(raw.ConstGetValueI32(expr));
    else if (id === ID.Binary) this.binary(expr);
    else if (id === ID.Call) this.call(expr);
    else if (id === ID.Load || id === ID.Store) this.access(expr, id);
    else if (id === ID.MemoryCopy) this.stores = true;
    else if (id === ID.CallIndirect || id === ID.CallRef) this.calls++;
    else if (id === ID.Return) this.give(childOf(expr, 0));
  }

  /** What is left at the end of a function's body is what it gives. */
  end(last: Expr): void {
    const id = raw.ExpressionGetId(last);
    const children = id === ID.Block ? raw.BlockGetNumChildren(last) : 0;
    if (children > 0) this.end(raw.BlockGetChildAt(last, children - 1));
    else if (raw.ExpressionGetType(last) !== lib.unreachable) this.give(last);
  }

  private give(value: Expr): void {
    if (value === 0 || isConst(value)) return;
    const origin = this.origins.of(value);
    if (origin) this.given?.push(origin);
    else this.given = undefined;
  }

  private binary(expr: Expr): void {
    const origin = this.origins.of(expr);
    if (origin && BEFORE.includes(-origin.distance)) this.lookBefore(origin);
    this.multiplies ||= isProduct(expr);
    const right = raw.BinaryGetRight(expr);
    if (raw.BinaryGetOp(expr) !== OPERATION.AndInt32 || !isConst(right)) return;
    const masked = this.origins.of(raw.BinaryGetLeft(expr))?.from;
    if (masked?.kind === "header") this.mask(masked.block, raw.ConstGetValueI32(right));
  }

  private mask({ from }: Origin, mask: number): void {
    this.masks.add(mask);
    if (from.kind === "result" && mask === IN_USE) this.readsHeadersOfResults.add(from.of);
  }

  private call(expr: Expr): void {
    this.calls++;
    const origin = this.origins.of(expr);
    if (origin && BEFORE.includes(-origin.distance)) {
      this.lookBefore(origin);
      if (origin.from.kind === "result") this.readsHeadersOfResults.add(origin.from.of);
    }
    if (raw.CallGetNumOperands(expr) !== 1) return;
    const passed = this.origins.of(raw.CallGetOperandAt(expr, 0));
    if (passed?.from.kind !== "parameter" || passed.distance !== 0) return;
    const target = raw.CallGetTarget(expr);
    this.passes.set(target, (this.passes.get(target) ?? new Set()).add(passed.from.index));
  }

  private access(expr: Expr, id: number): void {
    const pointer = childOf(expr, 0);
    if (id === ID.Load) this.loads++;
    if (id === ID.Store && !isConst(pointer)) this.stores = true;
    const address = this.origins.of(pointer);
    if (address === undefined) return;
    const { bytes, low } = accessOf(expr);
    const isBefore = bytes === WORD_BYTES && BEFORE.includes(-address.distance - low);
    if (isBefore) this.lookBefore(address);
    if (id === ID.Load) this.load(address, isBefore);
  }

  private load({ from }: Origin, isBefore: boolean): void {
    if (from.kind === "parameter") this.loadsFrom.add(from.index);
    if (isBefore && from.kind === "parameter") this.loadsBefore.add(from.index);
    if (isBefore && from.kind === "result") this.loadsBeforeResults.add(from.of);
  }

  private lookBefore({ from }: Origin): void {
    if (from.kind === "parameter") this.looksBefore.add(from.index);
    else if (from.kind === "loaded") this.looksBeforeLoaded.add(from.address);
  }
}

/** Distances of what allocators keep from the block: a word, two, or four. */
const BEFORE: readonly number[] = [4, 8, 16];
const WORD_BYTES = 4;

/** The two bits that say whether a block and the one before it are in use, and what is its size. */
const IN_USE = 3;
const HEADER_MASKS: readonly number[] = [IN_USE, -8];

function isProduct(expr: Expr): boolean {
  const op = raw.BinaryGetOp(expr);
  if (op !== OPERATION.MulInt32 && op !== OPERATION.MulInt64) return false;
  const operands = [parameterOf(raw.BinaryGetLeft(expr)), parameterOf(raw.BinaryGetRight(expr))];
  return operands.includes(0) && operands.includes(1);
}

/** The local that an expression reads, perhaps as a number of 64 bits. */
function parameterOf(expr: Expr): number {
  const id = raw.ExpressionGetId(expr);
  if (id === ID.Unary) return parameterOf(raw.UnaryGetValue(expr));
  return id === ID.LocalGet ? raw.LocalGetGetIndex(expr) : -1;
}
