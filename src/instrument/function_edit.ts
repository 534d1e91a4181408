/** A function being instrumented, and the code that is inserted at its control-flow sites. */

import type { Adoption } from "./adopt/adoption.ts";
import type { Expr, Func } from "./ir/binaryen.ts";
import { type Ir, Locals } from "./ir/ir.ts";
import type { Counters } from "./link/counters.ts";
import type { Link } from "./link/link.ts";
import type { Settings } from "./options.ts";
import type { Site } from "./sites/site.ts";

/** What is used to create the code of every function of a module. */
export interface EditContext {
  ir: Ir;
  link: Link;
  settings: Settings;
  /** The module's counters; undefined if none are requested. */
  counters: Counters | undefined;
  /** What a compiler has inserted; undefined for a module that no compiler has instrumented. */
  adoption: Adoption | undefined;
}

export class FunctionEdit {
  readonly ir: Ir;
  readonly func: Func;
  readonly locals: Locals;
  /** Code that records that control reached a site, in every way that is requested. */
  readonly visit: (site: Site) => Expr;
  private readonly link: Link;

  constructor({ ir, link }: EditContext, func: Func, visit: (site: Site) => Expr) {
    this.ir = ir;
    this.func = func;
    this.locals = new Locals(func);
    this.visit = visit;
    this.link = link;
  }

  /** Code for the head of a loop in which the cursor stays valid. */
  checkCursor(): Expr {
    return this.link.cursor?.check() ?? 0;
  }

  /** Code that makes the cursor valid. */
  loadCursor(): Expr {
    return this.link.cursor?.load() ?? 0;
  }
}
