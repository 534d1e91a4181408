/**
 * The children of every expression class, in evaluation order. A walk over this table encounters the operators of a
 * function in the order of the binary, which is needed to match them with their offsets.
 */

import { accessors, type Expr, raw } from "./binaryen.ts";
import { heapSlots, type Slot } from "./heap_layout.ts";

interface ChildList {
  count(expr: Expr): number;
  get(expr: Expr, index: number): Expr;
  set(expr: Expr, index: number, child: Expr): void;
}

/** The children of a class: some fixed ones, then possibly a list, then possibly more fixed ones. */
export interface Shape {
  readonly lead: readonly Slot[];
  readonly list: ChildList | undefined;
  readonly tail: readonly Slot[];
}

/** Classes whose children have accessors: the names of the children, with that of a list in brackets. */
const CLASSES: Record<string, string> = {
  Nop: "",
  Block: "[Child]",
  If: "Condition IfTrue IfFalse",
  Loop: "Body",
  Break: "Value Condition",
  Switch: "Value Condition",
  Call: "[Operand]",
  CallIndirect: "[Operand] Target",
  CallRef: "[Operand] Target",
  LocalGet: "",
  LocalSet: "Value",
  GlobalGet: "",
  GlobalSet: "Value",
  Load: "Ptr",
  Store: "Ptr Value",
  AtomicRMW: "Ptr Value",
  AtomicCmpxchg: "Ptr Expected Replacement",
  AtomicWait: "Ptr Expected Timeout",
  AtomicNotify: "Ptr NotifyCount",
  AtomicFence: "",
  SIMDExtract: "Vec",
  SIMDReplace: "Vec Value",
  SIMDShuffle: "Left Right",
  SIMDTernary: "A B C",
  SIMDShift: "Vec Shift",
  SIMDLoad: "Ptr",
  SIMDLoadStoreLane: "Ptr Vec",
  MemoryInit: "Dest Offset Size",
  DataDrop: "",
  MemoryCopy: "Dest Source Size",
  MemoryFill: "Dest Value Size",
  MemorySize: "",
  MemoryGrow: "Delta",
  Const: "",
  Unary: "Value",
  Binary: "Left Right",
  Select: "IfTrue IfFalse Condition",
  Drop: "Value",
  Return: "Value",
  Unreachable: "",
  Pop: "",
  RefNull: "",
  RefIsNull: "Value",
  RefFunc: "",
  RefEq: "Left Right",
  RefAs: "Value",
  RefTest: "Ref",
  RefCast: "Ref",
  BrOn: "Ref",
  TableGet: "Index",
  TableSet: "Index Value",
  TableSize: "",
  TableGrow: "Value Delta",
  ElemDrop: "",
  Try: "Body [CatchBody]",
  Throw: "[Operand]",
  Rethrow: "",
  TupleMake: "[Operand]",
  TupleExtract: "Tuple",
  RefI31: "Value",
  I31Get: "I31",
  StructNew: "[Operand]",
  StructGet: "Ref",
  StructSet: "Ref Value",
  ArrayNew: "Init Size",
  ArrayNewData: "Offset Size",
  ArrayNewElem: "Offset Size",
  ArrayNewFixed: "[Value]",
  ArrayGet: "Ref Index",
  ArraySet: "Ref Index Value",
  ArrayLen: "Ref",
  ArrayCopy: "DestRef DestIndex SrcRef SrcIndex Length",
  ArrayFill: "Ref Index Value Size",
  ArrayInitData: "Ref Index Offset Size",
  ArrayInitElem: "Ref Index Offset Size",
};

// biome-ignore format: a list
const NAMED = [
  "Block", "If", "Loop", "Break", "Switch", "Call", "CallIndirect", "CallRef", "Try", "TryTable", "BrOn", "Pop",
  "Return", "Unreachable", "Throw", "Rethrow", "ThrowRef", "Unary", "Binary", "Const", "Load", "Store", "SIMDLoad",
  "SIMDLoadStoreLane", "LocalGet", "LocalSet", "GlobalGet", "GlobalSet", "Select", "Drop", "MemorySize", "Nop", "RefFunc",
  "RefAs", "RefCast", "I31Get", "StructGet", "StructSet", "ArrayGet", "ArraySet", "ArrayLen", "ArrayCopy", "ArrayFill",
  "ArrayInitData", "ArrayInitElem", "AtomicRMW", "AtomicCmpxchg", "AtomicWait", "AtomicNotify", "MemoryInit", "MemoryCopy", "MemoryFill", "MemoryGrow",
  "TableSet", "TableGrow", "TableFill", "TableCopy", "TableInit",
] as const;

