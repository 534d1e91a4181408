/** A function being instrumented, and what is inserted at its sites of control flow. */

import { type Expr, type Func, lib, raw } from "./binaryen.ts";
import type { Counters } from "./counters.ts";
import { type Ir, Locals } from "./ir.ts";
import type { Link } from "./link.ts";
import type { Settings } from "./options.ts";
import type { Site } from "./sites.ts";

/** What the code of every function of a module is made with. */
export interface TargetContext {
  ir: Ir;
  link: Link;
  settings: Settings;
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

  /** Records that control came to a site, in every way that is asked for. */
  visit(site: Site): Expr {
    const { settings, counters, link, ir } = this.context;
    const step = counters?.step(site);
    if (!settings.trace.includes("pc")) return step ?? raw.Nop(ir.module);
    const record = link.tracePc(site.offset, this.hasCursor(site) ? "valid" : "stale");
    return step === undefined ? record : ir.sequence(lib.none, record, step);
  }

  /** At the head of a loop in which the cursor stays valid. 0 where nothing is to be done. */
  checkCursor(): Expr {
    return this.context.link.checkCursor();
  }
}
