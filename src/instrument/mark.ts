/**
 * The second stage of a module: its functions, one after the other. Each function's tree gets markers at its sites, its
 * entry is added to the pc table, and a plan says what is to be done when it is written.
 */

import type { FunctionPlan } from "./code/site_expansion.ts";
import {
  emptyPlan,
  type FunctionTools,
  instrumentFunction,
  onlyComparisons,
  toolsFor,
  withChecks,
  withMarks,
} from "./function.ts";
import type { Func } from "./ir/binaryen.ts";
import { UnknownExpression } from "./ir/expressions.ts";
import type { PcTableWriter } from "./pc_table_format.ts";
import type { Prepared } from "./prepare.ts";
import type { LeftOut } from "./result.ts";
import type { Body } from "./sites/offsets.ts";

/** The result for all functions. */
export interface Marked {
  /** What is to be done when functions are written, by their indices among those that the module defines. */
  readonly plans: ReadonlyMap<number, FunctionPlan>;
  /** Number of functions with sites. */
  readonly instrumented: number;
  readonly sites: { readonly hooked: number; readonly pruned: number };
  /** Functions with unknown expressions. */
  readonly unknown: readonly LeftOut[];
  /** Indices of functions whose PCs are not those of the instructions. */
  readonly inexact: readonly number[];
}

/** @param table receives the entries of the functions */
export function markFunctions(prepared: Prepared, table: PcTableWriter): Marked {
  const marker = new FunctionMarker(prepared, table);
  prepared.bodies.forEach((_, place) => {
    marker.mark(place);
  });
  marker.markHeap();
  return marker;
}

/** The index of a function that is not in the original. */
const NO_INDEX = -1;

class FunctionMarker implements Marked {
  readonly plans = new Map<number, FunctionPlan>();
  instrumented = 0;
  readonly sites = { hooked: 0, pruned: 0 };
  readonly unknown: LeftOut[] = [];
  readonly inexact: number[] = [];
  private readonly prepared: Prepared;
  private readonly table: PcTableWriter;
  /** The tools, by how much of a function is to be instrumented. */
  private readonly tools: {
    readonly all: FunctionTools;
    readonly comparisons: FunctionTools | undefined;
    readonly none: undefined;
  };
  private readonly leftOut: ReadonlySet<number>;

  constructor(prepared: Prepared, table: PcTableWriter) {
    const { ir, input, link, parts, facts } = prepared;
    const { counters, adoption } = parts;
    const all = toolsFor({ ir, link, settings: input.settings, counters, adoption }, facts);
    this.prepared = prepared;
    this.table = table;
    this.tools = { all, comparisons: onlyComparisons(all), none: undefined };
    this.leftOut = new Set(input.leftOut.map(({ index }) => index));
  }

  /** Marks a function, given by its index among those that the module defines. */
  mark(place: number): void {
    const { functions, importedFunctions, bodies, input, parts } = this.prepared;
    const index = importedFunctions + place;
    const [func, range] = [functions[index], bodies[place]];
    if (func === undefined || !range) return;
    const { memory, adoption, sanitizer } = parts;
    const body: Body = { bytes: input.bytes, ...range };
    const isLeftOut = this.leftOut.has(index);
    // Checks and writes are found before the tree is changed.
    const writes = memory?.find(func, !isLeftOut);
    const tools = this.toolsOf(index);
    const checks = isLeftOut ? undefined : sanitizer?.plan(func, body);
    let plan = tools && this.addHooks(tools, func, index, body);
    if (!plan && !adoption?.isHook(index)) adoption?.strip(func);
    if (checks) plan = withChecks(plan ?? emptyPlan(func, index, body.start), checks);
    if (memory && writes && writes.size > 0) {
      memory.insert(func, writes);
      plan = withMarks(plan ?? emptyPlan(func, index, body.start));
    }
    if (plan) this.plans.set(place, plan);
  }

  /** The tools for a function; undefined: none. Filters see every function, so that unmatched patterns are known. */
  private toolsOf(index: number): FunctionTools | undefined {
    const { choice, namesOf, parts } = this.prepared;
    const extent = choice.extentOf(index, namesOf(index));
    return this.leftOut.has(index) || parts.adoption?.isHook(index) ? undefined : this.tools[extent];
  }

  private addHooks(tools: FunctionTools, func: Func, index: number, body: Body): FunctionPlan | undefined {
    try {
      const { entry, plan } = instrumentFunction(tools, func, index, body);
      if (!entry) return plan;
      this.table.add(entry);
      if (!entry.exact) this.inexact.push(index);
      this.instrumented++;
      for (const { impliedBy } of entry.sites) this.sites[impliedBy ? "pruned" : "hooked"]++;
      return plan;
    } catch (error) {
      if (!(error instanceof UnknownExpression)) throw error;
      this.unknown.push({ index, reason: error.message });
      return undefined;
    }
  }

  /** Marks the writes of the sanitizer's heap, which writes to the module's memory, too. */
  markHeap(): void {
    const { memory, sanitizer } = this.prepared.parts;
    for (const { func, place } of sanitizer?.heapFunctions() ?? []) {
      const writes = memory?.find(func, true);
      if (!memory || !writes || writes.size === 0) continue;
      memory.insert(func, writes);
      this.plans.set(place, withMarks(emptyPlan(func, NO_INDEX, 0)));
    }
  }
}
