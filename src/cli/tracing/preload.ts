/**
 * Runs first in a traced program, and in each of its workers. It is bundled into one CommonJS file, because `--require`
 * works where `--import` does not, and it does not load Binaryen.
 */

import { fileURLToPath } from "node:url";
import { isMainThread } from "node:worker_threads";
import { canInstall } from "../../loader/index.ts";
import { hidePreload, takeWorkerSetup } from "../../loader/node/index.ts";
import { type CountingSetup, countProcess, countWorker } from "./count_threads.ts";
import { Mailbox } from "./mailbox.ts";
import { type RecordingSetup, traceProcess, traceWorker } from "./record_threads.ts";
import { type TraceSettings, takeSettings } from "./settings.ts";

const PRELOAD = fileURLToPath(import.meta.url);

hidePreload(PRELOAD);
if (isMainThread) startProcess(takeSettings());
else joinProcess(takeWorkerSetup() as CountingSetup | RecordingSetup | undefined);

function startProcess(settings: TraceSettings | undefined): void {
  if (settings === undefined) return;
  const { trace, directory, server } = settings;
  const mailbox = new Mailbox(directory, server);
  let isTraced: boolean;
  try {
    isTraced = mailbox.claim();
  } catch (error) {
    // `node --permission` may forbid writing there. The program continues.
    process.stderr.write(`wasm-kcov: process ${process.pid} is not traced: ${(error as Error).message}\n`);
    return;
  }
  if (!isTraced) mailbox.addChild(process.argv.join(" "));
  else if (!canInstall()) mailbox.noteUntraceable();
  else if (trace === undefined) countProcess(mailbox, { directory, server }, PRELOAD);
  else traceProcess(trace, mailbox, { directory, server }, PRELOAD);
}

/** Sets up a worker. It has no setup if the device's memory was exhausted when it was created. */
function joinProcess(setup: CountingSetup | RecordingSetup | undefined): void {
  if (setup === undefined) return;
  if ("fd" in setup) traceWorker(setup, PRELOAD);
  else countWorker(setup, PRELOAD);
}
