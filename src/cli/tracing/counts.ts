/** The counts of a traced program's threads: kept in the program, left for the command line, and read there. */

import { CounterSums } from "../../coverage/profile/counts.ts";
import { halvesOf } from "../../runtime/records.ts";

/** The counters of a module in one thread. */
export interface ThreadCounters {
  /** The first eight bytes of the original module's SHA-256, big-endian. */
  readonly id: bigint;
  readonly length: number;
  /** Their current values. */
  read(): BigUint64Array<ArrayBufferLike>;
}

/** How many events a task had. */
export interface TaskCount {
  readonly task: number;
  readonly count: number;
}

/** The counts of all threads together in one module. */
export interface ModuleCounts {
  readonly id: bigint;
  readonly counters: BigUint64Array<ArrayBufferLike>;
}

/** The counts of a program. */
export interface ProgramCounts {
  /** The first task, and all others that counted something, in order. */
  readonly tasks: readonly TaskCount[];
  readonly modules: readonly ModuleCounts[];
}

/** The number of the program's main thread; workers follow in order of creation. */
export const MAIN_TASK = 1;

/** Counters of threads that run, and sums of those that have ended. */
export class CountTally {
  readonly #live = new Map<number, ThreadCounters[]>();
  readonly #ended: ThreadSums = { modules: new Map(), tasks: new Map() };

  /** Adds the counters of a thread that has created its first instance of a module. */
  add(task: number, counters: ThreadCounters): void {
    const others = this.#live.get(task);
    if (others === undefined) this.#live.set(task, [counters]);
    else others.push(counters);
  }

  /** Called when a thread has ended: keeps its counts, and releases its memory. */
  endTask(task: number): void {
    for (const counters of this.#live.get(task) ?? []) addTo(this.#ended, task, counters.id, counters.read());
    this.#live.delete(task);
  }

  /** The counts so far. Counting may continue. */
  counts(): ProgramCounts {
    const all: ThreadSums = { modules: new Map(), tasks: new Map([[MAIN_TASK, 0], ...this.#ended.tasks]) };
    for (const [key, { id, sums }] of this.#ended.modules) {
      const copy = new CounterSums(sums.words.length);
      copy.add(sums.words);
      all.modules.set(key, { id, sums: copy });
    }
    for (const [task, live] of this.#live) {
      // A copy, because other threads may continue to count, and both sums must get the same numbers.
      for (const { id, read } of live) addTo(all, task, id, read().slice());
    }
    const tasks = Array.from(all.tasks, ([task, count]) => ({ task, count }));
    return {
      tasks: tasks.filter(({ task, count }) => count > 0 || task === MAIN_TASK).sort((a, b) => a.task - b.task),
      modules: Array.from(all.modules.values(), ({ id, sums }) => ({ id, counters: sums.words })),
    };
  }
}

interface ThreadSums {
  readonly modules: Map<string, { readonly id: bigint; readonly sums: CounterSums }>;
  readonly tasks: Map<number, number>;
}

function addTo(
  { modules, tasks }: ThreadSums,
  task: number,
  id: bigint,
  counters: BigUint64Array<ArrayBufferLike>,
): void {
  const key = `${id} ${counters.length}`;
  let module = modules.get(key);
  if (module === undefined) {
    module = { id, sums: new CounterSums(counters.length) };
    modules.set(key, module);
  }
  module.sums.add(counters);
  const count = sumOf(counters);
  if (count > 0) tasks.set(task, (tasks.get(task) ?? 0) + count);
}

/** Adds counters up as pairs of 32-bit halves: a bigint per counter would take most of the time. */
function sumOf(counters: BigUint64Array<ArrayBufferLike>): number {
  const halves = halvesOf(counters);
  let [low, high] = [0, 0];
  for (let k = 0; k < halves.length; k += 2) {
    low += halves[k] as number;
    high += halves[k + 1] as number;
  }
  return high * 2 ** 32 + low;
}

/** Encodes counts as words: number of tasks, each task and its count; for each module its id, length and counters. */
export function encodeProgramCounts({ tasks, modules }: ProgramCounts): BigUint64Array<ArrayBuffer>[] {
  const head = [tasks.length, ...tasks.flatMap(({ task, count }) => [task, count])].map(BigInt);
  const rest = modules.map(({ id, counters }) => BigUint64Array.from([id, BigInt(counters.length), ...counters]));
  return [BigUint64Array.from(head), ...rest];
}

/** Decodes the pieces that {@link encodeProgramCounts} returns, concatenated. */
export function decodeProgramCounts(words: BigUint64Array): ProgramCounts {
  const tasks: TaskCount[] = [];
  const modules: ModuleCounts[] = [];
  let at = 1;
  for (let n = Number(words[0] ?? 0n); n > 0; n--, at += 2) {
    tasks.push({ task: Number(words[at]), count: Number(words[at + 1]) });
  }
  while (at < words.length) {
    const [id = 0n, length = 0n] = words.subarray(at, at + 2);
    modules.push({ id, counters: words.subarray(at + 2, at + 2 + Number(length)) });
    at += 2 + Number(length);
  }
  return { tasks, modules };
}
