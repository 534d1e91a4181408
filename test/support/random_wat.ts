/**
 * Random modules that always end: loops and calls burn fuel and trap without it. Everything the pass changes turns up
 * in any nesting: branches with and without values, tables, comparisons of all widths, divisions, memory, indirect
 * calls, exceptions, globals.
 */

/** A small generator of numbers (mulberry32); the same seed makes the same module. */
export function randomNumbers(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

type Type = "i32" | "i64" | "f32" | "f64";
const TYPES: readonly Type[] = ["i32", "i64", "f32", "f64"];
const FUNCTIONS = 5;
/** Types of every function's locals, its parameters first. */
const LOCALS: readonly Type[] = ["i32", "i64", "i32", "i64", "f32", "f64"];

interface Label {
  name: string;
  /** What a branch to it sends; loops take nothing. */
  type: Type | undefined;
}

/** What a module has besides. */
export interface RandomModuleOptions {
  /** Calls of the import `env.host: (i32) → ()`, with numbers below 16, and tail calls. */
  host?: boolean;
  /** Exceptions; default true. */
  exceptions?: boolean;
}

/** The text of a module with exports `f0` … `f4` of type (i32, i64) → i32 or i64, `memory` and `global`. */
export function randomModule(seed: number, { host = false, exceptions = true }: RandomModuleOptions = {}): string {
  return new Generator(randomNumbers(seed), host, exceptions).module();
}

class Generator {
  private readonly below: (limit: number) => number;
  private labels: Label[] = [];
  private count = 0;

  private readonly host: boolean;
  private readonly exceptions: boolean;
  /** What the function at hand returns. */
  private result: Type = "i32";

  constructor(below: (limit: number) => number, host: boolean, exceptions: boolean) {
    this.below = below;
    this.host = host;
    this.exceptions = exceptions;
  }

  module(): string {
    const functions = Array.from({ length: FUNCTIONS }, (_, k) => this.function(k)).join("\n");
    return `(module ${this.host ? '(import "env" "host" (func $host (param i32)))' : ""}
      (type $i32 (func (param i32 i64) (result i32))) (type $i64 (func (param i32 i64) (result i64)))
      (memory (export "memory") 1 2) (global $fuel (mut i32) (i32.const 0)) (global $g (export "global") (mut i64) (i64.const 1))
      ${this.exceptions ? "(tag $e (param i32)) (tag $none)" : ""}
      (table 8 funcref) (elem (i32.const 0) $f0 $f1 $f2 $f3 $f4)
      (data (i32.const 0) "\\01\\80\\ff\\7f\\00\\ff\\ff\\fe random bytes to compare")
      (func $burn (global.set $fuel (i32.sub (global.get $fuel) (i32.const 1)))
        (if (i32.lt_s (global.get $fuel) (i32.const 0)) (then (unreachable))))
      (func (export "refuel") (global.set $fuel (i32.const 600)))
      ${functions})`;
  }

  private function(k: number): string {
    const type: Type = k % 2 === 0 ? "i32" : "i64";
    this.labels = [];
    this.result = type;
    const statements = Array.from({ length: 1 + this.below(4) }, () => this.statement(4)).join(" ");
    return `(func $f${k} (export "f${k}") (param i32 i64) (result ${type}) (local i32 i64 f32 f64)
      (call $burn) ${statements} ${this.value(type, 4)})`;
  }

  private pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }

  private local(type: Type): number {
    return this.pick(LOCALS.flatMap((each, k) => (each === type ? [k] : [])));
  }

  private statement(depth: number): string {
    const target = this.pick(TYPES);
    const simple = [
      () => `(local.set ${this.local(target)} ${this.value(target, depth - 1)})`,
      () => `(global.set $g ${this.value("i64", depth - 1)})`,
      () => this.store(depth - 1),
      () => `(drop ${this.value(target, depth - 1)})`,
      ...(this.host ? [() => this.hostCall(), () => this.hostCall(), () => this.tailCall(depth)] : []),
    ];
    const nested = [
      () => `(if ${this.value("i32", depth - 1)} (then ${this.body(depth)}))`,
      () => `(if ${this.value("i32", depth - 1)} (then ${this.body(depth)}) (else ${this.body(depth)}))`,
      () => this.inside(undefined, false, (name) => `(block ${name} ${this.body(depth)})`),
      () => this.inside(undefined, true, (name) => `(loop ${name} (call $burn) ${this.body(depth)})`),
      () => this.branch(depth),
      ...(this.exceptions ? [() => this.legacyTry(depth), () => this.tryTable(depth)] : []),
    ];
    return this.pick(depth > 0 ? [...simple, ...nested, ...nested] : simple)();
  }

  private hostCall(): string {
    return `(call $host (i32.const ${this.below(16)}))`;
  }

  private tailCall(depth: number): string {
    const callee = this.pick(this.result === "i32" ? ["$f0", "$f2", "$f4"] : ["$f1", "$f3"]);
    const call = `(return_call ${callee} ${this.value("i32", depth - 2)} ${this.value("i64", depth - 2)})`;
    return `(if ${this.value("i32", depth - 2)} (then ${call}))`;
  }

  private body(depth: number): string {
    return Array.from({ length: 1 + this.below(2) }, () => this.statement(depth - 1)).join(" ");
  }

  private inside(type: Type | undefined, isLoop: boolean, make: (name: string) => string): string {
    const name = `$l${this.count++}`;
    this.labels.push({ name, type: isLoop ? undefined : type });
    const text = make(name);
    this.labels.pop();
    return text;
  }

  private branch(depth: number): string {
    const free = this.labels.filter(({ type }) => type === undefined).map(({ name }) => name);
    if (free.length === 0) return "(nop)";
    const targets = Array.from({ length: 1 + this.below(5) }, () => this.pick(free)).join(" ");
    const biased = `(i32.sub ${this.value("i32", depth - 1)} (i32.const ${this.below(9)}))`;
    return this.pick([
      () => `(br_if ${this.pick(free)} ${this.value("i32", depth - 1)})`,
      () => `(br_if ${this.pick(free)} ${this.value("i32", depth - 1)})`,
      () => `(if ${this.value("i32", depth - 1)} (then (br ${this.pick(free)})))`,
      () => `(if ${this.value("i32", depth - 1)} (then (br_table ${targets} ${biased})))`,
      () => `(br_table ${targets} ${this.value("i32", depth - 1)})`,
    ])();
  }

  private legacyTry(depth: number): string {
    const caught = `(catch $e (local.set 0 (pop i32)) ${this.body(depth)})`;
    return `(try (do ${this.body(depth)} ${this.thrown(depth)}) ${caught} (catch_all ${this.body(depth)}))`;
  }

  private tryTable(depth: number): string {
    return this.inside(undefined, false, (all) => {
      const caught = `$c${this.count++}`;
      const tried = `(try_table (catch $e ${caught}) (catch_all ${all}) ${this.body(depth)} ${this.thrown(depth)})`;
      return `(block ${all} (local.set 0 (block ${caught} (result i32) ${tried} (br ${all}))))`;
    });
  }

  private thrown(depth: number): string {
    const thrown = this.pick([`(throw $e ${this.value("i32", depth - 2)})`, "(throw $none)"]);
    return `(if ${this.value("i32", depth - 2)} (then ${thrown}))`;
  }

  private value(type: Type, depth: number): string {
    const leaves = [() => this.constant(type), () => `(local.get ${this.local(type)})`];
    if (depth <= 0) return this.pick(leaves)();
    const shared = [
      ...leaves,
      () =>
        `(if (result ${type}) ${this.value("i32", depth - 1)} (then ${this.value(type, depth - 1)}) (else ${this.value(type, depth - 1)}))`,
      () => `(local.tee ${this.local(type)} ${this.value(type, depth - 1)})`,
      () => `(select ${this.value(type, depth - 1)} ${this.value(type, depth - 1)} ${this.value("i32", depth - 1)})`,
      () => this.valueBlock(type, depth),
    ];
    const own = type === "i32" || type === "i64" ? this.integer(type, depth) : this.float(type, depth);
    return this.pick([...shared, ...own, ...own])();
  }

  private valueBlock(type: Type, depth: number): string {
    return this.inside(type, false, (name) => {
      const sent = `(br_if ${name} ${this.value(type, depth - 1)} ${this.value("i32", depth - 1)})`;
      const before = this.below(2) ? this.statement(depth - 1) : "";
      return `(block ${name} (result ${type}) ${before} ${this.below(2) ? sent : this.value(type, depth - 1)})`;
    });
  }

  private constant(type: Type): string {
    const small = [0, 1, -1, 2, 7, 127, 128, 255, 256, 65535, -128, 2147483647, this.below(1 << 16)];
    return `(${type}.const ${this.pick(small)}${type.startsWith("f") ? ".5" : ""})`;
  }

  /** Traps end a call, so most operands are kept from them. */
  private divisor(type: Type, value: string): string {
    return this.below(8) ? `(${type}.or ${value} (${type}.const 1))` : value;
  }

  private address(depth: number): string {
    const any = this.value("i32", depth - 1);
    return this.below(8) ? `(i32.and ${any} (i32.const 0xff))` : any;
  }

  private store(depth: number): string {
    const op = this.pick(["i32.store", "i32.store8", "i32.store16", "i64.store", "i64.store32", "f64.store"]);
    const type = op.slice(0, 3) as Type;
    return `(${op} offset=${this.below(9)} ${this.address(depth)} ${this.value(type, depth - 1)})`;
  }

  private integer(type: "i32" | "i64", depth: number): (() => string)[] {
    const a = () => this.value(type, depth - 1);
    const loads =
      type === "i32" ? ["load", "load8_s", "load8_u", "load16_s", "load16_u"] : ["load", "load8_u", "load32_s"];
    const ops = ["add", "sub", "mul", "and", "or", "xor", "shl", "shr_u", "shr_s", "rotl"];
    const unary =
      type === "i32" ? ["clz", "ctz", "popcnt", "extend8_s", "extend16_s"] : ["clz", "extend8_s", "extend32_s"];
    const callee = this.pick(["$f0", "$f2", "$f4"]);
    const own = [
      () => `(${type}.${this.pick(ops)} ${a()} ${a()})`,
      () => `(${type}.${this.pick(unary)} ${a()})`,
      () => `(${type}.${this.pick(["div_s", "div_u", "rem_s", "rem_u"])} ${a()} ${this.divisor(type, a())})`,
      () => `(${type}.${this.pick(loads)} offset=${this.below(5)} ${this.address(depth)})`,
      () =>
        `(call_indirect (type $${type}) ${this.value("i32", depth - 1)} ${this.value("i64", depth - 1)} ${this.tableIndex(type, depth)})`,
    ];
    if (type === "i64")
      return [...own, () => `(i64.extend_i32_u ${this.value("i32", depth - 1)})`, () => "(global.get $g)"];
    return [
      ...own,
      () => `(call ${callee} ${this.value("i32", depth - 1)} ${this.value("i64", depth - 1)})`,
      () => this.comparison(depth),
      () => this.comparison(depth),
      () => `(i32.eqz ${this.value("i32", depth - 1)})`,
      () => `(i32.wrap_i64 ${this.value("i64", depth - 1)})`,
    ];
  }

  /** Functions of even index return i32, the others i64. */
  private tableIndex(type: Type, depth: number): string {
    const index = this.value("i32", depth - 1);
    const even = `(i32.and ${index} (i32.const 2))`;
    return this.below(8) ? (type === "i32" ? even : `(i32.or ${even} (i32.const 1))`) : index;
  }

  private comparison(depth: number): string {
    const type = this.pick(TYPES);
    const ops = type.startsWith("f")
      ? ["eq", "lt", "ge"]
      : ["eq", "ne", "lt_s", "lt_u", "gt_s", "le_u", "ge_s", "ge_u"];
    return `(${type}.${this.pick(ops)} ${this.value(type, depth - 1)} ${this.value(type, depth - 1)})`;
  }

  private float(type: "f32" | "f64", depth: number): (() => string)[] {
    return [
      () =>
        `(${type}.${this.pick(["add", "mul", "min"])} ${this.value(type, depth - 1)} ${this.value(type, depth - 1)})`,
      () => `(${type}.convert_i32_s ${this.value("i32", depth - 1)})`,
    ];
  }
}
