/** A function being instrumented, and the code that the pass calls hooks with. */

import type { HookName } from "../abi/hooks.ts";
import { type Expr, type Func, lib, type Name, raw } from "./binaryen.ts";
import type { Counters } from "./counters.ts";
import { type Ir, Locals, type Operand } from "./ir.ts";
import type { Link } from "./link.ts";
import type { ModuleFacts } from "./module_facts.ts";
import { OPERATION } from "./operations.ts";
import type { Settings } from "./options.ts";
import type { SiteKind } from "./pc_table.ts";
import type { Site } from "./sites.ts";

/** What the code of every function of a module is made with. */
export interface TargetContext {
  ir: Ir;
  link: Link;
  settings: Settings;
  /** Kinds of sites that record values for one of the traces. */
  dataKinds: ReadonlySet<SiteKind>;
  module: ModuleFacts;
  /** Undefined where none are asked for. */
  counters: Counters | undefined;
}

export class Target {
  readonly ir: Ir;
  readonly func: Func;
  readonly locals: Locals;
  private readonly context: TargetContext;

  private readonly hasCursor: (site: Site) => boolean;

  /** @param hasCursor whether the function's cursor is valid at a site */
  constructor(context: TargetContext, func: Func, hasCursor: (site: Site) => boolean) {
    this.ir = context.ir;
    this.func = func;
    this.locals = new Locals(func);
    this.context = context;
    this.hasCursor = hasCursor;
  }

  /** The global in which an indirect call leaves its pc. */
  get pending(): Name {
    return this.context.module.pending;
  }

  pcOf(site: Site): Operand & { const: bigint } {
    return { type: lib.i64, const: this.context.settings.pcBase + BigInt(site.offset) };
  }

  /** Records that control came to a site, in every way that is asked for. */
  visit(site: Site): Expr {
    const { settings, counters, link } = this.context;
    const records: Expr[] = [];
    if (settings.trace.includes("pc")) {
      const cursor = this.hasCursor(site) ? "valid" : "stale";
      records.push(link.tracePc(this.pcOf(site).const, cursor));
    }
    if (counters) records.push(link.call(this.locals, counters.hook, [counters.of(site)]));
    return records.length === 1 ? (records[0] as Expr) : this.ir.sequence(lib.none, ...records);
  }

  /** At the head of a loop in which the cursor stays valid. 0 where nothing is to be done. */
  checkCursor(): Expr {
    return this.context.link.checkCursor();
  }

  /** Calls a hook with a site's pc behind the operands. */
  call(hook: HookName, site: Site, ...operands: Operand[]): Expr {
    return this.callAt(hook, this.pcOf(site), ...operands);
  }

  callAt(hook: HookName, pc: Operand, ...operands: Operand[]): Expr {
    return this.context.link.call(this.locals, hook, [...operands, pc]);
  }

  /** Takes the pc that an indirect call left, if there is one, and does something with it. */
  takePending(use: (pc: Operand) => Expr): Expr {
    const { ir, pending } = this;
    const local = this.locals.temporary(lib.i64, "pending");
    const read = raw.LocalTee(ir.module, local, raw.GlobalGet(ir.module, pending, lib.i64), lib.i64);
    const isSet = raw.Binary(ir.module, OPERATION.NeInt64, read, ir.i64(0n));
    const clear = raw.GlobalSet(ir.module, pending, ir.i64(0n));
    return ir.if(isSet, ir.sequence(lib.none, clear, use({ type: lib.i64, local })));
  }
}

/** At the entry of a function that can be called indirectly: reports that call. */
export function announceCallee(target: Target, index: number): void {
  const callee: Operand = { type: lib.i64, const: BigInt(index) };
  const report = target.takePending((pc) => target.callAt("__sanitizer_cov_trace_pc_indir", pc, callee));
  prepend(target, report);
}

/** Puts code in front of a function's body. */
export function prepend({ ir, func }: Target, code: Expr): void {
  const body = raw.FunctionGetBody(func);
  raw.FunctionSetBody(func, ir.sequence(raw.ExpressionGetType(body), code, body));
}
