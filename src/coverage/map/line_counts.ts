/** Counts of lines, kept compact: large modules have hundreds of thousands, mostly of one column, stretch and copy. */

/** How often each of a few copies of some code ran. */
export class CopyCounts {
  readonly #copies: number[] = [];
  readonly #counts: number[] = [];

  get sum(): number {
    let sum = 0;
    for (const count of this.#counts) sum += count;
    return sum;
  }

  /** Notes that a copy ran at least this often. It is usually the copy of the previous call. */
  raise(copy: number, count: number): void {
    const at = this.#copies.lastIndexOf(copy);
    if (at < 0) {
      this.#copies.push(copy);
      this.#counts.push(count);
    } else if ((this.#counts[at] as number) < count) this.#counts[at] = count;
  }

  /** Replaces the counts of all copies by one count. */
  replace(count: number): void {
    this.#copies.length = this.#counts.length = 0;
    this.raise(-1, count);
  }

  /** Merges other counts: for the same copy, the higher count is kept. */
  add(other: CopyCounts): void {
    for (const [k, copy] of other.#copies.entries()) this.raise(copy, other.#counts[k] as number);
  }
}

/** What is known about one column of a line: its stretches of code, and how often it ran, by copy. */
export interface ColumnCounts {
  /** The column, counted from 1; 0 if it is not known. */
  readonly column: number;
  /** Numbers of its stretches, ascending. */
  readonly stretches: number[];
  readonly copies: CopyCounts;
}

/** Columns with code, in no particular order. */
export type LineCounts = ColumnCounts[];

/** Lines by number. */
export type FileCounts = Map<number, LineCounts>;

/** The counts of a column, which are created if there are none. */
export function columnAt(lines: FileCounts, line: number, column: number): ColumnCounts {
  let columns = lines.get(line);
  if (columns === undefined) {
    columns = [];
    lines.set(line, columns);
  }
  let counts = columns.find((each) => each.column === column);
  if (counts === undefined) {
    counts = { column, stretches: [], copies: new CopyCounts() };
    columns.push(counts);
  }
  return counts;
}

/** Merges another module's counts of the same file. */
export function mergeLines(lines: FileCounts, others: FileCounts): void {
  for (const [line, columns] of others) {
    for (const { column, stretches, copies } of columns) {
      const known = columnAt(lines, line, column);
      known.stretches.push(...stretches);
      known.copies.add(copies);
    }
  }
}

/** How often a line ran: as often as its column that ran most. */
export function countOfLine(columns: LineCounts | undefined): number {
  let most = 0;
  for (const { copies } of columns ?? []) most = Math.max(most, copies.sum);
  return most;
}

/** How often the columns of one statement ran: in each copy, as often as the column that ran most. */
export function countOfColumns(columns: LineCounts): number {
  const [first] = columns;
  if (first && columns.length === 1) return first.copies.sum;
  const all = new CopyCounts();
  for (const { copies } of columns) all.add(copies);
  return all.sum;
}
