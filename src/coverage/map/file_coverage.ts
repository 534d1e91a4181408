/** Coverage of one source file in istanbul's data model. */

import type { BranchMapping, FileCoverageData, FunctionMapping, Range } from "istanbul-lib-coverage";
import { type ColumnCounts, countOfColumns, type LineCounts } from "./line_counts.ts";
import type { BranchCount, FunctionCount, SourceCounts } from "./source_counts.ts";

/** Key of a file's text in its coverage data: not written as JSON, but kept when maps are merged. */
export const SOURCE_TEXT: unique symbol = Symbol.for("wasm-kcov.sourceText");

/** Coverage data of a file, with its text if that exists only in memory. */
export interface FileCoverageWithText extends FileCoverageData {
  readonly [SOURCE_TEXT]?: string;
}

/** The end column of ranges that extend to the end of their line, in files whose text is not known. */
const FAR_COLUMN = 10_000;

/** Makes the coverage data of a file. @param text the file's text; undefined if it is not available */
export function fileCoverage(path: string, text: string | undefined, counts: SourceCounts): FileCoverageWithText {
  const builder = new FileCoverageBuilder(path, text);
  builder.addLines(counts.lines);
  builder.addFunctions(counts.functions);
  builder.addBranches(counts.branches);
  return builder.finish();
}

class FileCoverageBuilder {
  readonly #text: string | undefined;
  readonly #lines: readonly string[] | undefined;
  readonly #data: FileCoverageData;
  #statements = 0;

  constructor(path: string, text: string | undefined) {
    this.#text = text;
    this.#lines = text?.split("\n");
    this.#data = { path, statementMap: {}, s: {}, fnMap: {}, f: {}, branchMap: {}, b: {} };
  }

  finish(): FileCoverageWithText {
    if (this.#text !== undefined) Object.defineProperty(this.#data, SOURCE_TEXT, { value: this.#text });
    return this.#data;
  }

  /** Adds lines. Skips those that the text does not have: then the file is not the one that was compiled. */
  addLines(lines: ReadonlyMap<number, LineCounts>): void {
    const last = this.#lines?.length ?? Number.POSITIVE_INFINITY;
    for (const line of [...lines.keys()].sort((a, b) => a - b)) {
      if (line <= last) this.#addLine(line, lines.get(line) as LineCounts);
    }
  }

  /**
   * Adds the statements of a line. A statement is what runs as a whole: neighbouring columns with code in the same
   * stretches. So a line whose condition ran but whose body did not is half covered.
   */
  #addLine(line: number, columns: LineCounts): void {
    const sorted = [...columns].sort((a, b) => a.column - b.column);
    let group: ColumnCounts[] = [];
    for (const [k, column] of sorted.entries()) {
      group.push(column);
      const next = sorted[k + 1];
      if (next && hasSameStretches(column, next)) continue;
      // The first statement starts with its line: its column may be that of an operator in the middle.
      const start =
        this.#statements > 0 && group[0] !== sorted[0] ? (group[0] as ColumnCounts).column - 1 : this.#indent(line);
      this.#addStatement(line, start, next && next.column - 1, countOfColumns(group));
      group = [];
    }
  }

  #addStatement(line: number, start: number, end: number | undefined, count: number): void {
    const key = String(this.#statements++);
    const last = end ?? this.#endOf(line);
    this.#data.statementMap[key] = { start: { line, column: Math.min(start, last) }, end: { line, column: last } };
    this.#data.s[key] = count;
  }

  /** Column of the first character of a line that is not white space, from 0. */
  #indent(line: number): number {
    return this.#lines?.[line - 1]?.search(/\S|$/) ?? 0;
  }

  #endOf(line: number): number {
    return this.#lines?.[line - 1]?.trimEnd().length ?? FAR_COLUMN;
  }

  addFunctions(functions: Iterable<FunctionCount>): void {
    let k = 0;
    const sorted = [...functions].sort((a, b) => a.line - b.line || a.column - b.column);
    for (const { name, line, column, lastLine, count } of sorted) {
      const key = String(k++);
      const start = { line, column: Math.max(column - 1, this.#indent(line)) };
      const decl: Range = { start, end: { line, column: Math.max(this.#endOf(line), start.column) } };
      const last = Math.max(lastLine, line);
      const loc: Range = { start, end: { line: last, column: this.#endOf(last) } };
      const mapping: FunctionMapping = { name, decl, loc, line };
      this.#data.fnMap[key] = mapping;
      this.#data.f[key] = count;
    }
  }

  addBranches(branches: Iterable<BranchCount>): void {
    let k = 0;
    // Within a line they keep the order of the code: by the columns of operators, `&&` would come after its right side.
    const sorted = [...branches].sort((a, b) => a.line - b.line);
    for (const { type, line, column, counts } of sorted) {
      const key = String(k++);
      const start = { line, column: Math.max(column - 1, 0) };
      const loc: Range = { start, end: { line, column: Math.max(this.#endOf(line), start.column) } };
      const mapping: BranchMapping = { loc, type, locations: counts.map(() => loc), line };
      this.#data.branchMap[key] = mapping;
      this.#data.b[key] = [...counts];
    }
  }
}

function hasSameStretches({ stretches: a }: ColumnCounts, { stretches: b }: ColumnCounts): boolean {
  return a.length === b.length && a.every((stretch, k) => stretch === b[k]);
}
