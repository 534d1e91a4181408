/** What is known of one source file, whichever modules it was compiled into. */

import { type FileCounts, mergeLines } from "./line_counts.ts";

/** A function of a file. */
export interface FunctionCount {
  /** The name with template arguments. */
  readonly name: string;
  /** The name without template arguments, which copies for different types share. */
  readonly baseName: string;
  /** Lines from 1, columns from 1 or 0 when not known. */
  readonly line: number;
  readonly column: number;
  /** Whether that is where it is declared, and not where its first code is. */
  readonly isDeclared: boolean;
  readonly lastLine: number;
  readonly count: number;
}

/** A choice between ways that control may take. */
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

  /** Adds a copy of a function to what is known of it. */
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

  /** Adds a choice. @param ordinal tells those apart that one copy of a function has at one place */
  addBranch(branch: BranchCount, ordinal: number): void {
    const { type, line, column, counts } = branch;
    const key = `${line}:${column}:${type}:${counts.length}:${ordinal}`;
    const known = this.#branches.get(key);
    const sum = known ? counts.map((count, k) => count + (known.counts[k] as number)) : counts;
    this.#branches.set(key, { ...branch, counts: sum });
  }

  /** Adds what another module says of the same file. */
  merge(other: SourceCounts): void {
    mergeLines(this.lines, other.lines);
    for (const func of other.functions) this.addFunction(func);
    for (const [key, branch] of other.#branches) this.addBranch(branch, Number(key.slice(key.lastIndexOf(":") + 1)));
  }
}
