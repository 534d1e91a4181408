/**
 * What the first request of packages with WebAssembly waits for: from the program's first step until it is answered, as it is,
 * covered with nothing in the cache, covered with the module in the cache, and traced. Medians, with the sides interleaved.
 *
 *     npm run bench:first-request -- [--json] [--rounds N] [--only NAMES,OR,PARTS] [--dist DIR]… [--node PATH] [--parts]
 *
 * Each DIR is a build of the library, by default this one's. All figures are milliseconds: of the request, of the processor
 * ("cpu": all processes from start to end, less what the original takes; other work on the machine hardly changes it), and of
 * the longest time in which the event loop answered nobody ("still"). `--parts` says what the time goes into.
 */

import { mkdtempSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { median } from "../src/cli/bench/statistics.ts";
import { partsOf } from "./first_request/parts.ts";
import { type Measured, run, SIDES, type Side } from "./first_request/sides.ts";
import { fetchPackages } from "./packages/fetch.ts";

const { values } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    rounds: { type: "string", default: "3" },
    only: { type: "string", default: "" },
    dist: { type: "string", multiple: true, default: [fileURLToPath(new URL("../dist", import.meta.url))] },
    node: { type: "string", default: process.execPath },
    parts: { type: "boolean", default: false },
  },
});

const HEADING = ["", "original", "cold", "cpu", "still", "cached", "trace", "cpu", "still"];

const { REQUESTS } = (await import(new URL("first_request/requests.mjs", import.meta.url).href)) as {
  REQUESTS: Record<string, [version: string, request: unknown]>;
};

type Figures = Readonly<Record<Side, Measured>>;

const directory = mkdtempSync(join(tmpdir(), "wasm-kcov-bench-"));
try {
  const requests = Object.entries(REQUESTS).filter(([name]) =>
    values.only.split(",").some((part) => name.includes(part)),
  );
  const failure = fetchPackages(requests.map(([name, [version]]) => `${name}@${version}`));
  if (failure !== undefined) throw new Error(failure);
  const names = requests.map(([name]) => name);
  if (values.parts) for (const name of names) process.stdout.write(partsOf(name, values.node, directory));
  else compare(names);
} finally {
  rmSync(directory, { recursive: true });
}

/** Prints each line as soon as it is measured: with large packages that takes minutes. */
function compare(names: readonly string[]): void {
  const header = { node: values.node, cpu: cpus()[0]?.model, rounds: Number(values.rounds) };
  const results: { name: string; dist: string; figures: Figures }[] = [];
  if (!values.json) process.stdout.write(`${header.node}, ${header.cpu}, median of ${header.rounds} rounds\n\n`);
  print(HEADING);
  for (const name of names) {
    for (const [index, figures] of measure(name).entries()) {
      const dist = values.dist[index] ?? "";
      results.push({ name, dist, figures });
      print([values.dist.length > 1 ? `${name} ${dist}` : name, ...cells(figures)]);
    }
  }
  if (values.json) process.stdout.write(`${JSON.stringify({ header, results }, null, 2)}\n`);
}

function print([name = "", ...numbers]: readonly string[]): void {
  if (!values.json) process.stdout.write(`${name.padEnd(44)}${numbers.map((each) => each.padStart(9)).join("")}\n`);
}

function cells({ original, cold, cached, trace }: Figures): string[] {
  const numbers = [
    ...[original.milliseconds, cold.milliseconds, cold.cpu - original.cpu, cold.still, cached.milliseconds],
    ...[trace.milliseconds, trace.cpu - original.cpu, trace.still],
  ];
  return numbers.map((number) => number.toFixed(0));
}

/** @returns the medians of each build */
function measure(name: string): Figures[] {
  const all = values.dist.map(() => new Map<Side, Measured[]>(SIDES.map((side) => [side, []])));
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const [index, dist] of values.dist.entries()) {
      for (const side of SIDES) all[index]?.get(side)?.push(run(side, name, { dist, node: values.node }, directory));
    }
  }
  return all.map((sides) => Object.fromEntries(Array.from(sides, ([side, each]) => [side, middle(each)])) as Figures);
}

function middle(all: readonly Measured[]): Measured {
  const of = (key: keyof Measured): number => median(all.map((each) => each[key]));
  return { milliseconds: of("milliseconds"), still: of("still"), cpu: of("cpu") };
}
