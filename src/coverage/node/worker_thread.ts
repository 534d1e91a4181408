/** A worker's part: it tells the main thread which modules it loads, and where its counters are. */

import type { ModuleCounters } from "../../runtime/counter_store.ts";
import { encodeCounts } from "../profile/counts.ts";
import type { StoredMemoryError } from "../profile/memory_error.ts";
import { postTo, type ThreadMessage } from "./channel.ts";
import type { CollectorSink } from "./collector.ts";
import type { ModuleOrigin } from "./module_filter.ts";
import type { TalliedModule } from "./tally.ts";

export class WorkerThread implements CollectorSink {
  readonly #name: string;
  readonly #channel: string;
  /** Counters that no other thread can read. */
  readonly #own: ModuleCounters[] = [];

  /**
   * @param name the worker's name, unique in the process
   * @param channel name of the channel on which the recording thread listens
   */
  constructor(name: string, channel: string) {
    this.#name = name;
    this.#channel = channel;
  }

  loaded(module: TalliedModule, origin: ModuleOrigin): void {
    this.#post({ type: "loaded", module, origin });
  }

  counting(_: TalliedModule | undefined, counters: ModuleCounters): void {
    const { id, table, memory, kind: form, length } = counters;
    if (memory === undefined) {
      this.#own.push(counters);
      this.#post({ type: "countingAlone", id, table, thread: this.#name });
    } else this.#post({ type: "counting", id, table, thread: this.#name, memory, form, length });
  }

  leftOut(place: string): void {
    this.#post({ type: "leftOut", place });
  }

  memoryError(error: StoredMemoryError): void {
    this.#post({ type: "memoryError", error });
  }

  note(line: string): void {
    this.#post({ type: "note", line });
  }

  expectWorkers(): void {
    // The main thread listens to them, too.
  }

  endWorker(thread: string): void {
    this.#post({ type: "ended", thread });
  }

  /** Sends the counters that only this thread can read, at its end. */
  finish(): void {
    for (const counters of this.#own) {
      const { id, table, length } = counters;
      const counts = encodeCounts(counters.read());
      this.#post({ type: "counts", id, table, thread: this.#name, counters: length, counts });
      counters.clear();
    }
  }

  #post(message: ThreadMessage): void {
    postTo(this.#channel, message);
  }
}
