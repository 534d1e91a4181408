/**
 * Threads of one device: whether two that trace at once slow each other, and what its calls cost under contention.
 *
 *     node bench/threads.ts [--json] [--rounds N]
 *
 * Scaling: the events per second of two threads against those of one, alternating in one run. Calls: mean and worst time
 * of a round on the main thread, while other threads do the same without a pause.
 */

import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import { KCOV_INIT_TRACE, KCOV_REMOTE_ENABLE, KCOV_TRACE_PC, Kcov } from "../src/index.ts";
import { HANDLE, sectionRound, sessionRound } from "./threads_work.ts";

const { values } = parseArgs({
  options: { json: { type: "boolean", default: false }, rounds: { type: "string", default: "9" } },
});
const ROUNDS = Number(values.rounds);
/** Events that a thread records in a round of the scaling benchmark. */
const EVENTS = 200_000_000;
/** Iterations of the same loop without hooks that take about as long. */
const PLAIN_ITERATIONS = 1_000_000_000;
/** Rounds of calls that are timed for each number of contenders. */
const CALLS = 20_000;

/** A thread that does what it is told, and says when it is done. */
class Contender {
  readonly #worker: Worker;

  constructor(kcov: Kcov) {
    const workerData = { memory: kcov.memory, task: kcov.taskInit() };
    this.#worker = new Worker(new URL("threads_worker.ts", import.meta.url), { workerData });
  }

  run(command: object): Promise<number> {
    return new Promise((resolve) => {
      this.#worker.once("message", resolve);
      this.#worker.postMessage(command);
    });
  }

  async stop(): Promise<void> {
    await this.#worker.terminate();
  }
}

interface Scaling {
  /** Work per second of two threads over that of one: median, least and most of the rounds. */
  median: number;
  least: number;
  most: number;
  /** Milliseconds of one thread alone, median. */
  alone: number;
}

/** Traced code, and plain code as the control: what the machine itself gives two threads. */
async function measureScaling(): Promise<{ traced: Scaling; plain: Scaling }> {
  const kcov = await Kcov.create();
  const threads = [new Contender(kcov), new Contender(kcov)];
  const commands = { traced: { trace: EVENTS }, plain: { plain: PLAIN_ITERATIONS } };
  const rounds = { traced: [] as Round[], plain: [] as Round[] };
  for (const command of Object.values(commands)) await Promise.all(threads.map((thread) => thread.run(command)));
  for (let round = 0; round < ROUNDS; round++) {
    for (const kind of ["traced", "plain"] as const) {
      const command = commands[kind];
      const alone = await timed(() => threads[round % 2]?.run(command));
      const together = await timed(() => Promise.all(threads.map((thread) => thread.run(command))));
      rounds[kind].push({ alone, together });
    }
  }
  for (const thread of threads) await thread.stop();
  return { traced: summarize(rounds.traced), plain: summarize(rounds.plain) };
}

interface Round {
  alone: number;
  together: number;
}

function summarize(rounds: readonly Round[]): Scaling {
  const ratios = rounds.map(({ alone, together }) => (2 * alone) / together).sort((a, b) => a - b);
  const [least = 0, most = 0] = [ratios[0], ratios.at(-1)];
  return { median: median(ratios), least, most, alone: median(rounds.map(({ alone }) => alone)) };
}

interface CallCost {
  calls: string;
  contenders: number;
  /** Microseconds a round. */
  mean: number;
  worst: number;
}

async function measureCalls(): Promise<CallCost[]> {
  const costs: CallCost[] = [];
  for (const contenders of [0, 1, 3]) {
    const kcov = await Kcov.create();
    const fd = kcov.open();
    kcov.ioctl(fd, KCOV_INIT_TRACE, 1 << 16);
    kcov.mmap(fd, 8 << 16);
    const threads = Array.from({ length: contenders }, () => new Contender(kcov));
    const owner = kcov.taskInit();
    const task = kcov.current;
    kcov.switchTo(owner);
    kcov.ioctl(fd, KCOV_REMOTE_ENABLE, { traceMode: KCOV_TRACE_PC, areaSize: 256, handles: [HANDLE] });
    kcov.switchTo(task);
    for (const [calls, round] of [
      ["open … close", () => sessionRound(kcov)],
      ["remoteStart, remoteStop", () => sectionRound(kcov)],
    ] as const) {
      const stop = new Int32Array(new SharedArrayBuffer(4));
      const busy = threads.map((thread) => thread.run({ contend: calls, stop }));
      for (let warm = 0; warm < 2000; warm++) round();
      costs.push({ calls, contenders, ...timeRounds(round) });
      Atomics.store(stop, 0, 1);
      await Promise.all(busy);
    }
    for (const thread of threads) await thread.stop();
  }
  return costs;
}

function timeRounds(round: () => void): { mean: number; worst: number } {
  let worst = 0;
  const start = performance.now();
  for (let call = 0; call < CALLS; call++) {
    const before = performance.now();
    round();
    worst = Math.max(worst, performance.now() - before);
  }
  return { mean: ((performance.now() - start) * 1000) / CALLS, worst: worst * 1000 };
}

async function timed(fn: () => unknown): Promise<number> {
  const start = performance.now();
  await fn();
  return performance.now() - start;
}

function median(sorted: readonly number[]): number {
  return [...sorted].sort((a, b) => a - b)[sorted.length >> 1] ?? 0;
}

const scaling = await measureScaling();
const calls = await measureCalls();
if (values.json) {
  process.stdout.write(
    `${JSON.stringify({ node: process.version, cpu: cpus()[0]?.model, scaling, calls }, null, 2)}\n`,
  );
} else {
  const line = (text: string): boolean => process.stdout.write(`${text}\n`);
  line(`Node.js ${process.version}, ${cpus().length} × ${cpus()[0]?.model}`);
  for (const [what, { median: ratio, least, most }] of Object.entries(scaling)) {
    const range = `${least.toFixed(2)} to ${most.toFixed(2)}, ${ROUNDS} rounds`;
    line(`two threads against one, ${what} code: ${ratio.toFixed(2)}× (${range})`);
  }
  const share = scaling.traced.median / scaling.plain.median;
  line(`tracing keeps ${(100 * share).toFixed(0)} % of what the machine gives two threads (bar: 1.8× of 2×, 90 %)`);
  line(`${((scaling.traced.alone * 1e6) / EVENTS).toFixed(2)} ns an event, one thread`);
  for (const { calls: name, contenders, mean, worst } of calls) {
    line(`${name.padEnd(24)} ${contenders} contenders: mean ${mean.toFixed(1)} µs, worst ${worst.toFixed(0)} µs`);
  }
}
