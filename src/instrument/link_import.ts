/** The import link: every site calls a hook that the module imports, so that any engine can run it. */

import { type HookName, IMPORT_MODULE } from "../abi/hooks.ts";
import { type Expr, lib, type Name, namePointer, raw } from "./binaryen.ts";
import type { Locals, Operand } from "./ir.ts";
import { type Link, type LinkContext, paramsOf } from "./link.ts";

/** Imports the hooks that the options may need, whether or not a site calls them: imports depend on options alone. */
export function linkImport(context: LinkContext, hooks: readonly HookName[]): Link {
  const { ir, freshName } = context;
  const names = new Map<HookName, Name>();
  for (const hook of hooks) {
    const internal = freshName(`kcov.${hook}`);
    const base = namePointer(hook);
    raw.AddFunctionImport(ir.module, internal, namePointer(IMPORT_MODULE), base, paramsOf(hook), lib.none);
    names.set(hook, internal);
  }
  return {
    mode: "import",
    addedFunctions: hooks.length,
    call(_locals: Locals, hook: HookName, operands: readonly Operand[]): Expr {
      return ir.call(
        names.get(hook) ?? 0,
        operands.map((operand) => ir.operand(operand)),
      );
    },
  };
}
