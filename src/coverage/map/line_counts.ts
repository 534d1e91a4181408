/** Counts of lines, kept small: large modules have hundreds of thousands, most of one column, one stretch and one copy. */

/** How often each of a few copies of some code ran. */
export class CopyCounts {
  readonly #copies: number[] = [];
  readonly #counts: number[] = [];

  get sum(): number {
    let sum = 0;
    for (const count of this.#counts) sum += count;
    return sum;
  }

  /** Says that a copy ran at least that often. The one asked for is most often the last one that was. */
  raise(copy: number, count: number): void {
    const at = this.#copies.lastIndexOf(copy);
    if (at < 0) {
      this.#copies.push(copy);
      this.#counts.push(count);
    } else if ((this.#counts[at] as number) < count) this.#counts[at] = count;
  }

  /** Forgets all copies. */
  replace(count: number): void {
    this.#copies.length = this.#counts.length = 0;
    this.raise(-1, count);
  }

  /** Adds what others say: of one copy, the higher count. */
  add(other: CopyCounts): void {
    for (const [k, copy] of other.#copies.entries()) this.raise(copy, other.#counts[k] as number);
  }
}

/** What is known of one column of a line: which stretches of code it has, and how often it ran, by copy. */
export interface ColumnCounts {
  /** The column, counted from 1; 0 when it is not known. */
  readonly column: number;
  /** Ascending. */
  readonly stretches: number[];
  readonly copies: CopyCounts;
}

/** Columns with code, in no order. */
export type LineCounts = ColumnCounts[];

/** Lines by number. */
export type FileCounts = Map<number, LineCounts>;

/** The counts of a column, which are made where there are none. */
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

/** Adds what another module says of the same file. */
export function mergeLines(lines: FileCounts, others: FileCounts): void {
  for (const [line, columns] of others) {
    for (const { column, stretches, copies } of columns) {
      const known = columnAt(lines, line, column);
      known.stretches.push(...stretches);
      known.copies.add(copies);
    }
  }
}

/** How often a line ran: as often as the column of it that ran most. */
export function countOfLine(columns: LineCounts | undefined): number {
  let most = 0;
  for (const { copies } of columns ?? []) most = Math.max(most, copies.sum);
  return most;
}

/** How often several columns ran that are one statement: in each copy as often as the one that ran most. */
export function countOfColumns(columns: LineCounts): number {
  const [first] = columns;
  if (first && columns.length === 1) return first.copies.sum;
  const all = new CopyCounts();
  for (const { copies } of columns) all.add(copies);
  return all.sum;
}
