/** A bar chart as SVG: groups of bars, one bar per series. Readable on light and dark pages. */

export interface Chart {
  readonly title: string;
  /** Label of the axis: what a bar's length means. */
  readonly axis: string;
  /** Names of the series, in the order of the bars. */
  readonly series: readonly string[];
  readonly groups: readonly ChartGroup[];
}

export interface ChartGroup {
  readonly name: string;
  /** Bars by series; a group need not have all. Values are 1 or more, apart from noise. */
  readonly bars: ReadonlyMap<string, ChartBar>;
}

export interface ChartBar {
  readonly value: number;
  /** Quartiles, drawn as a line across the end of the bar. */
  readonly low: number;
  readonly high: number;
}

const WIDTH = 760;
const LEFT = 110;
const RIGHT = 64;
const BAR = 14;
const BAR_GAP = 3;
const GROUP_GAP = 18;
const LEGEND_ROW = 20;
/** Approximate width of a character in the small text. */
const CHARACTER = 6.6;

/** Colours that also differ in lightness, and stand out against both white and near-black. */
const COLOURS = ["#d1663f", "#8b949e", "#2f81c7", "#3b9c6b", "#9a6dd7", "#c99a1c", "#3bb3c3", "#b5476d"];
/** Candidates for ticks of the axis. */
const TICKS = [1, 1.25, 1.5, 2, 3, 5, 10, 20, 50, 100, 200, 500, 1000];

/**
 * Renders a chart. Bars start at 1 and grow with the logarithm of the value, so that both 1.2 and 20 are legible.
 *
 * @throws {RangeError} there is nothing to draw
 */
export function renderChart(chart: Chart): string {
  const legend = layOutLegend(chart.series);
  const top = 44 + legend.rows * LEGEND_ROW;
  const scale = scaleOf(chart);
  const groups: string[] = [];
  let y = top;
  for (const group of chart.groups) {
    const { text, height } = renderGroup(group, chart.series, y, scale);
    groups.push(text);
    y += height + GROUP_GAP;
  }
  const bottom = y - GROUP_GAP + 8;
  const height = bottom + 40;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="${escapeXml(chart.title)}">`,
    STYLE,
    `<text class="title" x="8" y="22">${escapeXml(chart.title)}</text>`,
    ...legend.items,
    ...scale.ticks.map((tick) => renderTick(tick, scale, top - 6, bottom)),
    ...groups,
    `<text class="small" x="${LEFT}" y="${bottom + 32}">${escapeXml(chart.axis)}</text>`,
    "</svg>",
    "",
  ].join("\n");
}

const STYLE = `<style>
  text { font: 12px system-ui, sans-serif; fill: #57606a; }
  .title { font-size: 15px; font-weight: 600; }
  .small { font-size: 11px; }
  .grid { stroke: #8b949e; stroke-opacity: 0.35; }
  .spread { stroke: #57606a; stroke-width: 1.5; }
  @media (prefers-color-scheme: dark) { text { fill: #adbac7; } .spread { stroke: #cdd9e5; } }
</style>`;

interface Scale {
  readonly ticks: readonly number[];
  x(value: number): number;
}

function scaleOf({ groups }: Chart): Scale {
  const highest = Math.max(...groups.flatMap(({ bars }) => [...bars.values()].map(({ high }) => high)));
  if (!Number.isFinite(highest)) throw new RangeError("a chart without bars");
  const last = TICKS.find((tick) => tick >= highest && tick > 1) ?? highest;
  const ticks = thinned(
    TICKS.filter((tick) => tick <= last),
    last,
  );
  const x = (value: number): number => {
    const share = Math.log(Math.min(Math.max(value, 1), last)) / Math.log(last);
    return round(LEFT + share * (WIDTH - LEFT - RIGHT));
  };
  return { ticks, x };
}

/** Leaves out ticks that are too close to 1 for their labels. */
function thinned(ticks: readonly number[], last: number): number[] {
  return ticks.filter((tick) => tick === 1 || Math.log(tick) / Math.log(last) > 0.07);
}

function renderTick(tick: number, { x }: Scale, top: number, bottom: number): string {
  const at = x(tick);
  return (
    `<line class="grid" x1="${at}" y1="${top}" x2="${at}" y2="${bottom}"/>` +
    `<text class="small" x="${at}" y="${bottom + 15}" text-anchor="middle">${tick}×</text>`
  );
}

function renderGroup(
  group: ChartGroup,
  series: readonly string[],
  top: number,
  scale: Scale,
): { text: string; height: number } {
  const present = series.filter((name) => group.bars.has(name));
  const height = present.length * (BAR + BAR_GAP) - BAR_GAP;
  const bars = present.map((name, index) => {
    const bar = group.bars.get(name) as ChartBar;
    return renderBar(bar, colourOf(series, name), top + index * (BAR + BAR_GAP), scale);
  });
  const label = `<text x="${LEFT - 10}" y="${round(top + height / 2 + 4)}" text-anchor="end">${escapeXml(group.name)}</text>`;
  return { text: [label, ...bars].join("\n"), height };
}

function renderBar({ value, low, high }: ChartBar, colour: string, y: number, { x }: Scale): string {
  const width = round(Math.max(x(value) - LEFT, 1));
  const middle = y + BAR / 2;
  return (
    `<rect x="${LEFT}" y="${y}" width="${width}" height="${BAR}" rx="2" fill="${colour}"/>` +
    `<line class="spread" x1="${x(low)}" y1="${middle}" x2="${x(high)}" y2="${middle}"/>` +
    `<text class="small" x="${round(Math.max(x(value), x(high)) + 6)}" y="${middle + 4}">${value.toFixed(2)}×</text>`
  );
}

function layOutLegend(series: readonly string[]): { items: string[]; rows: number } {
  let [x, row] = [LEFT, 0];
  const items = series.map((name) => {
    const width = 18 + name.length * CHARACTER + 16;
    if (x + width > WIDTH && x > LEFT) [x, row] = [LEFT, row + 1];
    const y = 34 + row * LEGEND_ROW;
    const item =
      `<rect x="${round(x)}" y="${y}" width="12" height="12" rx="2" fill="${colourOf(series, name)}"/>` +
      `<text class="small" x="${round(x + 18)}" y="${y + 10}">${escapeXml(name)}</text>`;
    x += width;
    return item;
  });
  return { items, rows: row + 1 };
}

function colourOf(series: readonly string[], name: string): string {
  return COLOURS[series.indexOf(name) % COLOURS.length] as string;
}

/** Rounds to tenths, so that the text is the same on every machine. */
function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
