/** The records in the area of a task. */

import { KCOV_WORDS_PER_CMP } from "../../abi/kcov.ts";
import { COUNT_WORDS } from "../../abi/layout.ts";
import type { ModuleCounts, TaskCount } from "./counts.ts";
import type { TraceMode } from "./module_pass.ts";
import type { TracedModule } from "./modules.ts";

/** The area of a task: word 0 is the count, records follow. */
export interface TaskWords {
  task: number;
  words: BigUint64Array<ArrayBufferLike>;
}

/** What a traced program did. */
export interface TraceResult {
  readonly mode: TraceMode;
  readonly modules: readonly TracedModule[];
  /** Records or counts of each task, in order of the tasks. */
  readonly tasks: readonly (Records | TaskCount)[];
  /** The counts in the modules; undefined if events were recorded instead. */
  readonly counts: readonly ModuleCounts[] | undefined;
}

/** The records of the tasks, if events were recorded. */
export function recordsOf({ tasks }: TraceResult): Records[] {
  return tasks.filter((task) => task instanceof Records);
}

/** Whether an area was full, so that later events are missing. Counts are complete. */
export function isFull(task: Records | TaskCount): boolean {
  return task instanceof Records && task.dropped;
}

export class Records {
  /** The task that recorded them. */
  readonly task: number;
  /** The number of records. */
  readonly count: number;
  /** Whether the area is full, so that later events were not recorded. */
  readonly dropped: boolean;
  /** The records' words, one after the other. */
  readonly data: BigUint64Array<ArrayBufferLike>;
  /** The whole area. */
  readonly words: BigUint64Array<ArrayBufferLike>;
  readonly #recordWords: number;

  /** @param words the whole area; word 0 may hold anything */
  constructor(task: number, words: BigUint64Array<ArrayBufferLike>, mode: TraceMode) {
    this.task = task;
    this.words = words;
    this.#recordWords = mode === "cmp" ? KCOV_WORDS_PER_CMP : 1;
    const capacity = Math.floor((words.length - COUNT_WORDS) / this.#recordWords);
    const count = words[0] as bigint;
    this.dropped = count >= BigInt(capacity);
    this.count = this.dropped ? capacity : Number(count);
    this.data = words.subarray(COUNT_WORDS, COUNT_WORDS + this.count * this.#recordWords);
  }

  /** The words of record `index`. */
  get(index: number): BigUint64Array<ArrayBufferLike> {
    return this.data.subarray(index * this.#recordWords, (index + 1) * this.#recordWords);
  }
}
