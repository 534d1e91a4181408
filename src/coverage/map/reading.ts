/**
 * Corrects counts of lines where a reader expects something else than the line's code alone says. Lines count as in
 * llvm-cov: by what was being executed when control came to the beginning of the line, and by what begins on it.
 *
 * - The closing brace of a body that ends with a `return` counts like the code before the last statement that may leave
 *   early: in the code all exits meet at the brace, but in the source none passes through it.
 * - `} else if (…) {` also ends the first arm.
 * - A line that continues an expression (`&& …`, `? …`) begins while that is evaluated.
 * - A line with only a comment has no code, even if the compiler assigns generated code to it: rustc gives code that
 *   drops values the first line of a file.
 * - A function that ran began with its first statements, wherever the optimiser moved their code.
 *
 * All of this is derived from the text, by indentation and keywords, for languages with C-like syntax.
 */

import { countOfLine, type FileCounts } from "./line_counts.ts";
import type { SourceCounts } from "./source_counts.ts";

/** Keywords after which the rest of a block may not run. */
const LEAVES = /\b(return|goto|throw|co_return|break|continue)\b/;

/** Corrects the counts of a file's lines. @param text the lines of the file */
export function readAsSource(counts: SourceCounts, text: readonly string[]): void {
  new Reading(counts, text).run();
}

class Reading {
  readonly #counts: SourceCounts;
  readonly #lines: FileCounts;
  readonly #text: readonly string[];

  constructor(counts: SourceCounts, text: readonly string[]) {
    this.#counts = counts;
    this.#lines = counts.lines;
    this.#text = text.map(withoutNoise);
  }

  run(): void {
    for (const line of [...this.#lines.keys()]) {
      if (this.#text[line - 1]?.trim() === "") this.#lines.delete(line);
    }
    for (const { line, lastLine, count, isDeclared } of this.#counts.functions) {
      // Without its declaration, the indentation of the function's own block is unknown.
      if (!isDeclared) continue;
      const statements = this.#statements(line, lastLine);
      if (count > 0) this.#begin(statements, lastLine, count);
      if (/^\s*\}/.test(this.#textOf(lastLine))) this.#closingBrace(lastLine, statements);
    }
    const before = new Map([...this.#lines.keys()].map((line) => [line, this.#count(line)]));
    for (const line of [...before.keys()].sort((a, b) => a - b)) {
      const text = this.#textOf(line).trimStart();
      if (/^\}\s*else\b/.test(text)) this.#raise(line, this.#countOfBlockBefore(line));
      else if (/^(&&|\|\||\?(?!\?)|:(?!:))/.test(text)) this.#raise(line, this.#countOfExpression(line, before));
    }
  }

  #textOf(line: number): string {
    return this.#text[line - 1] ?? "";
  }

  /** Lines on which statements of the block between two lines begin: those with the indentation of the block. */
  #statements(after: number, before: number): number[] {
    const inside: number[] = [];
    let least = Number.POSITIVE_INFINITY;
    for (let line = after + 1; line < before; line++) {
      const indent = indentOf(this.#textOf(line));
      if (indent < 0 || indent > least) continue;
      if (indent < least) inside.length = 0;
      least = indent;
      inside.push(line);
    }
    return inside;
  }

  /** Counts the first statements of a function, up to the first one that may leave it. */
  #begin(statements: readonly number[], lastLine: number, count: number): void {
    for (const [k, line] of statements.entries()) {
      this.#raise(line, count);
      if (this.#leavesBetween(line, statements[k + 1] ?? lastLine)) return;
    }
  }

  #closingBrace(brace: number, statements: readonly number[]): void {
    const count = this.#countAtBrace(statements);
    if (count !== undefined && this.#lines.has(brace)) this.#set(brace, count);
  }

  /** The count of the brace after statements, if the last of them always leaves the block. */
  #countAtBrace(statements: readonly number[]): number | undefined {
    const final = statements.at(-1);
    if (final === undefined || !/^\s*(return|throw|break|continue|goto)\b/.test(this.#textOf(final))) return undefined;
    for (let k = statements.length - 2; k >= 0; k--) {
      if (this.#leavesBetween(statements[k] as number, statements[k + 1] as number))
        return this.#countNear(statements, k);
    }
    return undefined;
  }

  /** How often a statement began to run; for one without code, as often as the last statement before it with code. */
  #countNear(statements: readonly number[], k: number): number | undefined {
    for (let at = k; at >= 0; at--) {
      const line = statements[at] as number;
      if (this.#lines.has(line)) return this.#count(line);
      if (at > 0 && this.#leavesBetween(statements[at - 1] as number, line)) return undefined;
    }
    return undefined;
  }

  #leavesBetween(from: number, to: number): boolean {
    for (let line = from; line < to; line++) if (LEAVES.test(this.#textOf(line))) return true;
    return false;
  }

  /** How often the end of the block before a line was reached. */
  #countOfBlockBefore(line: number): number {
    const indent = indentOf(`${this.#textOf(line).replace(/^(\s*)\}/, "$1x")}`);
    let first = line - 1;
    while (first > 0) {
      const own = this.#textOf(first).search(/\S/);
      if (own >= 0 && own <= indent) break;
      first--;
    }
    const statements = this.#statements(first, line);
    const final = statements.at(-1);
    return (
      this.#countAtBrace(statements) ??
      (final === undefined ? 0 : (this.#countNear(statements, statements.length - 1) ?? 0))
    );
  }

  /** How often the expression that a line continues was evaluated: the count of the less indented line above. */
  #countOfExpression(line: number, before: ReadonlyMap<number, number>): number {
    const indent = this.#textOf(line).search(/\S/);
    for (let above = line - 1; above > 0; above--) {
      const own = this.#textOf(above).search(/\S/);
      if (own < 0 || own >= indent) continue;
      const count = before.get(above);
      if (count !== undefined) return count;
      if (/[;{}]\s*$/.test(this.#textOf(above))) return 0;
    }
    return 0;
  }

  #count(line: number): number {
    return countOfLine(this.#lines.get(line));
  }

  #raise(line: number, count: number): void {
    if (count > 0 && this.#lines.has(line) && this.#count(line) === 0) this.#set(line, count);
  }

  #set(line: number, count: number): void {
    for (const { copies } of this.#lines.get(line) ?? []) copies.replace(count);
  }
}

/** Indentation of a possible statement; −1 for a line that is empty or begins with a brace, an operator or a label. */
function indentOf(text: string): number {
  if (/^\s*([}{#)]|case\b|default\s*:|else\b|&&|\|\||[?:]|\w+\s*:(?!:)|$)/.test(text)) return -1;
  return text.search(/\S/);
}

/** A line without its comments and string contents. */
function withoutNoise(line: string): string {
  return line
    .replace(/"(\\.|[^"\\])*"|'(\\.|[^'\\])'/g, '""')
    .replace(/\/\*.*?\*\//g, "")
    .replace(/\/\/.*$/, "");
}
