/** A function being instrumented, and what is inserted at its sites of control flow. */

import type { Adoption } from "./adopt/adoption.ts";
import type { Expr, Func } from "./ir/binaryen.ts";
import { type Ir, Locals } from "./ir/ir.ts";
import type { Counters } from "./link/counters.ts";
import type { Link } from "./link/link.ts";
import type { Settings } from "./options.ts";
import type { Site } from "./sites/site.ts";

/** What the code of every function of a module is made with. */
export interface EditContext {
  ir: Ir;
  link: Link;
  settings: Settings;
  /** The module's counters; undefined where none are asked for. */
  counters: Counters | undefined;
  /** What a compiler has put there; undefined for a module that no compiler has instrumented. */
  adoption: Adoption | undefined;
}

export class FunctionEdit {
  readonly ir: Ir;
  readonly func: Func;
  readonly locals: Locals;
  /** Code that records that control came to a site, in every way that is asked for. */
  readonly visit: (site: Site) => Expr;
  private readonly link: Link;

  constructor({ ir, link }: EditContext, func: Func, visit: (site: Site) => Expr) {
    this.ir = ir;
    this.func = func;
    this.locals = new Locals(func);
    this.visit = visit;
    this.link = link;
  }

  /** Code for the head of a loop in which the cursor stays valid; 0 where none is needed. */
  checkCursor(): Expr {
    return this.link.checkCursor();
  }
}
