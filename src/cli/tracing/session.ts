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
import { KCOV_TRACE_PC_EXT } from "../../abi/proposals.ts";
import { KcovError } from "../../errors.ts";
import type { KcovMapping } from "../../kcov/mapping.ts";
import { Kcov } from "../../runtime/kcov.ts";
import type { KcovProposal } from "../../runtime/options.ts";
import { memoryErrorTeller } from "./memory_errors.ts";
import type { TraceMode } from "./module_pass.ts";
import { Records, type TaskWords } from "./records.ts";

/** The device may use a whole 32-bit memory: pages that are never written cost nothing. */
const MAX_BYTES = 2 ** 32 - 65536;
/** When memory is short, a worker's area is halved, down to this many words. */
const LEAST_WORKER_SIZE = 1 << 16;

/** How every thread of the program is traced. */
export interface TraceSetup {
  mode: TraceMode;
  /** Length of the main thread's area in words. */
  size: number;
}

/** An area to which a task records, in whatever thread it runs. */
export interface TaskArea {
  task: number;
  fd: number;
  mapping: KcovMapping;
}

export class TraceSession {
  readonly kcov: Kcov;
  readonly setup: TraceSetup;
  /** Areas of tasks that have ended. */
  readonly #finished: TaskWords[] = [];
  readonly #live = new Set<TaskArea>();
  readonly #main: TaskArea;

  /**
   * Creates a device and enables it for the current task.
   *
   * @throws {KcovError} ENOMEM
   */
  static start(setup: TraceSetup): TraceSession {
    const proposals: KcovProposal[] = setup.mode === "calls" ? ["pc-ext"] : [];
    const kcov = Kcov.createSync({ maxBytes: MAX_BYTES, areaLimitBytes: MAX_BYTES, proposals });
    kcov.onMemoryError = memoryErrorTeller();
    const session = new TraceSession(kcov, setup, openArea(kcov, kcov.current, setup.size));
    kcov.ioctl(session.#main.fd, KCOV_ENABLE, traceMode(setup.mode));
    return session;
  }

  private constructor(kcov: Kcov, setup: TraceSetup, main: TaskArea) {
    this.kcov = kcov;
    this.setup = setup;
    this.#main = main;
    this.#live.add(main);
  }

  /**
   * Creates a task for a worker, and the area that it will enable.
   *
   * @returns undefined if the device's memory is exhausted
   */
  addWorkerTask(): TaskArea | undefined {
    const area = openWorkerArea(this.kcov, this.setup);
    if (area !== undefined) this.#live.add(area);
    return area;
  }

  /** Called when a worker has ended in any way: keeps its records, and releases its resources. */
  endWorkerTask(area: TaskArea): void {
    if (!this.#live.delete(area)) return;
    this.#finished.push(closeArea(this.kcov, area, this.setup.mode));
  }

  /** Adds the records of a worker's worker that has ended. */
  add(words: TaskWords): void {
    this.#finished.push(words);
  }

  /** The records so far, by task in order of creation. Tasks without records are left out, except for the first. */
  words(): TaskWords[] {
    const live = Array.from(this.#live, (area) => ({ task: area.task, words: copyUsed(area, this.setup.mode) }));
    return [...this.#finished, ...live]
      .filter(({ task, words }) => words[0] !== 0n || task === this.#main.task)
      .sort((a, b) => a.task - b.task);
  }

  /** Stops tracing this thread. Its records stay readable. */
  stop(): void {
    this.kcov.ioctl(this.#main.fd, KCOV_DISABLE, 0);
  }
}

/** The ioctl argument for a mode. */
export function traceMode(mode: TraceMode): number {
  return { pc: KCOV_TRACE_PC, cmp: KCOV_TRACE_CMP, calls: KCOV_TRACE_PC_EXT }[mode];
}

/**
 * Creates a task for a worker of this thread, and its area: as large as the main thread's if there is room for that.
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

/** Releases the resources of a task whose worker has ended in any way. @returns its records, as words of the area */
export function closeArea(kcov: Kcov, area: TaskArea, mode: TraceMode): TaskWords {
  kcov.reap(area.task);
  const words = copyUsed(area, mode);
  area.mapping.munmap();
  kcov.close(area.fd);
  return { task: area.task, words };
}

/**
 * Copies the part of an area that has been written so far: its task may go on. The copy has room for one more record,
 * unless the area was full: that is how a full area is recognised.
 */
function copyUsed({ task, mapping }: TaskArea, mode: TraceMode): BigUint64Array<ArrayBuffer> {
  const { count, data, dropped } = new Records(task, mapping.words, mode);
  const length = COUNT_WORDS + data.length + (dropped ? 0 : KCOV_WORDS_PER_CMP);
  const words = new BigUint64Array(mapping.words.subarray(0, length));
  words[0] = BigInt(count);
  return words;
}
