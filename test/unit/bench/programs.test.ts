import { expect, test } from "vitest";
import { drawnFor, OTHERS } from "../../../bench/programs/programs_others.ts";
import { TUNED } from "../../../bench/programs/programs_tuned.ts";
import { formatPrograms } from "../../../bench/programs_table.ts";

test("two programs are drawn for a commit: always the same for one, others for others", () => {
  const drawn = Array.from({ length: 40 }, (_, k) => drawnFor(`commit ${k}`).map(({ name }) => name));
  for (const [k, names] of drawn.entries()) {
    expect(new Set(names).size).toBe(2);
    expect(drawnFor(`commit ${k}`).map(({ name }) => name)).toEqual(names);
  }
  expect(new Set(drawn.flat()).size).toBe(4);
});

test("names of programs are unique", () => {
  const names = [...TUNED, ...OTHERS].map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(names.length).toBeGreaterThanOrEqual(10);
});

test("the table has least, geometric mean and most of each set, and no column without figures", () => {
  const program = (name: string, figures: Record<string, number>) => ({
    program: name,
    rows: Object.entries(figures).map(([mode, median]) => ({ mode, slowdown: { median, low: median, high: median } })),
  });
  const sets = { ours: [program("a", { fused: 1, hits: 1.5 }), program("b", { fused: 4 })], none: [] };
  expect(formatPrograms(sets as unknown as Parameters<typeof formatPrograms>[0])).toBe(
    [
      "|  | tracing PCs | hits |",
      "| --- | --- | --- |",
      "| **ours** |  |  |",
      "| a | 1.00× | 1.50× |",
      "| b | 4.00× | – |",
      "| *least* | 1.00× | 1.50× |",
      "| *mean* | 2.00× | 1.50× |",
      "| *most* | 4.00× | 1.50× |",
      "",
    ].join("\n"),
  );
});
