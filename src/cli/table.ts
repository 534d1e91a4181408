/** Formats text tables, and numbers for people. */

import { visible } from "../text.ts";

/** "12,345" */
export function formatCount(value: number): string {
  return value.toLocaleString("en-US");
}

/** "42 %"; 0 of 0 is "–", less than 1 but not 0 is "<1 %", and only all is "100 %". */
export function formatShare(part: number, whole: number): string {
  if (whole === 0) return "–";
  const percent = (100 * part) / whole;
  if (part > 0 && percent < 1) return "<1 %";
  return `${Math.floor(percent)} %`;
}

/**
 * Formats lines of columns, two spaces apart.
 *
 * @param contents rows of cells, the first being the heading
 * @param align one letter per column, "r" or "l"; the last column is not padded if it is "l"
 */
export function formatTable(contents: readonly (readonly string[])[], align: string): string {
  const rows = contents.map((row) => row.map(visible));
  const widths = Array.from(align, (_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  const cell = (text: string, column: number): string => {
    const width = widths[column] ?? 0;
    if (align[column] === "r") return text.padStart(width);
    return column === align.length - 1 ? text : text.padEnd(width);
  };
  return rows.map((row) => `${row.map(cell).join("  ")}\n`).join("");
}
