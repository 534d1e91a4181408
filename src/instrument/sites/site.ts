/** Sites: places in a function at which something is recorded, or could be. */

import type { CompilerHook } from "../adopt/compiler_hooks.ts";
import type { Expr } from "../ir/binaryen.ts";
import type { SiteKind } from "../pc_table.ts";
import { type ControlFlow, DEAD, type Node } from "./cfg.ts";
import type { List } from "./lists.ts";
import type { NodePlaces } from "./node_places.ts";

/** An operator whose operands may be recorded. */
export interface ValueSite {
  kind: SiteKind;
  /** Offset in the original file: the PC minus `pcBase`. */
  offset: number;
  /** Byte range in the original: for a control-flow site, the code right after it up to the next branch or join. */
  blockStart: number;
  blockEnd: number;
  /** The expression to which it belongs; 0 for an operator that is not a site. */
  expr: Expr;
  /** The sites that imply whether this one was executed (prune.ts); undefined for a site with a hook. */
  impliedBy: readonly ValueSite[] | undefined;
  /** What its count is derived from (flow.ts); undefined for a site that counts, or at which nothing is counted. */
  follows: { readonly from: readonly ValueSite[]; readonly less: readonly ValueSite[] } | undefined;
  /** Its index among the chosen sites of the function. */
  position: number;
  /** Whether its offset is that of an equivalent call of the compiler's hook. */
  isAdopted: boolean;
}

/** A place in control flow where a hook may be called. */
export interface Site extends ValueSite {
  /** The expression's parent (0: the function), and the expression's index among its children. */
  parent: Expr;
  slot: number;
  /** Index among a br_table's labels or a try_table's clauses. */
  index: number;
  /** How many expressions around this one hold an operand in a temporary while it is evaluated. */
  depth: number;
  /** Its node in the control-flow graph. */
  node: Node;
  /** Index of its counter; undefined for a site without one. */
  counter: number | undefined;
}

/** A call of the compiler's own hook, or an increment of one of its inline counters, which has no hook. */
export interface AdoptedSite extends Site {
  hook: CompilerHook | undefined;
}

/** The result of one walk; valid until the next one. */
export interface FunctionSites {
  /** The control-flow sites. */
  readonly sites: List<Site>;
  /** The operators of the traced kinds that record values: those that Binaryen will write, in that order. */
  readonly operators: List<ValueSite>;
  /** All that the compiler inserted. Unreachable sites have no node; those to be removed have no traced kind. */
  readonly adopted: List<AdoptedSite>;
  readonly flow: ControlFlow;
  /** Where calls have returned. */
  readonly calls: NodePlaces;
  /** The loops, by their headers. */
  readonly loops: NodePlaces;
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
