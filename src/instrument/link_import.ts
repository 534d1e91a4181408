/** The import link: every site calls a hook that the module imports, so that any engine can run it. */

import { type HookName, IMPORT_MODULE } from "../abi/hooks.ts";
import { type Expr, lib, type Name, namePointer, raw } from "./binaryen.ts";
import type { Ir, Locals, Operand } from "./ir.ts";
import { type Link, paramsOf } from "./link.ts";
import { hooksFor, type Settings } from "./options.ts";

/** Imports the hooks that the options may need, whether or not a site calls them: imports depend on options alone. */
export function linkImport(ir: Ir, settings: Settings): Link {
  const hooks = hooksFor(settings);
  const names = new Map<HookName, Name>();
  for (const hook of hooks) {
    const internal = ir.name(hook);
    const base = namePointer(hook);
    raw.AddFunctionImport(ir.module, internal, namePointer(IMPORT_MODULE), base, paramsOf(hook), lib.none);
    names.set(hook, internal);
  }
  const call = (_locals: Locals, hook: HookName, operands: readonly Operand[]): Expr =>
    ir.call(
      names.get(hook) ?? 0,
      operands.map((operand) => ir.operand(operand)),
    );
  return {
    mode: "import",
    addedFunctions: hooks.length,
    call,
    tracePc: (pc) => ir.call(names.get("__sanitizer_cov_trace_pc") ?? 0, [ir.i64(pc)]),
    checkCursor: () => 0,
    complete: (binary) => [binary],
  };
}
