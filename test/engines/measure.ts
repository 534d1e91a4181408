/** What an engine records of the workload. It is bundled, and runs in every engine that has JavaScript. */

import type { CounterStore, Kcov } from "../../src/index.ts";

/** Hashes of what an engine recorded, and how its hooks were reached. */
export interface Measured {
  readonly link: "fused" | "import";
  readonly pcs: string;
  readonly comparisons: string;
  readonly counts: string;
  readonly standalone: string;
}

/** The workload as it is instrumented for each purpose, in base64. */
interface Binaries {
  readonly pcs: string;
  readonly comparisons: string;
  readonly counts: string;
}

/** The same for each link. */
export interface AllBinaries {
  readonly fused: Binaries;
  readonly imported: Binaries;
  readonly standalone: string;
}

/** `wasm-kcov`, as it is in this engine. */
export interface Library {
  readonly CounterStore: typeof CounterStore;
  readonly Kcov: typeof Kcov;
}

export const ROUNDS: number = 1000;

/** Runs the workload in every way. */
export function measure(
  { CounterStore, Kcov }: Library,
  { fused, imported, standalone: ownCounters }: AllBinaries,
): Measured {
  const link = WebAssembly.validate(Uint8Array.from(TWO_MEMORIES)) ? "fused" : "import";
  const binaries = link === "fused" ? fused : imported;
  const kcov = Kcov.createSync();
  const fd = kcov.open();
  const { INIT_TRACE, ENABLE, DISABLE } = KCOV;
  const words = 1 << 18;
  kcov.ioctl(fd, INIT_TRACE, words);
  const area = kcov.mmap(fd, words * 8).words;
  const record = (kind: "pcs" | "comparisons", mode: number): string => {
    const run = instantiate(binaries[kind], kcov.imports).run as Run;
    area[0] = 0n;
    kcov.ioctl(fd, ENABLE, mode);
    const value = run(ROUNDS);
    kcov.ioctl(fd, DISABLE, 0);
    const length = Number(area[0]) * (mode === KCOV.TRACE_CMP ? 4 : 1);
    return `${area[0]} ${value} ${hash(area.subarray(1, 1 + length))}`;
  };
  const store = new CounterStore();
  (instantiate(binaries.counts, store.imports).run as Run)(ROUNDS);
  const standalone = instantiate(ownCounters, {});
  (standalone.run as Run)(ROUNDS);
  const length = (standalone["kcov.length"] as WebAssembly.Global<"i32">).value;
  const counter = standalone["kcov.counter"] as (k: number) => bigint;
  return {
    link,
    pcs: record("pcs", KCOV.TRACE_PC),
    comparisons: record("comparisons", KCOV.TRACE_CMP),
    counts: hash(store.modules[0]?.read() ?? []),
    standalone: hash(BigUint64Array.from({ length }, (_, k) => counter(k))),
  };
}

/** (memory 0) (memory 0) */
const TWO_MEMORIES = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 5, 5, 2, 0, 0, 0, 0];

/** Of kcov's own interface. */
const KCOV = { INIT_TRACE: 0x80086301, ENABLE: 0x6364, DISABLE: 0x6365, TRACE_PC: 0, TRACE_CMP: 1 };

type Run = (rounds: number) => number;

function instantiate(base64: string, imports: object): WebAssembly.Exports {
  const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
  return new WebAssembly.Instance(new WebAssembly.Module(bytes), { ...imports }).exports;
}

/** FNV-1a over words: pages without TLS have no SHA-256. */
export function hash(words: Iterable<bigint | number>): string {
  let value = 0xcbf29ce484222325n;
  for (const word of words) value = BigInt.asUintN(64, (value ^ BigInt.asUintN(64, BigInt(word))) * 0x100000001b3n);
  return value.toString(16);
}
