/** Coverage of one module: its counts mapped to its sources. */

import type { PcFunction } from "../../instrument/pc_table.ts";
import type { ModuleProfile } from "../profile/profile.ts";
import type { CodeCopy, CodeRows, CodeSources, SourceFunction } from "../sources/code_sources.ts";
import { type Choice, type CodeCounts, countCode, SiteCounts, type Stretches } from "./code_counts.ts";
import { Layout } from "./lay_out.ts";
import type { TextOf } from "./retold.ts";
import { SourceCounts } from "./source_counts.ts";

/** How often the code of one function ran. */
export interface CountedFunction extends CodeCounts {
  /** Index among the functions that the module defines. */
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

/** For a function whose sites cannot be located, only that it ran is known: as often as the site that ran most. */
function wholeFunction({ body }: PcFunction, counts: BigUint64Array, first: number, end: number): Stretches {
  let count = 0;
  for (let k = first; k < end; k++) count = Math.max(count, Number(counts[k]));
  return { start: [body[0]], end: [body[1]], count: [count] };
}

/**
 * Maps counts to sources.
 *
 * @param module number of the module among those that are covered
 * @returns counts by file of the sources; undefined for a file from which there is no code
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
  coverBranches(functions, sources, layout, covered, textOf);
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

  /** How often the code at `entry` ran, or if it never did, the part of the ranges that ran most. */
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

/** Adds functions by where they are declared: copies by inlining and by template types count as one. */
function coverFunctions(
  { functions, copies, rows }: CodeSources,
  counts: StretchCounts,
  covered: readonly (SourceCounts | undefined)[],
): void {
  for (const copy of copies) {
    const { file, line, column, name, baseName, isDeclared } = functions[copy.function] as SourceFunction;
    const count = counts.of(copy);
    if (line === 0 || count === undefined) continue;
    const lastLine = Math.max(line, lastLineOf(copy, file, rows));
    covered[file]?.addFunction({ name, baseName, line, column, isDeclared, lastLine, count });
  }
}

/**
 * Counts the first and last lines of functions. They have code only in the function's own body, but inlined copies ran
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

/** Adds choices by their location. The n-th one at a location in one copy is the n-th one in the others. */
function coverBranches(
  functions: readonly CountedFunction[],
  { rows }: CodeSources,
  layout: Layout,
  covered: readonly (SourceCounts | undefined)[],
  textOf: TextOf,
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
      covered[file]?.addBranch({ type, line, column, counts: inOrderOfSource(choice, row, rows, textOf) }, ordinal);
    }
  }
}

/**
 * The counts of a choice, with how often the condition was true first. Compilers invert conditions to leave a block, so
 * the targets of the branch decide: if the condition is true, control continues with what comes next in the source, or
 * back in a loop; after `||` with what comes later. If the targets are unknown, a condition that is negated in the code
 * counts as inverted.
 */
function inOrderOfSource(choice: Choice, row: number, rows: CodeRows, textOf: TextOf): number[] {
  const { kind, counts, negated, leadsTo } = choice;
  if (kind === "select") return negated ? [...counts].reverse() : [...counts];
  if (kind !== "br_if" || !leadsTo) return [...counts];
  const [taken, not] = [placeAfter(leadsTo.taken, row, rows), placeAfter(leadsTo.not, row, rows)];
  if (taken === undefined || not === undefined || taken === not) return negated ? [...counts].reverse() : [...counts];
  const here = placeOf(row, rows);
  const isBack = (place: number): boolean => Math.floor(place / COLUMNS) < (rows.line[row] as number);
  // Code on the same line before the condition runs after both arms: an assignment, for example.
  const isBefore = (place: number): boolean => isSameLine(here, place) && place <= here;
  let first = isBefore(Math.min(taken, not)) ? Math.max(taken, not) : Math.min(taken, not);
  if (isBack(first)) return first === taken ? [...counts] : [...counts].reverse();
  const between = textOf(rows.file[row] as number, rows.line[row] as number)?.slice(
    Math.max((here % COLUMNS) - 1, 0),
    isSameLine(here, first) ? first % COLUMNS : undefined,
  );
  if (isSameLine(here, first) && between !== undefined && /\|\|/.test(between)) first = Math.max(taken, not);
  return first === taken ? [...counts] : [...counts].reverse();
}

/** Factor by which lines and columns are combined into one number. */
const COLUMNS = 10_000;

function placeOf(row: number, rows: CodeRows): number {
  return (rows.line[row] as number) * COLUMNS + Math.min(rows.column[row] as number, COLUMNS - 1);
}

function isSameLine(a: number, b: number): boolean {
  return Math.floor(a / COLUMNS) === Math.floor(b / COLUMNS);
}

/** Location of the first code from the same file at or after an offset. */
function placeAfter(offset: number, like: number, rows: CodeRows): number | undefined {
  for (let row = rows.firstAfter(offset + 1); row < rows.length && row < rows.firstAfter(offset) + 20; row++) {
    if (rows.file[row] === rows.file[like] && rows.line[row] !== 0) return placeOf(row, rows);
  }
  return undefined;
}
