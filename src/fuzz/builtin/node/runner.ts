/** A target in a thread: opened as a job says, with its executions announced to the watcher. */

import { writeSync } from "node:fs";
import { memoryUsage } from "node:process";
import { parentPort } from "node:worker_threads";
import { visible } from "../../../text.ts";
import type { FuzzTarget, RunOutcome } from "../../engine.ts";
import { loadImportObject } from "../../targets/node/import_object.ts";
import { openTarget } from "../../targets/node/open_target.ts";
import type { FuzzEvent } from "../events.ts";
import { Control, PHASE_IDLE, PHASE_INITIALISING } from "./control.ts";
import type { Job, Message } from "./job.ts";
import { Journal } from "./journal.ts";

export class Runner {
  readonly job: Job;
  readonly control: Control;
  readonly target: FuzzTarget;
  readonly #journal: Journal | undefined;
  /** Notes from opening the target, printed when it is announced; later ones, from loading modules, are dropped. */
  readonly #notes: readonly string[];

  /** @throws {TargetError | InstrumentError} as `openTarget` */
  static async open(job: Job): Promise<Runner> {
    const control = new Control(job.control);
    control.phase = PHASE_INITIALISING;
    const notes: string[] = [];
    const target = await openTarget(job.targetPath, await targetOptions(job, notes));
    control.phase = PHASE_IDLE;
    const { journal } = job;
    const opened = journal && (await Journal.open(journal.fd, journal.capacityBytes, journal.policy));
    return new Runner(job, control, target, opened, notes);
  }

  private constructor(
    job: Job,
    control: Control,
    target: FuzzTarget,
    journal: Journal | undefined,
    notes: readonly string[],
  ) {
    this.#notes = notes;
    this.job = job;
    this.control = control;
    this.target = target;
    this.#journal = journal;
  }

  /** Announces an execution: whatever it does, its input is kept. */
  publish(input: Uint8Array): void {
    this.#journal?.note(input);
    this.control.publish(input);
  }

  /** Prints what is loaded. */
  announce(): void {
    const counters = (id: bigint): number => this.target.modules.find((module) => module.id === id)?.pcs.length ?? 0;
    const modules = this.target.modules.map(({ name, id }) => ({ name, counters: counters(id) }));
    tell({ event: "loaded", seed: this.job.seed, modules });
    for (const text of this.#notes) tell({ event: "note", text: `INFO: ${visible(text)}` });
    for (const { name, source } of this.target.modules) {
      const adopted = source?.pcTable.sites.filter(({ kind }) => kind === "adopted").length ?? 0;
      if (adopted > 0)
        tell({ event: "note", text: `INFO: ${visible(name)}: ${adopted} of the PCs are hooks of its compiler` });
    }
  }

  /** Runs one input while the thread is watched. */
  async run(input: Uint8Array): Promise<RunOutcome> {
    this.publish(input);
    const outcome = await this.target.runOne(input);
    this.control.idle();
    return outcome;
  }

  /** Runs one input, and what its execution leaves behind for later. */
  async runToItsEnd(input: Uint8Array): Promise<RunOutcome> {
    const outcome = await this.run(input);
    return outcome.kind === "crash" ? outcome : ((await this.target.settle?.()) ?? outcome);
  }
}

export function post(message: Message): void {
  parentPort?.postMessage(message);
}

export function tell(event: FuzzEvent): void {
  post({ event });
}

/** Memory of the whole process (RSS), in MiB. */
export function rssMb(): number {
  return memoryUsage.rss() / 2 ** 20;
}

async function targetOptions(job: Job, notes: string[]): Promise<Parameters<typeof openTarget>[1]> {
  const { importsPath, ...settings } = job.target;
  const fds = { stdout: job.stdoutFd, stderr: 2 };
  const shows = { stdout: job.showsStdout, stderr: job.showsStderr };
  return {
    ...settings,
    ...(importsPath === undefined ? {} : { imports: await loadImportObject(importsPath) }),
    onNote: (text) => notes.push(text),
    onWarning: (text) => tell({ event: "note", text: `WARNING: ${visible(text)}` }),
    onOutput: (stream, bytes) => {
      if (shows[stream]) writeAll(fds[stream], bytes);
    },
  };
}

/** Writes what it can at once and drops the rest: a reader that is slow or gone must not hold up the target. */
function writeAll(fd: number, bytes: Uint8Array): void {
  try {
    for (let rest = bytes; rest.length > 0; ) rest = rest.subarray(writeSync(fd, rest));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "EPIPE" && code !== "EAGAIN") throw error;
  }
}
