/** Runs first in every worker of a traced program: makes the worker a task of the device. */

import { BroadcastChannel, getEnvironmentData } from "node:worker_threads";
import { KCOV_ENABLE } from "../../abi/kcov.ts";
import { installLoader } from "../../loader/index.ts";
import { Kcov } from "../../runtime/kcov.ts";
import { ModuleInstrumenter } from "./modules.ts";
import { closeArea, openWorkerArea, traceMode } from "./session.ts";
import { replaceWorker, WORKER_SETUP, type WorkerMessage, type WorkerSetup } from "./workers.ts";

const setup = getEnvironmentData(WORKER_SETUP) as unknown as WorkerSetup | undefined;
// A worker that was made when the device's memory was exhausted has none.
if (setup !== undefined) await join(setup);

async function join({ memory, task, fd, trace, channel }: WorkerSetup): Promise<void> {
  const kcov = await Kcov.attach(memory, { task });
  const outbox = new BroadcastChannel(channel);
  outbox.unref();
  const post = (message: WorkerMessage): void => outbox.postMessage(message);
  const instrumenter = new ModuleInstrumenter(trace, (module) => post({ module }));
  installLoader({
    imports: kcov.imports,
    transform: (binary, source) => instrumenter.transform(binary, source),
  });
  replaceWorker(() => {
    const area = openWorkerArea(kcov, trace);
    if (area === undefined) return undefined;
    return {
      setup: { memory, task: area.task, fd: area.fd, trace, channel },
      ended: () => post(closeArea(kcov, area, trace.mode)),
    };
  });
  kcov.ioctl(fd, KCOV_ENABLE, traceMode(trace.mode));
}
