/** Sites: places of a function at which something is recorded, or could be. */

import type { CompilerHook } from "../adopt/compiler_hooks.ts";
import type { Expr } from "../ir/binaryen.ts";
import type { SiteKind } from "../pc_table.ts";
import { type ControlFlow, DEAD, type Node } from "./cfg.ts";
import type { List } from "./lists.ts";

/** An operator whose operands may be recorded. */
export interface ValueSite {
  kind: SiteKind;
  /** Offset in the original file, the PC less `pcBase`. */
  offset: number;
  /** Byte range of the original: for a site of control flow what runs straight after it, up to the next branch or join. */
  blockStart: number;
  blockEnd: number;
  /** The expression it belongs to; 0 for an operator that is no site. */
  expr: Expr;
  /** The sites that tell whether this one was executed (prune.ts); undefined for a site with a hook. */
  impliedBy: readonly ValueSite[] | undefined;
  /** What its count follows from (flow.ts); undefined for a site that counts, or none that anything is counted of. */
  follows: { readonly from: readonly ValueSite[]; readonly less: readonly ValueSite[] } | undefined;
  /** Its place among the sites of the function that were chosen. */
  position: number;
  /** Whether its offset is that of a call of the compiler's hook, which says the same. */
  isAdopted: boolean;
}

/** A place in control flow where a hook may be called. */
export interface Site extends ValueSite {
  /** The expression's parent (0: the function) and which child of it this is. */
  parent: Expr;
  slot: number;
  /** Which of a br_table's labels or a try_table's clauses. */
  index: number;
  /** How many expressions around this one hold an operand in a temporary while it is evaluated. */
  depth: number;
  /** Its node in the control-flow graph. */
  node: Node;
  /** Index of its counter; undefined for a site that has none. */
  counter: number | undefined;
}

/** A call of the compiler's own hook, or a step of its inline counters, which has none. */
export interface AdoptedSite extends Site {
  hook: CompilerHook | undefined;
}

/** What one walk found, until the next one. */
export interface FunctionSites {
  /** The sites of control flow. */
  readonly sites: List<Site>;
  /** The operators that record values, of the traced kinds, as many as Binaryen will write and in that order. */
  readonly operators: List<ValueSite>;
  /** What the compiler put there, all of it: what cannot be reached has no node, what is to go away no kind that is traced. */
  readonly adopted: List<AdoptedSite>;
  readonly flow: ControlFlow;
  /** Whether every site's offset is that of its own operator. */
  readonly exact: boolean;
}

export function noValueSite(): ValueSite {
  return {
    kind: "cmp",
    offset: 0,
    blockStart: 0,
    blockEnd: 0,
    expr: 0,
    impliedBy: undefined,
    follows: undefined,
    position: 0,
    isAdopted: false,
  };
}

export function noSite(): Site {
  const edge = { parent: 0, slot: 0, index: 0, depth: 0, node: DEAD, counter: undefined };
  return { ...noValueSite(), kind: "entry", ...edge };
}

export function noAdoptedSite(): AdoptedSite {
  return { ...noSite(), isAdopted: true, hook: undefined };
}
