/**
 * Saves and restores the mutable globals of a module, even those that it does not export and those whose values
 * JavaScript cannot represent: each gets a shadow global, and two exported functions copy the values.
 *
 *     (func (export "kcov.save")    (global.set $kcov.saved.0 (global.get $g)) …)
 *     (func (export "kcov.restore") (global.set $g (global.get $kcov.saved.0)) …)
 */

import { STATE_EXPORTS } from "../../abi/hooks.ts";
import { InstrumentError } from "../../errors.ts";
import { type Expr, lib, type Name, namePointer, nameText, raw, type Type } from "../ir/binaryen.ts";
import type { Ir } from "../ir/ir.ts";

/** A global and its initial value. */
interface MutableGlobal {
  readonly name: Name;
  readonly type: Type;
  /** 0 for an imported one. */
  readonly init: Expr;
}

/**
 * @throws {InstrumentError} ERR_UNSUPPORTED a module, which is still unchanged, has an export with a name from {@link
 * STATE_EXPORTS}
 */
export function checkStateExports(module: number): void {
  const { table, ...others } = STATE_EXPORTS;
  const names: readonly string[] = Object.values(others);
  for (let k = 0; k < raw.GetNumExports(module); k++) {
    const name = nameText(raw.ExportGetName(raw.GetExportByIndex(module, k)));
    if (names.includes(name) || name.startsWith(table))
      throw new InstrumentError("ERR_UNSUPPORTED", `it exports ${name}, as the state option does`);
  }
}

/** The mutable globals that a module has at this point. Imported ones that are not integers are left out. */
export function mutableGlobals(module: number): MutableGlobal[] {
  return Array.from({ length: raw.GetNumGlobals(module) }, (_, k) => raw.GetGlobalByIndex(module, k))
    .filter((global) => raw.GlobalIsMutable(global))
    .map((global) => ({
      name: raw.GlobalGetName(global),
      type: raw.GlobalGetType(global),
      init: raw.GlobalGetInitExpr(global),
    }))
    .filter(({ type, init }) => init !== 0 || INTEGERS.includes(type));
}

const INTEGERS: readonly Type[] = [lib.i32, lib.i64];

/** Code that saves and restores state other than globals. */
export interface OtherState {
  readonly save: readonly Expr[];
  readonly restore: readonly Expr[];
}

/** Adds the shadows and the two functions. */
export function addSaveAndRestore(ir: Ir, globals: readonly MutableGlobal[], other: OtherState): void {
  const shadows = globals.map(({ type, init }, k) => {
    const shadow = ir.name(`saved.${k}`);
    raw.AddGlobal(
      ir.module,
      shadow,
      type,
      1,
      init === 0 ? ir.operand({ type, const: 0n }) : raw.ExpressionCopy(init, ir.module),
    );
    return shadow;
  });
  const copy = (from: (k: number) => Name, to: (k: number) => Name): Expr[] =>
    globals.map(({ type }, k) => raw.GlobalSet(ir.module, to(k), raw.GlobalGet(ir.module, from(k), type)));
  const own = (k: number): Name => globals[k]?.name ?? 0;
  const shadow = (k: number): Name => shadows[k] ?? 0;
  addFunction(ir, "save", [...other.save, ...copy(own, shadow)]);
  addFunction(ir, "restore", [...copy(shadow, own), ...other.restore]);
}

function addFunction(ir: Ir, role: "save" | "restore", code: readonly Expr[]): void {
  const name = ir.name(role);
  raw.AddFunction(ir.module, name, lib.none, lib.none, 0, 0, ir.sequence(lib.none, ...code));
  raw.AddFunctionExport(ir.module, name, namePointer(STATE_EXPORTS[role]));
}
