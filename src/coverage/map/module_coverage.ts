/** Coverage of one module: its counts laid over its sources. */

import type { PcFunction } from "../../instrument/pc_table.ts";
import type { ModuleProfile } from "../profile/profile.ts";
import type { CodeCopy, CodeRows, CodeSources, SourceFunction } from "../sources/code_sources.ts";
import { type Choice, type CodeCounts, countCode, SiteCounts, type Stretches } from "./code_counts.ts";
import { Layout } from "./lay_out.ts";
import type { TextOf } from "./retold.ts";
import { SourceCounts } from "./source_counts.ts";

/** How often the code of one function ran. */
export interface CountedFunction extends CodeCounts {
  /** Among the functions that the module defines. */
  readonly body: number;
}

/** Counts the code of all functions with sites. */
export function countFunctions({ pcTable, counts }: ModuleProfile, original: Uint8Array): CountedFunction[] {
  const counted: CountedFunction[] = [];
  let first = 0;
  for (const func of pcTable.functions) {
    let end = first;
    while (pcTable.sites[end]?.function === func.index) end++;
    const sites = pcTable.sites.slice(first, end);
    const walked =
      func.exact && pcTable.level === "edge"
        ? countCode(original, func, new SiteCounts(sites, counts, first, pcTable.pcBase))
        : undefined;
    const code = walked ?? { stretches: wholeFunction(func, counts, first, end), choices: [], jumps: [] };
    counted.push({ body: func.index - pcTable.original.importedFunctions, ...code });
    first = end;
  }
  return counted;
}

/** Of a function whose sites cannot be placed no more is known than that it ran: as often as any of them. */
function wholeFunction({ body }: PcFunction, counts: BigUint64Array, first: number, end: number): Stretches {
  let count = 0;
  for (let k = first; k < end; k++) count = Math.max(count, Number(counts[k]));
  return { start: [body[0]], end: [body[1]], count: [count] };
}

/**
 * Lays counts over sources.
 *
 * @param module number of the module among those that are covered
 * @returns by file of the sources, undefined where no code is from one
 */
export function coverSources(
  functions: readonly CountedFunction[],
  sources: CodeSources,
  module: number,
  textOf: TextOf,
): (SourceCounts | undefined)[] {
  const layout = new Layout(sources, module);
  for (const func of functions) layout.add(func, func.body, textOf);
  const covered = layout.files.map((lines) => new SourceCounts(lines));
  const counts = new StretchCounts(functions);
  coverFunctions(sources, counts, covered);
  coverEnds(sources, counts, layout);
  coverBranches(functions, sources, layout, covered);
  return covered;
}

/** Counts by offset, over all functions. */
class StretchCounts {
  readonly #start: number[] = [];
  readonly #end: number[] = [];
  readonly #count: number[] = [];

  constructor(functions: readonly CountedFunction[]) {
    for (const { stretches } of functions) {
      for (let k = 0; k < stretches.start.length; k++) {
        this.#start.push(stretches.start[k] as number);
        this.#end.push(stretches.end[k] as number);
        this.#count.push(stretches.count[k] as number);
      }
    }
  }

  /** How often what is at `entry` ran, or if that was never, whatever ran most of the ranges. */
  of({ ranges, entry }: CodeCopy): number | undefined {
    let atEntry: number | undefined;
    let most: number | undefined;
    const from = entry ?? Math.min(...ranges.map(([start]) => start));
    for (const [start, end] of ranges) {
      for (let k = this.#firstAfter(start); k < this.#start.length && (this.#start[k] as number) < end; k++) {
        const count = this.#count[k] as number;
        most = Math.max(most ?? 0, count);
        if ((this.#start[k] as number) <= from && from < (this.#end[k] as number)) atEntry = count;
      }
    }
    return atEntry || most;
  }

  #firstAfter(offset: number): number {
    let low = 0;
    let high = this.#end.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#end[middle] as number) <= offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Functions by where they are declared: copies for inlining and for the types of a template are one. */
function coverFunctions(
  { functions, copies, rows }: CodeSources,
  counts: StretchCounts,
  covered: readonly (SourceCounts | undefined)[],
): void {
  for (const copy of copies) {
    const { file, line, column, name, baseName } = functions[copy.function] as SourceFunction;
    const count = counts.of(copy);
    if (line === 0 || count === undefined) continue;
    const lastLine = Math.max(line, lastLineOf(copy, file, rows));
    covered[file]?.addFunction({ name, baseName, line, column, lastLine, count });
  }
}

/**
 * The first and the last line of a function have code only where it is a function of its own. What was inlined of it ran
 * them as well.
 */
function coverEnds({ copies, rows }: CodeSources, counts: StretchCounts, layout: Layout): void {
  const ends = new Map<number, readonly number[]>();
  for (const { function: func, parent, ranges } of copies) {
    if (parent < 0)
      ends.set(
        func,
        ranges.flatMap(([start, end]) => [rows.firstAfter(start), rows.at(end - 1)]),
      );
  }
  for (const [k, copy] of copies.entries()) {
    if (copy.parent < 0) continue;
    for (const row of ends.get(copy.function) ?? []) layout.addTo(row, k, counts.of(copy) ?? 0);
  }
}

/** The last line of a function that has code of its own. */
function lastLineOf({ ranges }: CodeCopy, file: number, rows: CodeRows): number {
  let last = 0;
  for (const [start, end] of ranges) {
    const first = rows.firstAfter(start);
    for (let row = first; row < rows.length && (rows.start[row] as number) < end; row++) {
      if (rows.file[row] === file) last = Math.max(last, rows.line[row] as number);
    }
  }
  return last;
}

/** Choices by where they stand. The n-th one of a place in one copy is the n-th one in the others. */
function coverBranches(
  functions: readonly CountedFunction[],
  { rows }: CodeSources,
  layout: Layout,
  covered: readonly (SourceCounts | undefined)[],
): void {
  const ordinals = new Map<string, number>();
  for (const { choices, body } of functions) {
    for (const choice of choices) {
      const row = rows.at(choice.offset);
      const line = row < 0 ? 0 : (rows.line[row] as number);
      if (line === 0) continue;
      const file = rows.file[row] as number;
      const column = rows.column[row] as number;
      const type = choice.kind === "br_table" ? "switch" : "if";
      const within = `${layout.copyAt(row, body)}:${file}:${line}:${column}:${type}`;
      const ordinal = ordinals.get(within) ?? 0;
      ordinals.set(within, ordinal + 1);
      covered[file]?.addBranch({ type, line, column, counts: inOrderOfSource(choice) }, ordinal);
    }
  }
}

/** Of a condition, first how often it was true, as far as that can be told: compilers negate it to leave a block. */
function inOrderOfSource({ kind, counts, negated }: Choice): number[] {
  return kind !== "br_table" && negated ? [...counts].reverse() : [...counts];
}
