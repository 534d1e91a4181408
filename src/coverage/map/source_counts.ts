/** The counts of one source file, from all modules into which it was compiled. */

import { type FileCounts, mergeLines } from "./line_counts.ts";

/** A function of a file. */
export interface FunctionCount {
  /** The name with template arguments. */
  readonly name: string;
  /** The name without template arguments, which copies for different types share. */
  readonly baseName: string;
  /** Line, from 1, and column, from 1, or 0 if it is not known. */
  readonly line: number;
  readonly column: number;
  /** Whether that is where the function is declared, rather than where its first code is. */
  readonly isDeclared: boolean;
  readonly lastLine: number;
  readonly count: number;
}

/** A choice between paths that control may take. */
export interface BranchCount {
  readonly type: "if" | "switch";
  readonly line: number;
  readonly column: number;
  readonly counts: readonly number[];
}

export class SourceCounts {
  readonly lines: FileCounts;
  readonly #functions = new Map<string, FunctionCount>();
  readonly #branches = new Map<string, BranchCount>();

  constructor(lines: FileCounts) {
    this.lines = lines;
  }

  get functions(): Iterable<FunctionCount> {
    return this.#functions.values();
  }

  get branches(): Iterable<BranchCount> {
    return this.#branches.values();
  }

  /** Adds a copy of a function to its counts. */
  addFunction(func: FunctionCount): void {
    const { line, baseName } = func;
    const key = `${line}:${baseName}`;
    const known = this.#functions.get(key);
    if (!known) this.#functions.set(key, func);
    else {
      const name = known.name === func.name ? known.name : baseName;
      const lastLine = Math.max(known.lastLine, func.lastLine);
      this.#functions.set(key, { ...known, name, lastLine, count: known.count + func.count });
    }
  }

  /** Adds a choice. @param ordinal distinguishes choices that one copy of a function has at the same location */
  addBranch(branch: BranchCount, ordinal: number): void {
    const { type, line, column, counts } = branch;
    const key = `${line}:${column}:${type}:${counts.length}:${ordinal}`;
    const known = this.#branches.get(key);
    const sum = known ? counts.map((count, k) => count + (known.counts[k] as number)) : counts;
    this.#branches.set(key, { ...branch, counts: sum });
  }

  /** Merges another module's counts of the same file. */
  merge(other: SourceCounts): void {
    mergeLines(this.lines, other.lines);
    for (const func of other.functions) this.addFunction(func);
    for (const [key, branch] of other.#branches) this.addBranch(branch, Number(key.slice(key.lastIndexOf(":") + 1)));
  }
}
