/**
 * Random sequences of all operations, on the device and on the model: the same answer, the same warnings, the same
 * state and the same words in every mapping, after each operation.
 *
 * KCOV_PROPERTY_SEED repeats a run, KCOV_PROPERTY_RUNS sets its length.
 */

import { deepStrictEqual } from "node:assert";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type KcovAbi, KcovError } from "../../src/index.ts";
import { Model } from "./model.ts";
import type { ModelOptions } from "./model_base.ts";
import { ModelRefusal, snapshot } from "./model_state.ts";
import { type Call, calls, type Step, step } from "./steps.ts";
import { RealSystem } from "./system.ts";

const RUNS = Number(process.env.KCOV_PROPERTY_RUNS ?? 500);
const SEED = Number(process.env.KCOV_PROPERTY_SEED ?? Math.floor(Math.random() * 2 ** 31));

/** In what share of the sequences each of these must happen: a generator that no longer gets there fails. */
const LEAST_SHARES: Record<string, number> = {
  enable: 0.3,
  disable: 0.15,
  remoteEnable: 0.45,
  section: 0.25,
  merged: 0.15,
  truncated: 0.08,
  discarded: 0.03,
  undone: 0.15,
  busy: 0.3,
  pc: 0.25,
  pcFull: 0.12,
  cmp: 0.1,
  cmpFull: 0.1,
  areaReused: 0.15,
  startWhileBusy: 0.25,
  exitOfOwner: 0.15,
  exitInSection: 0.03,
  reapInSection: 0.004,
  outlivesFds: 0.15,
  unbackedMapping: 0.03,
  alias: 0.08,
  injected: 0.1,
  noTaskLeft: 0.002,
  softirqOverIdle: 0.08,
  softirqOverLocal: 0.015,
  softirqOverSection: 0.02,
  softirqOverOwner: 0.03,
  softirqNested: 0.03,
  restored: 0.06,
  mergedInSoftirq: 0.05,
  truncatedInSoftirq: 0.025,
  discardedInSoftirq: 0.003,
  bothAtOnce: 0.05,
  sectionOfOwner: 0.05,
};

const options: fc.Arbitrary<ModelOptions> = fc.record({
  comparisons: fc.oneof({ weight: 4, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
  areaLimitBytes: fc.constantFrom(3 * 4096, 3 * 4096 + 8),
  slide: fc.constantFrom(0n, 0n, 0x1000n, 0xffffffff80000000n),
  abi: fc.constantFrom<KcovAbi>("v5.5", "v5.5", "v5.18", "v6.12", "v6.12", "v7.2", "v7.2"),
  irqAreaWords: fc.constantFrom(1, 2, 5, 9, 33),
});

const sequence: fc.Arbitrary<Step[]> = fc.noBias(fc.array(step, { minLength: 1, maxLength: 90, size: "max" }));

test(`device and model agree (seed ${SEED})`, async () => {
  process.stdout.write(`property test of the device: KCOV_PROPERTY_SEED=${SEED}, ${RUNS} sequences\n`);
  const happened = new Map<string, number>();
  const property = fc.asyncProperty(options, sequence, async (chosen, steps) => {
    const events = await runSequence(chosen, steps);
    for (const event of events) happened.set(event, (happened.get(event) ?? 0) + 1);
  });
  await fc.assert(property, { seed: SEED, numRuns: RUNS, endOnFailure: process.env.KCOV_PROPERTY_SHRINK === "0" });
  if (process.env.KCOV_PROPERTY_SHARES !== undefined) process.stdout.write(`${JSON.stringify(shares(happened))}\n`);
  if (RUNS < 1000) return;
  const found = shares(happened);
  for (const [event, least] of Object.entries(LEAST_SHARES)) {
    expect(found[event] ?? 0, `share of the sequences with ${event}`).toBeGreaterThanOrEqual(least);
  }
}, 600_000);

function shares(happened: Map<string, number>): Record<string, number> {
  return Object.fromEntries([...happened].map(([event, count]) => [event, count / RUNS]));
}

async function runSequence(chosen: ModelOptions, steps: Step[]): Promise<Set<string>> {
  const model = new Model(chosen);
  const real = await RealSystem.create(chosen);
  const log: string[] = [];
  for (const drawn of steps) {
    for (const call of calls(drawn, model)) {
      log.push(show(call));
      if (call[0] === "inject") {
        model.failing = call[1];
        real.failing = call[1];
        continue;
      }
      try {
        compare(model, real, call);
      } catch (error) {
        throw new Error(`${(error as Error).message}\n\ncalls:\n${log.join("\n")}`, { cause: error });
      }
    }
    if (model.state.current === 0) model.events.add("noTaskLeft");
  }
  return model.events;
}

function compare(model: Model, real: RealSystem, call: Exclude<Call, ["inject", string]>): void {
  const run = model[call[0]] as (...args: unknown[]) => unknown;
  const expected = outcome(() => run.apply(model, call.slice(1)));
  deepStrictEqual(
    outcome(() => real.run(call)),
    expected,
    "result",
  );
  model.failing = "";
  real.failing = "";
  deepStrictEqual(real.kcov.warnings, model.warnings, "warnings");
  deepStrictEqual(real.heard, model.warnings, "warnings told");
  deepStrictEqual(real.kcov.inspect(), snapshot(model.state, model.options.abi), "state");
  for (const [index, { area, mapped, missing }] of model.state.mappings.entries()) {
    if (!mapped || area === null || missing.size > 0) continue;
    const { words, bytes } = real.mappings[index] as (typeof real.mappings)[number];
    if (!sameWords(words, area)) deepStrictEqual([...words], [...area], `words of mapping ${index}`);
    deepStrictEqual(bytes.byteLength, area.byteLength, `bytes of mapping ${index}`);
  }
}

function sameWords(words: BigUint64Array<ArrayBufferLike>, area: BigUint64Array): boolean {
  return words.length === area.length && area.every((word, index) => words[index] === word);
}

/** A call's result, the number of its refusal, or that it was misuse. */
function outcome(call: () => unknown): unknown {
  try {
    return { result: call() };
  } catch (error) {
    if (error instanceof ModelRefusal) return { errno: -error.errno };
    if (error instanceof KcovError) return { errno: error.errno };
    if (error instanceof RangeError) return { misuse: true };
    throw error;
  }
}

function show(call: Call): string {
  return JSON.stringify(call, (_, value: unknown) => (typeof value === "bigint" ? `0x${value.toString(16)}` : value));
}
