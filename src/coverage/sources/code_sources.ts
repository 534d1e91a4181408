/**
 * What is known about where a module's code came from, whatever the source of information. Offsets are byte offsets in
 * the module's file.
 */

/** A source file. */
export interface SourceFile {
  /** Its path according to the compiler or the map, with `.` and `..` resolved. */
  readonly path: string;
  /** Its text, if the module or its map contains it. */
  readonly content: string | undefined;
}

/** A function in the sources. */
export interface SourceFunction {
  /** The name with scopes and template arguments, for people. */
  readonly name: string;
  /** The name without template arguments, which copies of a function for different types share. */
  readonly baseName: string;
  readonly linkageName: string | undefined;
  /** Index of the file; −1 if it is not known. */
  readonly file: number;
  /** Its location: line and column, each from 1, or 0 if it is not known. */
  readonly line: number;
  readonly column: number;
  /** Whether that is where it is declared; with a source map, it is where its first code is. */
  readonly isDeclared: boolean;
}

/** Code of a function: its own, or a copy that was inlined into another's. */
export interface CodeCopy {
  /** Index of the function. */
  readonly function: number;
  readonly ranges: readonly (readonly [start: number, end: number])[];
  /** Index of the enclosing copy; −1 for a function's own code. */
  readonly parent: number;
  /** Offset of its entry, if that is not its lowest offset. */
  readonly entry: number | undefined;
}

/** Ranges of code, ordered by their start. They do not overlap, but there may be gaps. */
export class CodeRows {
  readonly start: number[] = [];
  readonly end: number[] = [];
  /** Index of the file. */
  readonly file: number[] = [];
  /** Lines, counted from 1; 0 for code that belongs to no line. */
  readonly line: number[] = [];
  /** Columns, counted from 1; 0 if they are not known. */
  readonly column: number[] = [];

  get length(): number {
    return this.start.length;
  }

  add(start: number, end: number, file: number, line: number, column: number): void {
    this.start.push(start);
    this.end.push(end);
    this.file.push(file);
    this.line.push(line);
    this.column.push(column);
  }

  /** Index of the first row that ends after an offset. */
  firstAfter(offset: number): number {
    let low = 0;
    let high = this.end.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.end[middle] as number) <= offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Index of the row that contains an offset; −1 if there is none. */
  at(offset: number): number {
    const row = this.firstAfter(offset);
    return row < this.length && (this.start[row] as number) <= offset ? row : -1;
  }
}

export interface CodeSources {
  readonly kind: "DWARF" | "source map" | "disassembly";
  readonly files: readonly SourceFile[];
  readonly rows: CodeRows;
  readonly functions: readonly SourceFunction[];
  readonly copies: readonly CodeCopy[];
}

/** The innermost copy that each row belongs to; −1 if there is none. Copies come after those that enclose them. */
export function copiesOfRows({ rows, copies }: CodeSources): Int32Array {
  const copyOf = new Int32Array(rows.length).fill(-1);
  for (const [k, { ranges }] of copies.entries()) {
    for (const [start, end] of ranges) {
      const first = rows.firstAfter(start);
      for (let row = first; row < rows.length && (rows.start[row] as number) < end; row++) copyOf[row] = k;
    }
  }
  return copyOf;
}
