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

import { COUNTERS_INIT, IMPORT_MODULE } from "../../abi/hooks.ts";
import { type Expr, lib, type Name, namePointer, raw } from "../ir/binaryen.ts";
import type { Ir } from "../ir/ir.ts";
import { tupleOf } from "../ir/types.ts";
import type { CounterForm, Settings } from "../options.ts";

/** Functions that counters add to the module's imports. */
export const COUNTERS_IMPORTS = 1;

export class Counters {
  private readonly ir: Ir;
  /** Name of the global that has the address. */
  readonly address: Name;
  /** The function that gives a module its counters. */
  private readonly init: Name;
  /** Counters that were given out. */
  private count = 0;

  constructor(ir: Ir) {
    this.ir = ir;
    this.address = ir.name("counters");
    raw.AddGlobal(ir.module, this.address, lib.i32, 1, ir.i32(0));
    this.init = ir.name(COUNTERS_INIT);
    const [module, base] = [namePointer(IMPORT_MODULE), namePointer(COUNTERS_INIT)];
    raw.AddFunctionImport(ir.module, this.init, module, base, tupleOf([lib.i32, lib.i64]), lib.i32);
  }

  /** Gives out the counters of one function. @returns the first one's index */
  take(count: number): number {
    this.count += count;
    return this.count - count;
  }

  /** Code that stands for a step of a counter (site_code.ts). */
  step(index: number): Expr {
    return raw.GlobalSet(this.ir.module, this.address, this.ir.i32(index));
  }

  /** The code that asks for the counters, to be run first. @param sha256 of the original module, in hexadecimal */
  finish(sha256: string): Expr {
    const { ir, address } = this;
    const id = ir.i64(BigInt(`0x${sha256.slice(0, 16)}`));
    const init = ir.call(this.init, [ir.i32(this.count), id], lib.i32);
    return raw.GlobalSet(ir.module, address, init);
  }
}

/** What a site does with its byte. */
export function counterHook({ counters }: Settings): (typeof FORMS)[CounterForm] {
  return FORMS[counters];
}

const FORMS = { "8bit": "__sanitizer_cov_8bit_counter", "bool-flag": "__sanitizer_cov_bool_flag" } as const;
