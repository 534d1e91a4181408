/** What the threads of a traced program counted: kept in the program, left for the command line, and read there. */

import { CounterSums } from "../../coverage/profile/counts.ts";
import { halvesOf } from "../../runtime/records.ts";

/** The counters of a module in one thread. */
export interface ThreadCounters {
  /** The first eight bytes of the original module's SHA-256, big-endian. */
  readonly id: bigint;
  readonly length: number;
  /** As they are now. */
  read(): BigUint64Array<ArrayBufferLike>;
}

/** How many events a task had. */
export interface TaskCount {
  readonly task: number;
  readonly count: number;
}

/** What all threads together counted in a module. */
export interface ModuleCounts {
  readonly id: bigint;
  readonly counters: BigUint64Array<ArrayBufferLike>;
}

/** What a program counted. */
export interface ProgramCounts {
  /** Those that counted something, and the first, in order. */
  readonly tasks: readonly TaskCount[];
  readonly modules: readonly ModuleCounts[];
}

/** The number of the program's main thread; workers follow in the order in which they are made. */
export const MAIN_TASK = 1;

/** Counters of threads that run, and sums of those that have ended. */
export class CountTally {
  readonly #live = new Map<number, ThreadCounters[]>();
  readonly #ended: ThreadSums = { modules: new Map(), tasks: new Map() };

  /** A thread has made its first instance of a module. */
  add(task: number, counters: ThreadCounters): void {
    const others = this.#live.get(task);
    if (others === undefined) this.#live.set(task, [counters]);
    else others.push(counters);
  }

  /** A thread has ended: what it counted is kept, and its memory is given back. */
  endTask(task: number): void {
    for (const counters of this.#live.get(task) ?? []) addTo(this.#ended, task, counters.id, counters.read());
    this.#live.delete(task);
  }

  /** Everything up to now. Counting may go on. */
  counts(): ProgramCounts {
    const all: ThreadSums = { modules: new Map(), tasks: new Map([[MAIN_TASK, 0], ...this.#ended.tasks]) };
    for (const [key, { id, sums }] of this.#ended.modules) {
      const copy = new CounterSums(sums.words.length);
      copy.add(sums.words);
      all.modules.set(key, { id, sums: copy });
    }
    for (const [task, live] of this.#live) {
      // Other threads may go on counting, so the same number is added to both sums.
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

/** Sums are read as pairs of halves: a bigint for each counter would take most of the time. */
function sumOf(counters: BigUint64Array<ArrayBufferLike>): number {
  const halves = halvesOf(counters);
  let [low, high] = [0, 0];
  for (let k = 0; k < halves.length; k += 2) {
    low += halves[k] as number;
    high += halves[k + 1] as number;
  }
  return high * 2 ** 32 + low;
}

/** As words: the number of tasks, each with its count; then for each module its id, how many counters, and these. */
export function encodeProgramCounts({ tasks, modules }: ProgramCounts): BigUint64Array<ArrayBuffer>[] {
  const head = [tasks.length, ...tasks.flatMap(({ task, count }) => [task, count])].map(BigInt);
  const rest = modules.map(({ id, counters }) => BigUint64Array.from([id, BigInt(counters.length), ...counters]));
  return [BigUint64Array.from(head), ...rest];
}

/** Reads what {@link encodeProgramCounts} made, one piece after the other. */
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
