/**
 * Executions per second of the engines on the same targets: AFL++ and libFuzzer on the module, the built-in engine on the
 * module, and native libFuzzer on the same C code; the same functions are instrumented. Each side fuzzes for a few seconds
 * from the same seed, with inputs of at most 200 bytes; the sides are interleaved in one run; medians, and ratios to native
 * libFuzzer.
 *
 *     node bench/exec_per_second.ts [--json] [--rounds N] [--seconds N] [--clang PROGRAM] [--cjson DIRECTORY]
 *
 * `--cjson` names a directory with cJSON.c (`apt-get source cjson`). Sides whose programs are not there are left out.
 * Run `npm run build` first.
 */

import { mkdtempSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { SIDES } from "./exec_per_second_sides.ts";
import { type BenchTarget, buildTargets } from "./exec_per_second_targets.ts";

const { values } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    rounds: { type: "string", default: "3" },
    seconds: { type: "string", default: "10" },
    clang: { type: "string", default: "clang-19" },
    cjson: { type: "string" },
  },
});

/** One side on one target. */
interface Figures {
  side: string;
  /** Median over the rounds. */
  execPerSecond: number;
  /** Median over the rounds, to native libFuzzer in the same round; undefined where that is left out. */
  ratio: number | undefined;
}

const REFERENCE = "libFuzzer, native";

const directory = mkdtempSync(join(tmpdir(), "wasm-kcov-bench-"));
try {
  const notes: string[] = [];
  const targets = buildTargets(directory, values.clang, values.cjson, (note) => notes.push(note));
  const results = targets.map((target) => ({ target: target.name, figures: measure(target, notes) }));
  const header = {
    node: process.version,
    v8: process.versions.v8,
    cpu: cpus()[0]?.model,
    cores: cpus().length,
    rounds: Number(values.rounds),
    seconds: Number(values.seconds),
  };
  if (values.json) process.stdout.write(`${JSON.stringify({ header, results, notes }, null, 2)}\n`);
  else print(header, results, notes);
} finally {
  rmSync(directory, { recursive: true });
}

function measure(target: BenchTarget, notes: string[]): Figures[] {
  const rates = new Map<string, number[]>();
  const missing = new Set<string>();
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const [name, side] of Object.entries(SIDES)) {
      if (missing.has(name)) continue;
      const result = side(target, Number(values.seconds), directory);
      if (typeof result === "number") rates.set(name, [...(rates.get(name) ?? []), result]);
      else {
        missing.add(name);
        notes.push(`${target.name}: ${name} is left out: ${result.leftOut}`);
      }
    }
  }
  const reference = rates.get(REFERENCE);
  return [...rates].map(([side, all]) => ({
    side,
    execPerSecond: Math.round(median(all)),
    ratio: reference && median(all.map((rate, k) => rate / (reference[k] ?? Number.NaN))),
  }));
}

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}

function print(
  header: Record<string, unknown>,
  results: readonly { target: string; figures: readonly Figures[] }[],
  notes: readonly string[],
): void {
  const { node, v8, cpu, cores, rounds, seconds } = header;
  const lines = [`Node ${node}, V8 ${v8}, ${cores} × ${cpu}, median of ${rounds} rounds of ${seconds} s`];
  for (const { target, figures } of results) {
    lines.push("", `${target.padEnd(28)} exec/s   to native`);
    for (const { side, execPerSecond, ratio } of figures) {
      const rate = execPerSecond.toLocaleString("en").padStart(10);
      lines.push(`  ${side.padEnd(22)} ${rate}   ${ratio === undefined ? "" : `${ratio.toFixed(2)}×`}`);
    }
  }
  if (notes.length > 0) lines.push("", ...notes);
  process.stdout.write(`${lines.join("\n")}\n`);
}