/** Ids of the classes to which the pass refers by name. */
export const ID: Readonly<Record<(typeof NAMED)[number], number>> = Object.fromEntries(
  NAMED.map((name) => [name, idOf(name)]),
) as Record<(typeof NAMED)[number], number>;

const SHAPES: readonly (Shape | undefined)[] = shapes();

/** The shape of an expression's class, or undefined for one whose children cannot be reached. */
export function shapeOf(id: number): Shape | undefined {
  return SHAPES[id];
}

/** Number of an expression's children, including absent optional ones. */
export function childCount(shape: Shape, expr: Expr): number {
  return shape.lead.length + (shape.list ? shape.list.count(expr) : 0) + shape.tail.length;
}

/** The k-th child of `count` in evaluation order; 0 if an optional one is absent. */
export function childAt(shape: Shape, expr: Expr, k: number, count: number = childCount(shape, expr)): Expr {
  const { lead, list, tail } = shape;
  if (k < lead.length) return (lead[k] as Slot).get(expr);
  const behindList = count - tail.length;
  return k < behindList ? (list?.get(expr, k - lead.length) ?? 0) : (tail[k - behindList]?.get(expr) ?? 0);
}

/** The k-th child. */
export function childOf(expr: Expr, k: number): Expr {
  const shape = SHAPES[raw.ExpressionGetId(expr)];
  return shape ? childAt(shape, expr, k) : 0;
}

/** The child that is evaluated first. */
export function firstChild(expr: Expr): { expr: Expr; slot: number } | undefined {
  const shape = SHAPES[raw.ExpressionGetId(expr)];
  if (!shape) return undefined;
  for (let slot = 0; slot < childCount(shape, expr); slot++) {
    const child = childAt(shape, expr, slot);
    if (child !== 0) return { expr: child, slot };
  }
  return undefined;
}

/** Replaces the k-th child. */
export function setChildAt(expr: Expr, k: number, child: Expr): void {
  const shape = SHAPES[raw.ExpressionGetId(expr)];
  if (!shape) throw new Error("expression class without children");
  const rest = k - shape.lead.length;
  const listed = shape.list ? shape.list.count(expr) : 0;
  if (rest < 0) shape.lead[k]?.set(expr, child);
  else if (shape.list && rest < listed) shape.list.set(expr, rest, child);
  else shape.tail[rest - listed]?.set(expr, child);
}

function idOf(name: string): number {
  return (accessors[`${name}Id`] as unknown as () => number)();
}

function shapes(): (Shape | undefined)[] {
  const byId: (Shape | undefined)[] = [];
  for (const [name, children] of Object.entries(CLASSES)) byId[idOf(name)] = accessorShape(name, children);
  for (const [name, slots] of Object.entries(heapSlots())) {
    byId[idOf(name)] = { lead: slots, list: undefined, tail: [] };
  }
  return byId;
}

function accessorShape(name: string, children: string): Shape {
  const lead: Slot[] = [];
  const tail: Slot[] = [];
  let list: ChildList | undefined;
  for (const child of children.split(" ").filter(Boolean)) {
    const listed = /^\[(.*)\]$/.exec(child)?.[1];
    if (listed) list = listOf(name, listed);
    else (list ? tail : lead).push(slotOf(name, child));
  }
  return { lead, list, tail };
}

function slotOf(name: string, child: string): Slot {
  return { get: accessor(`${name}Get${child}`), set: accessor(`${name}Set${child}`) };
}

function listOf(name: string, child: string): ChildList {
  const plural = child === "Child" ? "Children" : child === "CatchBody" ? "CatchBodies" : `${child}s`;
  return {
    count: accessor(`${name}GetNum${plural}`),
    get: accessor(`${name}Get${child}At`),
    set: accessor(`${name}Set${child}At`),
  };
}

function accessor(name: string): (typeof accessors)[string] {
  const found = accessors[name];
  if (!found) throw new Error(`binaryen has no ${name}`);
  return found;
}

/** Whether an expression is a constant: it always yields the same value and has no effects. */
export function isConst(expr: Expr): boolean {
  return raw.ExpressionGetId(expr) === ID.Const;
}

/** Thrown for an instruction whose operands are not accessible: one of a proposal that no engine ships. */
export class UnknownExpression extends Error {
  constructor(id: number) {
    super(`expression class ${id} is not known`);
  }
}
