/**
 * Modules that a compiler has instrumented already: what happens to the calls of its hooks, which the module imports or
 * defines. Calls of traced kinds become sites, as if the pass had inserted them; the others are removed. The operands
 * of all calls are evaluated as before.
 *
 *     (call $guard (i32.const 4664))             becomes  what records the offset of the call as a PC
 *     (call $cmp4 (local.get 0) (local.get 1))   becomes  (call $kcov.cmp4 (local.get 0) (local.get 1) (i64.const PC))
 *     (call $gep (local.get 0))                  becomes  nothing
 *
 * Inline counters and flags are found by the load with which each increment begins, at an address in the range that the
 * module passes to `__sanitizer_cov_8bit_counters_init` or `__sanitizer_cov_bool_flag_init`. The increment itself
 * stays.
 *
 * When all calls are gone, the imports are removed. An import that is used in another way, exported or in a table,
 * becomes a function that does nothing.
 */

import { type HookName, IMPORT_MODULE } from "../../abi/hooks.ts";
import { type Expr, type Func, isImported, lib, type Name, nameText, raw } from "../ir/binaryen.ts";
import { childOf, ID, setChildAt, UnknownExpression } from "../ir/expressions.ts";
import { type Ir, replaceExpression } from "../ir/ir.ts";
import { OPERATION } from "../ir/operations.ts";
import { typesOf } from "../ir/types.ts";
import { type Place, walk, walkKnown } from "../ir/walk.ts";
import { addressTaken } from "../module_facts.ts";
import type { AdoptedSite } from "../sites/site.ts";
import { COUNTER_INITS, type CompilerHook, compilerHook, GUARD_INIT } from "./compiler_hooks.ts";
import { Constants } from "./constants.ts";
import { addGuardInit, addSwitch, type Memory } from "./helpers.ts";

/** A hook of the compiler, and what happened to its calls. */
export interface AdoptedHook {
  /** The compiler's name for it; "inline counters" for what it counts without calls. */
  readonly name: string;
  /** Number of its calls that are sites now; the others were removed, or stay if the module defines the hook. */
  readonly sites: number;
  /** Number of its calls in the original. */
  readonly calls: number;
}

/** A hook in the module. */
interface FoundHook {
  readonly hook: CompilerHook;
  readonly index: number;
  readonly func: Name;
  readonly isImported: boolean;
  calls: number;
  sites: number;
}

interface AddressRange {
  readonly start: number;
  readonly stop: number;
}

const INLINE = "inline counters";

export class Adoption {
  private readonly ir: Ir;
  private readonly memory: Memory | undefined;
  private readonly byName: ReadonlyMap<Name, FoundHook>;
  private readonly ranges: readonly AddressRange[];
  private readonly functions: readonly Func[];
  private readonly indices: ReadonlySet<number>;
  private counterAccesses: ReadonlySet<Expr> = NO_ACCESSES;
  private readonly inline = { sites: 0, calls: 0 };
  private switchHelper: Name = 0;
  /** Whether the calls of hooks in all functions could be examined. */
  private isComplete = true;

  /** @returns undefined for a module without any hook */
  static of(
    ir: Ir,
    functions: readonly Func[],
    namesOf: (index: number) => string[],
    memory: Memory | undefined,
  ): Adoption | undefined {
    const found = functions.flatMap((func, index) => foundAt(func, index, namesOf));
    return found.length === 0 ? undefined : new Adoption(ir, functions, found, memory);
  }

  private constructor(ir: Ir, functions: readonly Func[], found: readonly FoundHook[], memory: Memory | undefined) {
    this.ir = ir;
    this.memory = memory;
    this.functions = functions;
    this.indices = new Set(found.map(({ index }) => index));
    this.byName = new Map(found.map((each) => [each.func, each]));
    this.ranges = found.some(({ hook }) => COUNTER_INITS.has(hook.name)) ? this.findRanges() : [];
  }

  /** Whether a function of the original is a hook. */
  isHook(index: number): boolean {
    return this.indices.has(index);
  }

  /** Indices of the hooks whose calls are replaced or removed. */
  get calledIndices(): ReadonlySet<number> {
    return new Set([...this.byName.values()].filter((found) => !this.stays(found)).map(({ index }) => index));
  }

  /** The hook that a direct call calls; undefined for any other function, and for one whose calls stay as they are. */
  hookOf(call: Expr): CompilerHook | undefined {
    const found = this.byName.get(raw.CallGetTarget(call));
    return found && !this.stays(found) ? found.hook : undefined;
  }

