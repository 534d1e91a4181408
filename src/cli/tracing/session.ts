/** A device that traces the tasks of a program while it runs. */

import {
  KCOV_DISABLE,
  KCOV_ENABLE,
  KCOV_INIT_TRACE,
  KCOV_TRACE_CMP,
  KCOV_TRACE_PC,
  KCOV_WORDS_PER_CMP,
} from "../../abi/kcov.ts";
import { COUNT_WORDS, WORD_BYTES } from "../../abi/layout.ts";
import { KcovError } from "../../errors.ts";
import type { InstrumentOptions } from "../../instrument/index.ts";
import type { KcovMapping } from "../../kcov/mapping.ts";
import { Kcov } from "../../runtime/kcov.ts";
import { ModuleInstrumenter, type TracedModule, type TraceSetup } from "./modules.ts";
import { Records, type TraceMode } from "./records.ts";
import type { WorkerMessage } from "./workers.ts";

/** The device may use all that a memory can have: what is not written costs nothing. */
const MAX_BYTES = 2 ** 32 - 65536;
/** When memory is short, a worker's area is halved, down to this many words. */
const LEAST_WORKER_SIZE = 1 << 16;

export interface TraceSessionOptions {
  mode: TraceMode;
  /** Length of the main thread's area in words. */
  size: number;
  /** How modules are instrumented; `trace` and `pcBase` are the session's. */
  instrument: Omit<InstrumentOptions, "trace" | "pcBase">;
}

/** An area that a task records to, whoever runs the task. */
export interface TaskArea {
  task: number;
  fd: number;
  mapping: KcovMapping;
}

export class TraceSession {
  readonly kcov: Kcov;
  readonly mode: TraceMode;
  readonly setup: TraceSetup;
  readonly instrumenter: ModuleInstrumenter;
  readonly modules: TracedModule[] = [];
  /** Areas of tasks that have ended. */
  readonly #finished: { task: number; words: BigUint64Array<ArrayBuffer> }[] = [];
  readonly #live = new Set<TaskArea>();
  readonly #main: TaskArea;
  /** The next message of a worker, if there is one. */
  inbox: () => WorkerMessage | undefined = () => undefined;

  /**
   * Makes a device and enables it for the current task.
   *
   * @throws {KcovError} ENOMEM
   */
  static async start(options: TraceSessionOptions): Promise<TraceSession> {
    const kcov = await Kcov.create({ maxBytes: MAX_BYTES, areaLimitBytes: MAX_BYTES });
    const session = new TraceSession(kcov, options, openArea(kcov, kcov.current, options.size));
    kcov.ioctl(session.#main.fd, KCOV_ENABLE, traceMode(options.mode));
    return session;
  }

  private constructor(kcov: Kcov, { mode, size, instrument }: TraceSessionOptions, main: TaskArea) {
    this.kcov = kcov;
    this.mode = mode;
    this.setup = { mode, size, options: instrument, nextNumber: new Int32Array(new SharedArrayBuffer(4)) };
    this.instrumenter = new ModuleInstrumenter(this.setup, (module) => this.modules.push(module));
    this.#main = main;
    this.#live.add(main);
  }

  /**
   * Makes a task for a worker, and the area that it will enable.
   *
   * @returns undefined if the device's memory is exhausted
   */
  addWorkerTask(): TaskArea | undefined {
    const area = openWorkerArea(this.kcov, this.setup);
    if (area !== undefined) this.#live.add(area);
    return area;
  }

  /** The worker has ended, however it did: keeps what it recorded, and gives back what it held. */
  endWorkerTask(area: TaskArea): void {
    if (!this.#live.delete(area)) return;
    this.#finished.push(closeArea(this.kcov, area, this.mode));
    this.#receive();
  }

  /** What was recorded so far, by task in order of creation. Tasks that recorded nothing are left out, but the first. */
  records(): Records[] {
    this.#receive();
    const live = Array.from(this.#live, ({ task, mapping }) => ({ task, words: mapping.words }));
    return [...this.#finished, ...live]
      .map(({ task, words }) => new Records(task, words, this.mode))
      .filter(({ task, count }) => count > 0 || task === this.#main.task)
      .sort((a, b) => a.task - b.task);
  }

  /** Takes in what workers have said. */
  #receive(): void {
    for (let message = this.inbox(); message !== undefined; message = this.inbox()) {
      if ("module" in message) this.modules.push(message.module);
      else this.#finished.push(message);
    }
  }

  /** Ends the tracing of this thread. What was recorded stays readable. */
  stop(): void {
    this.kcov.ioctl(this.#main.fd, KCOV_DISABLE, 0);
  }
}

/** The ioctl argument for a mode. */
export function traceMode(mode: TraceMode): number {
  return mode === "pc" ? KCOV_TRACE_PC : KCOV_TRACE_CMP;
}

/**
 * Makes a task for a worker of this thread, and its area: as large as the main thread's if there is room for that.
 *
 * @returns undefined if the device's memory is exhausted
 */
export function openWorkerArea(kcov: Kcov, setup: TraceSetup): TaskArea | undefined {
  const task = kcov.taskInit();
  for (let { size } = setup; ; size = Math.ceil(size / 2)) {
    try {
      return openArea(kcov, task, size);
    } catch (error) {
      if (error instanceof KcovError && error.code === "ENOMEM" && size > LEAST_WORKER_SIZE) continue;
      kcov.taskExit(task);
      if (error instanceof KcovError && error.code === "ENOMEM") return undefined;
      throw error;
    }
  }
}

/** Opens and maps a descriptor for a task to enable. */
function openArea(kcov: Kcov, task: number, size: number): TaskArea {
  const fd = kcov.open();
  try {
    kcov.ioctl(fd, KCOV_INIT_TRACE, size);
    return { task, fd, mapping: kcov.mmap(fd, size * WORD_BYTES) };
  } catch (error) {
    kcov.close(fd);
    throw error;
  }
}

/** The task's worker has ended, however it did: gives everything back. @returns what it recorded: words of the area */
export function closeArea(
  kcov: Kcov,
  { task, fd, mapping }: TaskArea,
  mode: TraceMode,
): { task: number; words: BigUint64Array<ArrayBuffer> } {
  kcov.reap(task);
  const { data, dropped } = new Records(task, mapping.words, mode);
  // With room for one more record, unless the area had none: that is how one sees that it was full.
  const length = COUNT_WORDS + data.length + (dropped ? 0 : KCOV_WORDS_PER_CMP);
  const words = new BigUint64Array(mapping.words.subarray(0, length));
  mapping.munmap();
  kcov.close(fd);
  return { task, words };
}
