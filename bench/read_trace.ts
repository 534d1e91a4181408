/**
 * What reading a trace costs, a record: the AssemblyScript fold against a loop in JavaScript that does the same with a Map.
 *
 *     node bench/read_trace.ts [--json] [--rounds N]
 */

import { parseArgs } from "node:util";
import { KCOV_ENABLE, KCOV_INIT_TRACE, KCOV_TRACE_CMP, KCOV_TRACE_PC, Kcov, type KcovMapping } from "../src/index.ts";

const { values } = parseArgs({
  options: { json: { type: "boolean", default: false }, rounds: { type: "string", default: "21" } },
});
const ROUNDS = Number(values.rounds);
const WORDS = 1 << 21;
/** Different sites, as many as a large program's run reaches. */
const SITES = 8000;
/** What CONTRIBUTING.md promises: nanoseconds a PC. */
const BAR = 1.5;

interface Row {
  what: string;
  records: number;
  /** Nanoseconds a record, medians. */
  fold: number;
  map: number;
}

async function area(
  mode: number,
  fill: (kcov: Kcov, k: number) => void,
  records: number,
): Promise<[Kcov, KcovMapping]> {
  const kcov = await Kcov.create({ maxBytes: 1 << 28 });
  const fd = kcov.open();
  kcov.ioctl(fd, KCOV_INIT_TRACE, WORDS);
  const mapping = kcov.mmap(fd, WORDS * 8);
  kcov.ioctl(fd, KCOV_ENABLE, mode);
  for (let k = 0; k < records; k++) fill(kcov, k);
  return [kcov, mapping];
}

/** Loops in loops over a slowly moving part of the code, as programs have it. */
function site(k: number): bigint {
  return BigInt(((k % 37) + 5 * (k >> 9) + (k % 11 === 0 ? k >> 4 : 0)) % SITES) * 13n + 1n;
}

function measure(what: string, records: number, fold: () => number, map: () => number): Row {
  const times: Record<"fold" | "map", number[]> = { fold: [], map: [] };
  let sink = 0;
  for (let round = -3; round < ROUNDS; round++) {
    for (const [side, run] of [
      ["fold", fold],
      ["map", map],
    ] as const) {
      const start = performance.now();
      sink += run();
      if (round >= 0) times[side].push(performance.now() - start);
    }
  }
  if (sink === 0) throw new Error("nothing was read");
  const nanoseconds = (all: number[]): number => (all.sort((a, b) => a - b)[all.length >> 1] ?? 0) * (1e6 / records);
  return { what, records, fold: nanoseconds(times.fold), map: nanoseconds(times.map) };
}

async function pcs(): Promise<Row> {
  const records = WORDS - 1;
  const [kcov, mapping] = await area(KCOV_TRACE_PC, (kcov, k) => kcov.hooks.__sanitizer_cov_trace_pc(site(k)), records);
  const { words } = mapping;
  const map = (): number => {
    const counts = new Map<bigint, number>();
    for (let k = 1; k <= records; k++) counts.set(words[k] as bigint, (counts.get(words[k] as bigint) ?? 0) + 1);
    return counts.size;
  };
  const folded = (): number => kcov.foldPcs(mapping).pcs.length;
  if (folded() !== map()) throw new Error("the two sides do not agree");
  return measure("PCs", records, folded, map);
}

async function comparisons(): Promise<Row> {
  const records = (WORDS - 1) >> 2;
  const fill = (kcov: Kcov, k: number): void => kcov.hooks.__sanitizer_cov_trace_cmp4(k % 5, (k >> 3) % 7, site(k));
  const [kcov, mapping] = await area(KCOV_TRACE_CMP, fill, records);
  const { words } = mapping;
  const map = (): number => {
    const counts = new Map<string, number>();
    for (let k = 0; k < records; k++) {
      const at = 1 + 4 * k;
      const key = `${words[at]} ${words[at + 1]} ${words[at + 2]} ${words[at + 3]}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    return counts.size;
  };
  const folded = (): number => kcov.foldComparisons(mapping).hits.length;
  if (folded() !== map()) throw new Error("the two sides do not agree");
  return measure("comparisons", records, folded, map);
}

const rows = [await pcs(), await comparisons()];
if (values.json) process.stdout.write(`${JSON.stringify({ node: process.version, bar: BAR, rows }, null, 2)}\n`);
else {
  process.stdout.write(`reading a trace, Node.js ${process.version}, medians of ${ROUNDS} rounds, sides interleaved\n`);
  for (const { what, records, fold, map } of rows) {
    const bar = what === "PCs" ? `, bar ${BAR}: ${fold <= BAR ? "met" : "missed"}` : "";
    process.stdout.write(
      `${records} ${what}: fold ${fold.toFixed(2)} ns each${bar}; a Map in JavaScript ${map.toFixed(1)} ns (${(map / fold).toFixed(0)}×)\n`,
    );
  }
}