  /** Whether calls stay: those of an initialisation that the module defines, and those that number guards. */
  private stays({ hook, isImported }: FoundHook): boolean {
    return hook.name === GUARD_INIT || (hook.kind === undefined && !isImported && hook.parameters.length === 2);
  }

  /** Examines a function whose sites are to be found, before it is changed. */
  begin(func: Func): void {
    this.counterAccesses = this.ranges.length === 0 ? NO_ACCESSES : this.findCounters(func);
  }

  /** Whether a load or store accesses an inline counter. Each increment begins with a load. */
  isCounter(access: Expr): boolean {
    return this.counterAccesses.has(access);
  }

  /** Puts the code that records control flow in place of a call, or in front of the load of a counter. */
  visit(func: Func, site: AdoptedSite, visit: Expr): void {
    const { ir } = this;
    this.count(site, true);
    if (site.hook) replaceExpression(func, site, this.without(site.expr, visit));
    else
      setChildAt(site.expr, 0, ir.sequence(raw.ExpressionGetType(childOf(site.expr, 0)), visit, childOf(site.expr, 0)));
  }

  /** Changes a call into one of the hook that records its operands. */
  record({ expr, hook, kind, offset }: AdoptedSite, hookName: (name: HookName) => Name, pc: bigint): void {
    if (!hook) throw new Error(`a site of the kind ${kind} at ${offset} has no hook`);
    this.count({ hook, expr }, true);
    const target = hook.records === "switch table" ? this.switchWith(hookName) : hookName(hook.records as HookName);
    if (hook.parameters.length === 1 && hook.parameters[0] === "address") this.widen(expr);
    raw.CallSetTarget(expr, target);
    raw.CallAppendOperand(expr, this.ir.i64(pc));
  }

  /**
   * Removes a call that records nothing itself, although it may be a site. Its operands are still evaluated.
   */
  drop(func: Func, site: Pick<AdoptedSite, "expr" | "hook" | "parent" | "slot">, isSite = false): void {
    this.count(site, isSite);
    if (site.hook) replaceExpression(func, site, this.without(site.expr));
  }

  /** Removes all calls from a function that is not instrumented. */
  strip(func: Func): void {
    const calls: Place[] = [];
    const isKnown = walkKnown(func, (place) => {
      if (place.id === ID.Call && this.hookOf(place.expr)) calls.push(place);
    });
    if (!isKnown) this.isComplete = false;
    for (const place of calls) this.drop(func, { ...place, hook: this.hookOf(place.expr) });
  }

  /** Whether switches can be recorded: their cases are in the memory. */
  get hasMemory(): boolean {
    return this.memory !== undefined;
  }

  /** Removes the imports, when nothing else is added to the module. @returns their indices in the original */
  finish(): number[] {
    const { ir } = this;
    const used = addressTaken(ir.module, this.functions);
    const imported = [...this.byName.values()].filter((found) => found.isImported);
    for (const { hook, func, index } of imported) {
      const original = raw.GetFunction(ir.module, func);
      const parameters = raw.FunctionGetParams(original);
      raw.RemoveFunction(ir.module, func);
      const isNumbering = hook.name === GUARD_INIT;
      if (!isNumbering && this.isComplete && !used.has(index)) continue;
      const body = isNumbering ? this.numbering(parameters) : raw.Nop(ir.module);
      raw.AddFunction(ir.module, func, parameters, lib.none, 0, 0, body);
    }
    return imported.map(({ index }) => index);
  }

  /** What happened to the hooks, in the order of the module. */
  get hooks(): readonly AdoptedHook[] {
    const called = [...this.byName.values()].map(({ hook: { name }, calls, sites }) => ({ name, calls, sites }));
    return this.inline.calls === 0 ? called : [...called, { name: INLINE, ...this.inline }];
  }

  private count({ hook, expr }: Pick<AdoptedSite, "hook" | "expr">, isSite: boolean): void {
    const counts = hook ? this.byName.get(raw.CallGetTarget(expr)) : this.inline;
    if (!counts) return;
    counts.calls++;
    if (isSite) counts.sites++;
  }

