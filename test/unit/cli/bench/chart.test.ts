import { expect, test } from "vitest";
import { type Chart, renderChart } from "../../../../src/cli/bench/chart.ts";

const bar = (value: number): { value: number; low: number; high: number } => ({
  value,
  low: value * 0.95,
  high: value * 1.1,
});

const CHART: Chart = {
  title: "Slowdown of <two> programs",
  axis: "time against the original",
  series: ["import", "fused-off", "fused"],
  groups: [
    {
      name: "a & b",
      bars: new Map([
        ["import", bar(11.5)],
        ["fused-off", bar(1.02)],
        ["fused", bar(1.5)],
      ]),
    },
    { name: "other", bars: new Map([["fused", bar(0.97)]]) },
  ],
};

test("the text of a chart", async () => {
  await expect(renderChart(CHART)).toMatchFileSnapshot("chart.expected.svg");
});

test("longer bars for larger values, none of them outside", () => {
  const widths = (chart: Chart): number[] =>
    Array.from(renderChart(chart).matchAll(/<rect x="110" y="\d+" width="([\d.]+)" height="14"/g), ([, width]) =>
      Number(width),
    );
  const [imported = 0, off = 0, fused = 0, below = 0] = widths(CHART);
  expect(imported).toBeGreaterThan(fused);
  expect(fused).toBeGreaterThan(off);
  expect(off).toBeGreaterThan(below);
  expect(imported).toBeLessThan(760 - 110);
});

test("a chart needs bars", () => {
  expect(() => renderChart({ ...CHART, groups: [] })).toThrow(RangeError);
});
