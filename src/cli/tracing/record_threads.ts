/**
 * Threads of a program that is recorded. Each worker becomes a task of the same device, with its own area: the parent
 * opens and maps a descriptor, the worker enables it, and when the worker has ended, the parent keeps what it recorded.
 *
 *     parent                                worker
 *       taskInit, open, INIT_TRACE, mmap
 *       new Worker ────────────────────────▶ preload: attach, ENABLE, install the loader
 *       'exit' ◀──────────────────────────── runs, ends, is terminated, …
 *       reads the area, reap, munmap, close
 *
 * A worker's own workers are its children: their records are sent to the main thread on a broadcast channel. A message
 * that was posted arrives, whatever happens to the worker.
 */

import { KCOV_ENABLE } from "../../abi/kcov.ts";
import { Inbox, postTo } from "../../coverage/node/channel.ts";
import { placesInInstrumented } from "../../instrument/original_position.ts";
import { installNodeLoader, type WorkerPlan } from "../../loader/node/index.ts";
import { Kcov } from "../../runtime/kcov.ts";
import { noteChild } from "./child_names.ts";
import { tracesWorkers } from "./hosts.ts";
import { Mailbox } from "./mailbox.ts";
import { memoryErrorTeller } from "./memory_errors.ts";
import type { TaskWords } from "./records.ts";
import { closeArea, openWorkerArea, type TaskArea, TraceSession, type TraceSetup, traceMode } from "./session.ts";

/** What a worker needs to know. */
export interface RecordingSetup {
  readonly memory: WebAssembly.Memory;
  readonly task: number;
  readonly fd: number;
  readonly trace: TraceSetup;
  /** Name of the broadcast channel. */
  readonly channel: string;
  readonly mailbox: { readonly directory: string; readonly server: number };
}

/** The part of the setup that all threads share. */
type Common = Pick<RecordingSetup, "trace" | "channel" | "mailbox">;

/** Sets up recording in the main thread. @param preload path of the script that runs first in workers */
export function traceProcess(
  trace: TraceSetup,
  mailbox: Mailbox,
  where: RecordingSetup["mailbox"],
  preload: string,
): void {
  const common: Common = { trace, channel: `wasm-kcov ${process.pid}`, mailbox: where };
  // Now, although not every program needs it: later the program may have modified JavaScript's built-ins.
  const session = TraceSession.start(trace);
  const inbox = new Inbox<TaskWords>(common.channel, (words) => session.add(words));
  let isOver = false;
  installNodeLoader({
    imports: session.kcov.imports,
    transform: (binary, source) => mailbox.instrument(binary, source) ?? binary,
    transformLater: async (binary, source) => (await mailbox.instrumentLater(binary, source)) ?? binary,
    findPlaces: placesInInstrumented,
    worker() {
      if (!tracesWorkers()) return undefined;
      const area = session.addWorkerTask();
      return area && planFor(area, session.kcov, common, preload, () => session.endWorkerTask(area));
    },
    child: noteChild(mailbox),
    signalDirectory: where.directory,
    end() {
      if (!isOver) session.stop();
      isOver = true;
      inbox.drain();
      mailbox.putRecords(session.words());
    },
  });
}

/** Sets up recording in a worker. */
export function traceWorker(setup: RecordingSetup, preload: string): void {
  const { trace, channel } = setup;
  const kcov = Kcov.attachSync(setup.memory, { task: setup.task });
  kcov.onMemoryError = memoryErrorTeller();
  const mailbox = new Mailbox(setup.mailbox.directory, setup.mailbox.server);
  installNodeLoader({
    imports: kcov.imports,
    transform: (binary, source) => mailbox.instrument(binary, source) ?? binary,
    transformLater: async (binary, source) => (await mailbox.instrumentLater(binary, source)) ?? binary,
    findPlaces: placesInInstrumented,
    worker() {
      const area = openWorkerArea(kcov, trace);
      return area && planFor(area, kcov, setup, preload, () => postTo(channel, closeArea(kcov, area, trace.mode)));
    },
    child: noteChild(mailbox),
  });
  kcov.ioctl(setup.fd, KCOV_ENABLE, traceMode(trace.mode));
}

function planFor(
  { task, fd }: TaskArea,
  { memory }: Kcov,
  { trace, channel, mailbox }: Common,
  preload: string,
  ended: () => void,
): WorkerPlan {
  const setup: RecordingSetup = { memory, task, fd, trace, channel, mailbox };
  return { preload, setup, ended };
}
