/**
 * Inline counters: a byte of device memory for every hooked site of control flow. The module asks for its bytes when it
 * is instantiated, so that instances never share them, and keeps the address in a global, which each function reads once:
 *
 *     (global $kcov.counters (mut i32) (i32.const 0))
 *     (func $kcov.start
 *       (global.set $kcov.counters (call $__sanitizer_cov_8bit_counters_init (i32.const <count>) (i64.const <id>)))
 *       (call $<the module's own start function>))
 *
 * The k-th counter belongs to the k-th site of the pc table that is of control flow and has a hook.
 */

import { COUNTERS_INIT, type HookName, IMPORT_MODULE } from "../abi/hooks.ts";
import { type Expr, lib, type Name, namePointer, raw } from "./binaryen.ts";
import type { Ir, Locals, Operand } from "./ir.ts";
import { tupleOf } from "./link.ts";
import type { CounterForm } from "./options.ts";
import { isDataSite } from "./pc_table.ts";
import type { Site } from "./sites.ts";

/** Functions that counters add to the module's imports. */
export const COUNTERS_IMPORTS = 1;

export class Counters {
  /** What a site does with its byte. */
  readonly hook: HookName;
  private readonly ir: Ir;
  private readonly address: Name;
  /** The function that gives a module its counters. */
  private readonly init: Name;
  private readonly indices = new Map<Site, number>();
  private count = 0;
  /** The local that has the address in the function at hand. */
  private local = 0;

  constructor(ir: Ir, form: CounterForm) {
    this.ir = ir;
    this.hook = form === "8bit" ? "__sanitizer_cov_8bit_counter" : "__sanitizer_cov_bool_flag";
    this.address = ir.name("counters");
    raw.AddGlobal(ir.module, this.address, lib.i32, 1, ir.i32(0));
    this.init = ir.name(COUNTERS_INIT);
    const [module, base] = [namePointer(IMPORT_MODULE), namePointer(COUNTERS_INIT)];
    raw.AddFunctionImport(ir.module, this.init, module, base, tupleOf([lib.i32, lib.i64]), lib.i32);
  }

  /** Gives the hooked sites of one function their counters. @param sites in the order of the pc table */
  begin(locals: Locals, sites: readonly Site[]): void {
    this.indices.clear();
    for (const site of sites) if (!isDataSite(site.kind)) this.indices.set(site, this.count++);
    if (this.indices.size > 0) this.local = locals.temporary(lib.i32, "counters");
  }

  /** What a function begins with; 0 for one without counters. */
  prologue(): Expr {
    const { ir, address, local } = this;
    return this.indices.size === 0 ? 0 : ir.set(local, raw.GlobalGet(ir.module, address, lib.i32));
  }

  /** The address of a site's counter. */
  of(site: Site): Operand {
    const index = this.indices.get(site);
    if (index === undefined) throw new Error("a site without a counter");
    return { type: lib.i32, base: { type: lib.i32, local: this.local }, plus: BigInt(index) };
  }

  /** The code that asks for the counters, to be run first. @param sha256 of the original module, in hexadecimal */
  finish(sha256: string): Expr {
    const { ir, address } = this;
    const id = ir.i64(BigInt(`0x${sha256.slice(0, 16)}`));
    const init = ir.call(this.init, [ir.i32(this.count), id], lib.i32);
    return raw.GlobalSet(ir.module, address, init);
  }
}
