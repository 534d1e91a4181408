// The kernel's example of remote coverage, with a real thread: the main thread wants to know what a worker executes on
// its behalf. Each side of the bargain names a handle; the worker's coverage appears in the main thread's buffer.

import { isMainThread, Worker, workerData } from "node:worker_threads";
import {
  KCOV_DISABLE,
  KCOV_INIT_TRACE,
  KCOV_REMOTE_ENABLE,
  KCOV_SUBSYSTEM_COMMON,
  KCOV_SUBSYSTEM_USB,
  KCOV_TRACE_PC,
  Kcov,
  kcovRemoteHandle,
} from "wasm-kcov";

const COVER_SIZE = 64 << 10;
const USB_BUS = kcovRemoteHandle(KCOV_SUBSYSTEM_USB, 1n);
const COMMON = kcovRemoteHandle(KCOV_SUBSYSTEM_COMMON, 0x42n);

if (isMainThread) {
  const kcov = await Kcov.create();
  const fd = kcov.open();
  kcov.ioctl(fd, KCOV_INIT_TRACE, COVER_SIZE);
  const cover = kcov.mmap(fd, COVER_SIZE * 8);
  kcov.ioctl(fd, KCOV_REMOTE_ENABLE, {
    traceMode: KCOV_TRACE_PC,
    areaSize: COVER_SIZE,
    handles: [USB_BUS],
    commonHandle: COMMON,
  });

  // The task is made here, so that the worker inherits the common handle, and so that there is a name for it.
  const task = kcov.taskInit();
  const worker = new Worker(new URL(import.meta.url), { workerData: { memory: kcov.memory, task } });
  await new Promise((resolve) => worker.once("exit", resolve));
  kcov.reap(task);

  // With acquire: the entries that the count covers are there.
  const n = Number(Atomics.load(cover.words, 0));
  for (let i = 1; i <= n; i++) process.stdout.write(`0x${cover.words[i].toString(16)}\n`);

  kcov.ioctl(fd, KCOV_DISABLE, 0);
  cover.munmap();
  kcov.close(fd);
} else {
  const kcov = await Kcov.attach(workerData.memory, { task: workerData.task });
  // Work for whoever listens to the bus, and work for the task that this one descends from.
  kcov.remoteSection(USB_BUS, () => handle(0x1000n, 3n));
  kcov.remoteSection(kcov.commonHandle(), () => handle(0x2000n, 2n));

  // Stands for a call of instrumented code: three sites, or two.
  function handle(first, sites) {
    for (let site = 0n; site < sites; site++) kcov.hooks.__sanitizer_cov_trace_pc(first + site);
  }
}
