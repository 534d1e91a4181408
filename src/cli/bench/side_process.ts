/**
 * The process of a side. Each mode has one of its own: a script and its imports can be loaded only once in a process,
 * and the binary may be that of another Node.js. The reason is not interference between modes in one process, which was
 * not observed: cJSON gave the same figures, within the noise, with one other mode in its process and with five.
 *
 *     parent ── SideSetup ──▶ loads, instruments, runs once ── ready ──▶
 *            ── iterations ──▶ runs ── batch ──▶ …
 */

import { join } from "node:path";
import { hasMultiMemory } from "../../engine.ts";
import { isThenable } from "../../runtime/thenable.ts";
import { describeFailure } from "../failure.ts";
import { Instrumenting } from "./instrumenting.ts";
import { type Mode, modeOf } from "./modes.ts";
import { prepareModule } from "./module_subject.ts";
import { AreaRecorder } from "./recorder.ts";
import { loadScript } from "./script_subject.ts";
import type { Batch, SideFacts, SideMessage, SideSetup } from "./side.ts";
import { Stopwatch } from "./stopwatch.ts";

process.once("message", (setup) => void serve(setup as SideSetup));
process.once("disconnect", () => process.exit());

async function serve(setup: SideSetup): Promise<void> {
  const mode = modeOf(setup.mode);
  const reason = whyUnavailable(mode);
  if (reason !== undefined) return answer({ kind: "unavailable", reason });
  await guarded(async () => {
    const { facts, run, recorder } = await prepare(mode, setup);
    if (run !== undefined) {
      process.on("message", (iterations) => {
        void guarded(async () => answer({ kind: "batch", batch: await runBatch(run, recorder, iterations as number) }));
      });
    }
    answer({ kind: "ready", facts });
  });
}

function whyUnavailable({ instrument }: Mode): string | undefined {
  if (instrument?.link !== "fused" || hasMultiMemory()) return undefined;
  return `Node.js ${process.version} has no multi-memory, which hooks inside the module need: Node.js 22 has`;
}

interface PreparedSide {
  facts: SideFacts;
  /** Runs the program again; undefined if it can run only as a whole. */
  run: (() => unknown) | undefined;
  recorder: AreaRecorder;
}

async function prepare(mode: Mode, { workload, size, instrument, cache }: SideSetup): Promise<PreparedSide> {
  const recorder = await AreaRecorder.create(mode.record, size);
  const instrumenting = new Instrumenting(
    mode.instrument && { ...instrument, ...mode.instrument },
    join(cache, mode.name),
  );
  const start = performance.now();
  const run =
    workload.kind === "script"
      ? await loadScript(workload, instrumenting, recorder)
      : await prepareModule(workload, instrumenting, recorder);
  const loadMs = performance.now() - start;
  const first =
    run === undefined
      ? { ns: (loadMs - instrumenting.totalMs) * 1e6, events: recorder.count, result: "" }
      : await runBatch(run, recorder, 1);
  // Read after the first run, because the program may load its modules when it needs them.
  const { bytes, instrumentMs, compileMs, unmatched } = instrumenting;
  const events = mode.instrument?.trace?.includes("counters") ? recorder.countersHit() : first.events;
  const dropped = mode.record !== undefined && first.events >= recorder.capacity;
  const figures = { bytes, instrumentMs, compileMs, unmatched };
  const facts = { ...figures, result: first.result, events, dropped, firstNs: first.ns, repeatable: run !== undefined };
  return { facts, run, recorder };
}

async function runBatch(run: () => unknown, recorder: AreaRecorder, iterations: number): Promise<Batch> {
  let events = 0;
  let result: unknown;
  const watch = new Stopwatch();
  for (let iteration = 0; iteration < iterations; iteration++) {
    recorder.reset();
    result = run();
    // Awaiting a value that is not a promise would take longer than a short program.
    if (isThenable(result)) {
      result = await result;
      watch.waited = true;
    }
    events += recorder.count;
  }
  return { ns: watch.ns(), events, result: describe(result) };
}

function describe(result: unknown): string {
  return typeof result === "object" || typeof result === "function" ? typeof result : String(result);
}

function answer(message: SideMessage): void {
  process.send?.(message);
}

async function guarded(fn: () => Promise<void>): Promise<void> {
  try {
    await fn();
  } catch (error) {
    answer({ kind: "failed", ...describeFailure(error) });
  }
}
