/**
 * What reading a trace costs, a record: the AssemblyScript fold against a loop in JavaScript that does the same with a Map.
 */

import { ratios } from "../src/cli/bench/statistics.ts";
import { KCOV_ENABLE, KCOV_INIT_TRACE, KCOV_TRACE_CMP, KCOV_TRACE_PC, Kcov, type KcovMapping } from "../src/index.ts";
import { type Claim, measured } from "./claim.ts";
import type { Context } from "./context.ts";

const WORDS = 1 << 21;
/** Different sites, as many as a large program's run reaches. */
const SITES = 8000;

export async function readTrace({ measure }: Context): Promise<Claim[]> {
  const [pcs, comparisons] = [await measurePcs(measure.rounds), await measureComparisons(measure.rounds)];
  return [
    { what: "reading a trace, a PC", ...measured(pcs.fold), unit: " ns", bar: 1.5, note: note(pcs) },
    {
      what: "reading a trace, a comparison",
      ...measured(comparisons.fold),
      unit: " ns",
      bar: 10,
      note: note(comparisons),
    },
  ];
}

function note({ fold, map }: Times): string {
  return `foldPcs; a Map in JavaScript takes ${(measured(ratios(map, fold)).value ?? 0).toFixed(0)}× as long`;
}

/** Nanoseconds a record, once a round. */
interface Times {
  fold: number[];
  map: number[];
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

function timesOf(rounds: number, records: number, fold: () => number, map: () => number): Times {
  const times: Times = { fold: [], map: [] };
  let sink = 0;
  for (let round = -3; round < rounds; round++) {
    for (const [side, run] of [
      ["fold", fold],
      ["map", map],
    ] as const) {
      const start = performance.now();
      sink += run();
      if (round >= 0) times[side].push(((performance.now() - start) * 1e6) / records);
    }
  }
  if (sink === 0) throw new Error("nothing was read");
  return times;
}

async function measurePcs(rounds: number): Promise<Times> {
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
  return timesOf(rounds, records, folded, map);
}

async function measureComparisons(rounds: number): Promise<Times> {
  const records = (WORDS - 1) >> 2;
  const fill = (kcov: Kcov, k: number): void => kcov.hooks.__sanitizer_cov_trace_cmp4(k % 5, 7, site(k) % 1500n);
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
  return timesOf(rounds, records, folded, map);
}
