/**
 * Counts that do not follow from a line's code alone. Compilers give some code the line of a brace or a loop's header,
 * although it runs more or less often than a reader expects of that line:
 *
 * - the jump back to a loop's beginning has the line of `for` or `while`, which was reached even without a jump back;
 * - the jump from the end of a first arm has the line of `} else {`, which also begins the other arm;
 * - all exits of a function meet at its closing brace, which is reached only by those that did not `return` before.
 *
 * llvm-cov counts all three as a reader would, and so does this.
 */

import type { CodeRows } from "../sources/code_sources.ts";
import type { Jump, Stretches } from "./code_counts.ts";

/** Text of a line of a file, with lines from 1; undefined if it is not known. */
export type TextOf = (file: number, line: number) => string | undefined;

/** The corrected counts of one function. */
export class Retold {
  readonly #rows: CodeRows;
  readonly #stretches: Stretches;
  readonly #textOf: TextOf;
  /** Counts of rows that differ from those of their code. */
  readonly #counts = new Map<number, number>();

  constructor(rows: CodeRows, stretches: Stretches, jumps: readonly Jump[], textOf: TextOf) {
    this.#rows = rows;
    this.#stretches = stretches;
    this.#textOf = textOf;
    for (const jump of jumps) {
      const row = rows.at(jump.offset);
      if (row < 0 || rows.start[row] !== jump.offset || rows.line[row] === 0) continue;
      if (jump.toLoop) this.#loopHeader(row, jump);
      else this.#elseBrace(row, jump);
    }
    this.#closingBrace(jumps);
  }

  /** How often a row counts as having run, if a stretch of it ran `count` times. */
  count(row: number, count: number): number {
    return this.#counts.get(row) ?? count;
  }

  #loopHeader(row: number, { target, count }: Jump): void {
    const rows = this.#rows;
    const inside = this.#firstLineAfter(target, rows.file[row] as number);
    if (inside === undefined || (rows.line[row] as number) > inside) return;
    if (this.#textAt(row)?.startsWith("continue")) return;
    this.#counts.set(row, Math.max(count, this.#countAfter(target) ?? 0));
  }

  #elseBrace(row: number, { offset, count }: Jump): void {
    const text = this.#textAt(row);
    if (text === undefined || !/^\}\s*else\b\s*(?!if\b)\S/.test(text)) return;
    this.#counts.set(row, Math.max(count, this.#countAfter(offset) ?? 0));
  }

  /** Subtracts from the last stretch of a function what came from a `return`, if control also reaches it otherwise. */
  #closingBrace(jumps: readonly Jump[]): void {
    const { start, end, count } = this.#stretches;
    const rows = this.#rows;
    let last = start.length - 1;
    const brace = last < 0 ? -1 : rows.at((end[last] as number) - 1);
    if (brace < 0 || this.#textAt(brace)?.startsWith("}") !== true) return;
    // The `end` of the function is a stretch of its own.
    while (last > 0 && (start[last] as number) > (rows.start[brace] as number)) last--;
    // The single byte before the stretch is the `end` to which they jump.
    const returns = jumps.filter(({ target, offset }) => target + 1 === start[last] && this.#isReturn(offset));
    if (returns.length === 0) return;
    const others = (count[last] as number) - returns.reduce((sum, jump) => sum + jump.count, 0);
    if (others > 0 || this.#fallsInto(start[last] as number)) this.#counts.set(brace, Math.max(others, 0));
  }

  #isReturn(offset: number): boolean {
    const row = this.#rows.at(offset);
    return row >= 0 && (this.#textAt(row)?.startsWith("return") ?? false);
  }

  /** Whether control falls through to a stretch from the code before it. */
  #fallsInto(start: number): boolean {
    return this.#stretches.end.some((end) => end === start - 1 && !this.#isReturn(end - 1));
  }

  #firstLineAfter(offset: number, file: number): number | undefined {
    const rows = this.#rows;
    const end = this.#stretches.end.at(-1) ?? 0;
    for (let row = rows.firstAfter(offset); row < rows.length && (rows.start[row] as number) < end; row++) {
      if (rows.file[row] === file && (rows.line[row] as number) > 0) return rows.line[row];
    }
    return undefined;
  }

  /** The count of the first stretch that begins after an offset. */
  #countAfter(offset: number): number | undefined {
    const { start, count } = this.#stretches;
    let low = 0;
    let high = start.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((start[middle] as number) <= offset) low = middle + 1;
      else high = middle;
    }
    return count[low];
  }

  /** The text of a row's line from its column on. */
  #textAt(row: number): string | undefined {
    const rows = this.#rows;
    const text = this.#textOf(rows.file[row] as number, rows.line[row] as number);
    return text?.slice(Math.max((rows.column[row] as number) - 1, 0)).trimStart();
  }
}
