/** The slowdowns of all programs in one table, and how they spread: least, mean and most of each set of programs. */

import { geometricMean } from "../src/cli/bench/statistics.ts";
import { AS_CLANG, type ProgramResult } from "./measured_program.ts";

/** Sides by column, and what the column is called. */
const COLUMNS = {
  "fused-off": "device off",
  idle: "off, idle fast",
  fused: "tracing PCs",
  "calls-return": "sites as clang's",
  [AS_CLANG]: "…, without libc",
  "clang trace-pc": "native clang, trace-pc",
  counters: "8-bit counters",
  "clang counters": "native clang, counters",
  counts: "counts",
  hits: "hits",
  standalone: "standalone",
  v8: "V8's own coverage",
  import: "hooks imported",
  sanitize: "memory checked",
  fuzz: "… with counters",
  "clang address": "native clang, AddressSanitizer",
} as const;

type Column = keyof typeof COLUMNS;

/** @param sets of programs, by what they are called. @returns a table in Markdown; columns without figures are left out */
export function formatPrograms(sets: Readonly<Record<string, readonly ProgramResult[]>>): string {
  const all = Object.values(sets).flat();
  const columns = (Object.keys(COLUMNS) as Column[]).filter((column) => all.some((each) => figure(each, column)));
  if (columns.length === 0) return "";
  const lines = [row(["", ...columns.map((column) => COLUMNS[column])]), row(["---", ...columns.map(() => "---")])];
  for (const [name, programs] of Object.entries(sets)) {
    if (programs.length === 0) continue;
    lines.push(row([`**${name}**`, ...columns.map(() => "")]));
    for (const each of programs)
      lines.push(row([each.program, ...columns.map((column) => times(figure(each, column)))]));
    const spread = (what: string, of: (figures: number[]) => number): string =>
      row([what, ...columns.map((column) => times(summary(programs, column, of)))]);
    lines.push(spread("*least*", (figures) => Math.min(...figures)));
    lines.push(spread("*mean*", geometricMean));
    lines.push(spread("*most*", (figures) => Math.max(...figures)));
  }
  return `${lines.join("\n")}\n`;
}

function summary(
  programs: readonly ProgramResult[],
  column: Column,
  of: (figures: number[]) => number,
): number | undefined {
  const figures = programs.map((each) => figure(each, column)).filter((each) => each !== undefined);
  return figures.length === 0 ? undefined : of(figures);
}

function figure({ rows }: ProgramResult, column: Column): number | undefined {
  return rows.find(({ mode }) => mode === column)?.slowdown.median;
}

function times(value: number | undefined): string {
  return value === undefined ? "–" : `${value.toFixed(2)}×`;
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}
