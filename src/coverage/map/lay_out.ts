/**
 * Maps counts of code to lines of sources. Each line collects the counts of its own code: within one copy of a function
 * (its own code, or an inlined copy) the line ran as often as the stretch of it that ran most; copies of the same
 * source, by inlining and by templates, add up.
 */

import { type CodeRows, type CodeSources, copiesOfRows } from "../sources/code_sources.ts";
import type { CodeCounts } from "./code_counts.ts";
import { type ColumnCounts, columnAt, type FileCounts } from "./line_counts.ts";
import { Retold, type TextOf } from "./retold.ts";

/** How many numbers there are for the copies and stretches of one module. */
const NUMBERS = 2 ** 32;

/** Collects counts of the functions of one module. */
export class Layout {
  readonly #rows: CodeRows;
  readonly #copyOf: Int32Array;
  readonly #first: number;
  /** The counts of each file, by its index in the sources. */
  readonly files: FileCounts[] = [];
  #stretch: number;

  /** @param module number of the module, which distinguishes copies and stretches of modules that share a file */
  constructor(sources: CodeSources, module: number) {
    this.#rows = sources.rows;
    this.#copyOf = copiesOfRows(sources);
    this.#first = module * NUMBERS;
    this.#stretch = this.#first;
  }

  /** Adds a function. @param own number of the function's own code where no copy is known */
  add({ stretches, jumps }: CodeCounts, own: number, textOf: TextOf): void {
    const { start, end, count } = stretches;
    const told = new Retold(this.#rows, stretches, jumps, textOf);
    for (let k = 0; k < start.length; k++)
      this.#addStretch(start[k] as number, end[k] as number, count[k] as number, own, told);
  }

  #addStretch(start: number, end: number, count: number, own: number, told: Retold): void {
    const rows = this.#rows;
    const stretch = this.#stretch++;
    for (let row = rows.firstAfter(start); row < rows.length && (rows.start[row] as number) < end; row++) {
      const line = rows.line[row] as number;
      if (line === 0) continue;
      const column = this.#column(rows.file[row] as number, line, rows.column[row] as number);
      if (column.stretches.at(-1) !== stretch) column.stretches.push(stretch);
      column.copies.raise(this.copyAt(row, own), told.count(row, count));
    }
  }

  /** Notes that a copy ran the line of a row whose code belongs to another copy. */
  addTo(row: number, copy: number, count: number): void {
    const rows = this.#rows;
    const line = rows.line[row] ?? 0;
    if (line === 0) return;
    const { copies } = this.#column(rows.file[row] as number, line, rows.column[row] as number);
    copies.raise(this.#first + NUMBERS / 2 + copy, count);
  }

  /** The copy that a row belongs to, as a number that is unique among all modules. */
  copyAt(row: number, own: number): number {
    const copy = this.#copyOf[row] as number;
    return this.#first + (copy < 0 ? own : NUMBERS / 2 + copy);
  }

  #column(file: number, line: number, column: number): ColumnCounts {
    const lines = this.files[file] ?? new Map<number, ColumnCounts[]>();
    this.files[file] = lines;
    return columnAt(lines, line, column);
  }
}
