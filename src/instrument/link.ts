/** How instrumented code reaches the hooks. */

import type { HookName } from "../abi/hooks.ts";
import type { Expr, Name } from "./binaryen.ts";
import type { Ir, Locals, Operand } from "./ir.ts";

/** Names of the two link modes. */
export type LinkMode = "fused" | "import";

export interface Link {
  readonly mode: LinkMode;
  /** Functions that were added to the module's imports. */
  readonly addedFunctions: number;
  /** Code that calls a hook, in a function whose temporaries are `locals`. Operands are in the hook's order. */
  call(locals: Locals, hook: HookName, operands: readonly Operand[]): Expr;
}

/** What a link mode works with. */
export interface LinkContext {
  ir: Ir;
  /** A name in the module that nothing else has. */
  freshName(text: string): Name;
}
