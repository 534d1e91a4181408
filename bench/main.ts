/**
 * Measures what the README claims, one line a claim, and whether the claim holds.
 *
 *     node bench/main.ts [--only NAME,…] [--rounds N] [--round-time MS] [--warm-up MS] [--no-native] [--json] [--chart FILE]
 *                         [--programs NAME,…] [--keep FILE]
 *
 * Sides take turns in many short rounds, each in a process of its own; figures are medians of the ratios of a round.
 * The programs are built first (programs/build.ts says what that needs); without a compiler, modules from npm are
 * what is measured. --keep has what was measured of each program in a file: a run that was stopped goes on there.
 */

import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { formatComparisons } from "../src/cli/bench/report.ts";
import { StatusLine } from "../src/cli/bench/status.ts";
import { type Claim, formatClaims, verdictOf } from "./claim.ts";
import { codeSize } from "./code_size.ts";
import { commitOf, describedCommit } from "./commit.ts";
import type { Context } from "./context.ts";
import { KeptResults } from "./kept_results.ts";
import { measureLoop } from "./loop.ts";
import { type Built, buildPrograms } from "./programs/build.ts";
import { chartOfPrograms } from "./programs_chart.ts";
import { type Choice, measurePackages, measurePrograms } from "./programs_measured.ts";
import { formatPrograms } from "./programs_table.ts";
import { readTrace } from "./read_trace.ts";
import { recordedCmp } from "./recorded_cmp.ts";
import { recordedPc } from "./recorded_pc.ts";
import { slowdown } from "./slowdown.ts";
import { startup } from "./startup.ts";

/** By the name that --only takes. */
const CLAIMS: Readonly<Record<string, (context: Context) => Promise<Claim[]>>> = {
  pc: recordedPc,
  cmp: recordedCmp,
  slowdown,
  size: codeSize,
  startup,
  read: readTrace,
};

const status = new StatusLine();
const { values } = parseArgs({
  allowNegative: true,
  options: {
    only: { type: "string" },
    rounds: { type: "string", default: "41" },
    "round-time": { type: "string", default: "20" },
    "warm-up": { type: "string", default: "8000" },
    native: { type: "boolean", default: true },
    json: { type: "boolean", default: false },
    chart: { type: "string" },
    programs: { type: "string" },
    keep: { type: "string" },
  },
});

await main();

async function main(): Promise<void> {
  const names = values.only?.split(",") ?? Object.keys(CLAIMS);
  const unknown = names.find((name) => CLAIMS[name] === undefined);
  if (unknown !== undefined) throw new RangeError(`--only ${unknown} is none of ${Object.keys(CLAIMS).join(", ")}`);
  const nothing: Built = {
    modules: new Map(),
    native: new Map(),
    missing: ["no programs in C and C++: --no-native was given"],
  };
  const context = contextOf(values.native ? buildPrograms(commitOf(), say) : nothing);
  const claims: Claim[] = [];
  for (const name of names) {
    if (!process.stderr.isTTY) say(`measuring ${name} …`);
    claims.push(...((await CLAIMS[name]?.(context)) ?? []));
  }
  status.clear();
  await report(claims, context, names.includes("slowdown") || names.includes("size"));
}

function contextOf(built: Built): Context {
  const measure = {
    rounds: Number(values.rounds),
    roundMs: Number(values["round-time"]),
    warmUpMs: Number(values["warm-up"]),
    progress: (text: string) => status.show(text),
  };
  const kept = new KeptResults(values.keep, commitOf());
  const choice: Choice = { only: values.programs?.split(","), kept };
  return {
    measure,
    built,
    loop: once(() => measureLoop(built, measure)),
    tuned: once(() => measurePrograms(built, measure, choice, true)),
    others: once(() => measurePrograms(built, measure, choice, false)),
    packages: once(() => measurePackages(built, measure, choice)),
  };
}

function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

async function report(claims: readonly Claim[], context: Context, withPrograms: boolean): Promise<void> {
  const sets = withPrograms
    ? {
        "programs that the pass was tuned with": await context.tuned(),
        "other programs": await context.others(),
        "modules from npm": await context.packages(),
      }
    : {};
  const programs = Object.values(sets).flat();
  const header = {
    node: process.version,
    v8: process.versions.v8,
    cpu: `${cpus().length} × ${cpus()[0]?.model.trim()}`,
    commit: describedCommit(),
    rounds: context.measure.rounds,
    roundMs: context.measure.roundMs,
  };
  if (values.chart !== undefined) writeFileSync(values.chart, chartOfPrograms(programs));
  if (values.json) {
    const judged = claims.map((claim) => ({ ...claim, verdict: verdictOf(claim) }));
    const results = programs.map(({ program, rows, missing, doubts }) => ({ program, rows, missing, doubts }));
    print(JSON.stringify({ ...header, missing: context.built.missing, claims: judged, programs: results }, null, 2));
    return;
  }
  print(`Node.js ${header.node}, V8 ${header.v8}, ${header.cpu}, commit ${header.commit}\n`);
  print(formatClaims(claims));
  for (const line of context.built.missing) print(line);
  print(formatPrograms(sets));
  const engine = `Node.js ${header.node}`;
  if (withPrograms)
    print(
      formatComparisons(
        programs.map((program) => ({ ...program, engine })),
        header,
      ),
    );
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
