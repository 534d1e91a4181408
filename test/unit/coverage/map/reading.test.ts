/** Lines as a reader takes them, on small texts with counts by hand. */

import { expect, it } from "vitest";
import { columnAt, countOfLine, type FileCounts } from "../../../../src/coverage/map/line_counts.ts";
import { readAsSource } from "../../../../src/coverage/map/reading.ts";
import { SourceCounts } from "../../../../src/coverage/map/source_counts.ts";

/** A text whose lines begin with the counts of their code, or with blanks; and the function that begins at line 1. */
function read(marked: string, calls: number, isDeclared = true): Record<number, number> {
  const lines: FileCounts = new Map();
  const text = marked.split("\n").map((line, k) => {
    const count = /^ *(\d+)\|/.exec(line)?.[1];
    if (count !== undefined) columnAt(lines, k + 1, 1).copies.raise(0, Number(count));
    return line.replace(/^ *\d*\|/, "");
  });
  const counts = new SourceCounts(lines);
  const lastLine = text.findLastIndex((line) => line.startsWith("}")) + 1;
  counts.addFunction({ name: "f", baseName: "f", line: 1, column: 0, isDeclared, lastLine, count: calls });
  readAsSource(counts, text);
  return Object.fromEntries([...lines].map(([line, columns]) => [line, countOfLine(columns)]));
}

it("counts a brace after a return with what was before the last early return", () => {
  const text = `5|int f(int c) {
5|  if (c > 9) {
5|    return 1;
 |  }
0|  return 2;
5|}`;
  expect(read(text, 5)).toEqual({ 1: 5, 2: 5, 3: 5, 5: 0, 6: 5 });
  const twice = `5|int f(int c) {
5|  if (c > 9) return 1;
0|  if (c > 8) return 3;
0|  return 2;
5|}`;
  expect(read(twice, 5)[5]).toBe(0);
});

it("takes no line for code that has a comment alone, or nothing", () => {
  const text = `7|// What drops values.
7|
5|void f(int c) {
5|  /* c */
5|  g(/* c */);
5|}
3|`;
  expect(read(text, 5)).toEqual({ 3: 5, 5: 5, 6: 5 });
});

it("leaves a brace that is simply reached", () => {
  expect(read(`5|void f(int c) {\n5|  if (c)\n2|    g();\n5|}`, 5)[4]).toBe(5);
});

it("counts the line of an else with the arm that ends there", () => {
  const text = `4|void f(int c) {
4|  if (c > 2) {
4|    g();
0|  } else if (c) {
0|    h();
 |  }
4|}`;
  expect(read(text, 4)).toMatchObject({ 4: 4, 5: 0 });
});

it("counts a line that goes on with an expression as often as that is evaluated", () => {
  const text = `4|int f(int c) {
4|  int x = c
0|    && g()
0|    && (h()
0|        || k());
4|  return x;
4|}`;
  expect(read(text, 4)).toMatchObject({ 3: 4, 4: 4, 5: 0 });
});

it("begins a function that ran with its first statements, up to one that may leave", () => {
  const text = `7|int f(int c) {
0|  int x = c + 1;
0|  for (;;) {
7|    if (x) break;
 |  }
0|  h();
7|}`;
  expect(read(text, 7)).toMatchObject({ 2: 7, 3: 7, 6: 0 });
  expect(read(text, 0)).toMatchObject({ 2: 0, 3: 0 });
});

it("takes words in texts and comments for no statements", () => {
  const text = `3|int f(int c) {
3|  log("return"); // return
3|  log('x'); /* goto */
0|  g();
3|  return c;
3|}`;
  expect(read(text, 3)).toMatchObject({ 4: 3, 6: 3 });
});

it("leaves the lines of a function alone of which only the first code is known", () => {
  // As a source map has it: line 1 is the condition, and what is indented like a function's block is an arm.
  const text = `5|  if (points > 90) {
0|    return 1;
 |  }
5|  return 2;
 |}`;
  expect(read(text, 5, false)).toEqual({ 1: 5, 2: 0, 4: 5 });
});
