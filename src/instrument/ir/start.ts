/** Code of the pass that runs when a module is instantiated, before any code of its own. */

import { type Expr, lib, raw } from "./binaryen.ts";
import type { Ir } from "./ir.ts";

/** Makes the module run `code` at instantiation, and then its own start function. */
export function beginWith(ir: Ir, code: readonly Expr[]): void {
  if (code.length === 0) return;
  const start = raw.GetStart(ir.module);
  const own = start === 0 ? [] : [ir.call(raw.FunctionGetName(start), [])];
  const body = ir.sequence(lib.none, ...code, ...own);
  raw.SetStart(ir.module, raw.AddFunction(ir.module, ir.name("start"), lib.none, lib.none, 0, 0, body));
}