  /** Replaces a call by its operands, unless they can have no effect, and `instead`. */
  private without(call: Expr, ...instead: Expr[]): Expr {
    const { ir } = this;
    const type = raw.ExpressionGetType(call);
    const operands = this.operandsOf(call).filter((operand) => !EFFECTLESS.has(raw.ExpressionGetId(operand)));
    const rest = [
      ...operands.map((operand) =>
        raw.ExpressionGetType(operand) === lib.unreachable ? operand : raw.Drop(ir.module, operand),
      ),
      ...instead,
      ...(raw.CallIsReturn(call) ? [raw.Return(ir.module, 0)] : []),
    ];
    return rest.length === 0 ? raw.Nop(ir.module) : ir.sequence(type, ...rest);
  }

  private operandsOf(call: Expr): Expr[] {
    const { parameters } = this.byName.get(raw.CallGetTarget(call))?.hook ?? { parameters: [] };
    return parameters.map((_, k) => childOf(call, k));
  }

  /** Extends the address operand of a call to the 64 bits that hooks take. */
  private widen(call: Expr): void {
    const address = childOf(call, 0);
    if (raw.ExpressionGetType(address) !== lib.i32) return;
    setChildAt(call, 0, raw.Unary(this.ir.module, OPERATION.ExtendUInt32, address));
  }

  private switchWith(hookName: (name: HookName) => Name): Name {
    if (!this.memory) throw new Error("a switch without a memory");
    this.switchHelper ||= addSwitch(this.ir, this.memory, hookName("__sanitizer_cov_trace_switch_range"));
    return this.switchHelper;
  }

  private numbering(parameters: number): Expr {
    const { ir, memory } = this;
    const [type = lib.i32] = typesOf(parameters);
    if (!memory || lib[memory.address] !== type) return raw.Nop(ir.module);
    return ir.call(addGuardInit(ir, memory), [ir.get(0, type), ir.get(1, type)]);
  }

  /** The ranges of the compiler's inline counters and flags, as the module itself declares them. */
  private findRanges(): AddressRange[] {
    return this.functions.flatMap((func) => {
      if (isImported(func)) return [];
      const calls: Expr[] = [];
      try {
        walk(func, ({ expr, id }) => {
          if (id === ID.Call && COUNTER_INITS.has(this.byName.get(raw.CallGetTarget(expr))?.hook.name ?? ""))
            calls.push(expr);
        });
        if (calls.length === 0) return [];
        const constants = new Constants(func);
        return calls.flatMap((call) => {
          const [start, stop] = [constants.valueOf(childOf(call, 0)), constants.valueOf(childOf(call, 1))];
          return start !== undefined && stop !== undefined && start < stop ? [{ start, stop }] : [];
        });
      } catch (error) {
        if (error instanceof UnknownExpression) return [];
        throw error;
      }
    });
  }

  private findCounters(func: Func): ReadonlySet<Expr> {
    const constants = new Constants(func);
    const accesses = new Set<Expr>();
    const note = (access: Expr, pointer: Expr, offset: number): void => {
      const address = constants.valueOf(pointer);
      const at = address === undefined ? -1 : address + (offset >>> 0);
      if (this.ranges.some(({ start, stop }) => at >= start && at < stop)) accesses.add(access);
    };
    walk(func, ({ expr, id }) => {
      if (id === ID.Load && raw.LoadGetBytes(expr) === 1) note(expr, raw.LoadGetPtr(expr), raw.LoadGetOffset(expr));
      if (id === ID.Store && raw.StoreGetBytes(expr) === 1) note(expr, raw.StoreGetPtr(expr), raw.StoreGetOffset(expr));
    });
    return accesses;
  }
}

const NO_ACCESSES: ReadonlySet<Expr> = new Set();

/** Expressions that may be omitted if their value is not needed. */
const EFFECTLESS: ReadonlySet<number> = new Set([ID.Const, ID.LocalGet, ID.GlobalGet]);

function foundAt(func: Func, index: number, namesOf: (index: number) => string[]): FoundHook[] {
  const imported = isImported(func);
  if (imported && nameText(raw.FunctionImportGetModule(func)) === IMPORT_MODULE) return [];
  const names = imported ? [nameText(raw.FunctionImportGetBase(func))] : namesOf(index);
  const [parameters, results] = [typesOf(raw.FunctionGetParams(func)), typesOf(raw.FunctionGetResults(func))];
  const types = parameters.map((type) => (type === lib.i32 ? "i32" : type === lib.i64 ? "i64" : "other"));
  for (const name of names) {
    const hook = compilerHook(name, types, results.length);
    if (hook) return [{ hook, index, func: raw.FunctionGetName(func), isImported: imported, calls: 0, sites: 0 }];
  }
  return [];
}
