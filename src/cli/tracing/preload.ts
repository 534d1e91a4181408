/**
 * Runs first in a traced program, and first in each of its workers. It has no top-level await and does not bring
 * Binaryen along: it is also required, by CommonJS.
 */

import { fileURLToPath } from "node:url";
import { isMainThread } from "node:worker_threads";
import { KCOV_ENABLE } from "../../abi/kcov.ts";
import { hidePreload, installNodeLoader, takeWorkerSetup, type WorkerPlan } from "../../loader/node/index.ts";
import { Kcov } from "../../runtime/kcov.ts";
import { describeChild } from "./child_names.ts";
import { Mailbox } from "./mailbox.ts";
import { closeArea, openWorkerArea, type TaskArea, TraceSession, traceMode } from "./session.ts";
import { type TraceSettings, takeSettings } from "./settings.ts";
import { openInbox, openOutbox, type WorkerSetup } from "./workers.ts";

const PRELOAD = fileURLToPath(import.meta.url);

hidePreload(PRELOAD);
if (isMainThread) startProcess(takeSettings());
else joinProcess(takeWorkerSetup() as WorkerSetup | undefined);

function startProcess(settings: TraceSettings | undefined): void {
  if (settings === undefined) return;
  const mailbox = new Mailbox(settings.directory, settings.server);
  if (!mailbox.claim()) {
    mailbox.addChild(process.argv.join(" "));
    return;
  }
  const channel = `wasm-kcov ${process.pid}`;
  // At once, although not every program needs it: later the language may not be what it was.
  const session = TraceSession.start(settings.trace);
  session.inbox = openInbox(channel);
  installNodeLoader({
    imports: session.kcov.imports,
    transform: (binary, source) => mailbox.instrument(binary, source) ?? binary,
    worker() {
      const area = session.addWorkerTask();
      return area && planFor(area, session.kcov, { channel, ...settings }, () => session.endWorkerTask(area));
    },
    child: (start) => note(mailbox, describeChild(start)),
    end() {
      session.stop();
      mailbox.putRecords(session.words());
    },
  });
}

/** A worker that was made when the device's memory was exhausted has no setup. */
function joinProcess(setup: WorkerSetup | undefined): void {
  if (setup === undefined) return;
  const { trace, channel } = setup;
  const kcov = Kcov.attachSync(setup.memory, { task: setup.task });
  const mailbox = new Mailbox(setup.mailbox.directory, setup.mailbox.server);
  const post = openOutbox(channel);
  installNodeLoader({
    imports: kcov.imports,
    transform: (binary, source) => mailbox.instrument(binary, source) ?? binary,
    worker() {
      const area = openWorkerArea(kcov, trace);
      const where = { channel, trace, ...setup.mailbox };
      return area && planFor(area, kcov, where, () => post(closeArea(kcov, area, trace.mode)));
    },
    child: (start) => note(mailbox, describeChild(start)),
  });
  kcov.ioctl(setup.fd, KCOV_ENABLE, traceMode(trace.mode));
}

function planFor(
  { task, fd }: TaskArea,
  { memory }: Kcov,
  { channel, trace, directory, server }: TraceSettings & { channel: string },
  ended: () => void,
): WorkerPlan {
  const setup: WorkerSetup = { memory, task, fd, trace, channel, mailbox: { directory, server } };
  return { preload: PRELOAD, setup, ended };
}

function note(mailbox: Mailbox, child: string | undefined): undefined {
  if (child !== undefined) mailbox.addChild(child);
}
