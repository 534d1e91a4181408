/** Tables of text, and numbers for people. */

import { visible } from "../text.ts";

/** "12,345" */
export function formatCount(value: number): string {
  return value.toLocaleString("en-US");
}

/** "42 %"; 0 of 0 is "–". Below 1 but not 0 is "<1 %", and 100 only if all. */
export function formatShare(part: number, whole: number): string {
  if (whole === 0) return "–";
  const percent = (100 * part) / whole;
  if (part > 0 && percent < 1) return "<1 %";
  return `${Math.floor(percent)} %`;
}

/**
 * Lines of columns, two spaces apart.
 *
 * @param contents cells, the first row the heading
 * @param align one letter a column: "r" or "l"; the last column is not padded
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
