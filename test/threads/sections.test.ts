/** Sections of several threads on one handle, in tasks and in soft interrupts, and threads that are killed in them. */

import { afterEach, describe, expect, test } from "vitest";
import { HEADER_RUNS, HEADER_VMAS, LIST_NEXT, RUN_PAGES, RUN_PINS } from "../../src/abi/layout.ts";
import {
  KCOV_ENABLE,
  KCOV_INIT_TRACE,
  KCOV_REMOTE_ENABLE,
  KCOV_SUBSYSTEM_USB,
  KCOV_TRACE_PC,
  Kcov,
} from "../../src/index.ts";
import { ready } from "../support/areas.ts";
import { Thread } from "../support/thread.ts";

const HANDLE = KCOV_SUBSYSTEM_USB | 1n;
const threads: Thread[] = [];

afterEach(async () => {
  for (const thread of threads.splice(0)) await thread.terminate();
});

async function attach(kcov: Kcov): Promise<Thread> {
  const thread = await Thread.start(kcov);
  threads.push(thread);
  return thread;
}

/** Pages of the runs that are in use and longer than one, which cells and the free areas here have. */
function pagesInUse(kcov: Kcov): number[] {
  const words = new Uint32Array(kcov.memory.buffer);
  const load = (address: number): number => words[address / 4] as number;
  const pages: number[] = [];
  for (let run = load(HEADER_RUNS + LIST_NEXT); run !== HEADER_RUNS; run = load(run + LIST_NEXT)) {
    if (load(run + RUN_PINS) > 0 && load(run + RUN_PAGES) > 1) pages.push(load(run + RUN_PAGES));
  }
  expect(load(HEADER_VMAS + LIST_NEXT), "what threads hold").toBe(HEADER_VMAS);
  return pages;
}

describe.each(["v6.12", "v7.2"] as const)("%s", (abi) => {
  test("every thread has an area and a saved record of its own; sections merge in the order in which they end", async () => {
    const kcov = await Kcov.create({ abi, irqAreaWords: 64 });
    const { fd, words } = ready(kcov, 256);
    kcov.ioctl(fd, KCOV_REMOTE_ENABLE, { traceMode: KCOV_TRACE_PC, areaSize: 16, handles: [HANDLE] });
    const workers = [await attach(kcov), await attach(kcov), await attach(kcov)];
    const pcs = (index: number): bigint => BigInt(0x100 * (index + 1));
    for (const [index, worker] of workers.entries()) {
      await worker.call("remoteStart", HANDLE);
      await worker.call("hook", "pc", pcs(index));
      await worker.call("setContext", "softirq");
      await worker.call("remoteStart", HANDLE);
      await worker.call("hook", "pc", pcs(index) + 1n);
    }
    expect(kcov.inspect()).toMatchObject({ saved: null, kcovs: [{ refcount: 8 }] });
    for (const worker of workers) {
      expect(await worker.call("inspect")).toMatchObject({ context: "softirq", saved: { mode: "TRACE_PC", size: 16 } });
    }
    for (const worker of workers.toReversed()) await worker.call("remoteStop");
    for (const [index, worker] of workers.entries()) {
      await worker.call("setContext", "task");
      await worker.call("hook", "pc", pcs(index) + 2n);
      await worker.call("remoteStop");
    }
    const expected = [0x301n, 0x201n, 0x101n, 0x100n, 0x102n, 0x200n, 0x202n, 0x300n, 0x302n];
    expect([...words.subarray(0, 10)]).toStrictEqual([9n, ...expected]);
    expect(kcov.inspect()).toMatchObject({ kcovs: [{ refcount: 2 }], free: [16, 16, 16] });
    expect(kcov.warnings).toBe(0);
  });

  test.each([
    ["a local session", async (thread: Thread, fd: number) => thread.call("ioctl", fd, KCOV_ENABLE, KCOV_TRACE_PC)],
    ["a section", async (thread: Thread) => thread.call("remoteStart", HANDLE)],
    [
      "an owner",
      async (thread: Thread, fd: number) =>
        thread.call("ioctl", fd, KCOV_REMOTE_ENABLE, { traceMode: 0, areaSize: 8, handles: [HANDLE | 2n] }),
    ],
    ["an idle task", async () => undefined],
  ] as const)("killed in a soft interrupt over %s: all of it ends", async (over, prepare) => {
    const kcov = await Kcov.create({ abi, irqAreaWords: 4096 });
    const { fd, mapping } = ready(kcov, 64);
    kcov.ioctl(fd, KCOV_REMOTE_ENABLE, { traceMode: KCOV_TRACE_PC, areaSize: 16, handles: [HANDLE] });
    mapping.munmap();
    const own = kcov.open();
    kcov.ioctl(own, KCOV_INIT_TRACE, 64);
    for (const nested of [true, false]) {
      const thread = await attach(kcov);
      await prepare(thread, own);
      await thread.call("setContext", "softirq");
      await thread.call("remoteStart", HANDLE);
      await thread.call("hook", "pc", 1n);
      if (!nested) {
        // The task goes on in the section, and in another one on top.
        await thread.call("setContext", "task");
        await thread.call("switchTo", await thread.call("taskInit"));
        await thread.call("remoteStart", HANDLE);
        await thread.call("setContext", "softirq");
        await thread.call("remoteStart", HANDLE);
      }
      expect(pagesInUse(kcov)).toStrictEqual([8]);
      await thread.terminate();
      kcov.reap(thread.task);
      expect(pagesInUse(kcov)).toStrictEqual([]);
      const { tasks, kcovs, remotes } = kcov.inspect();
      expect(tasks).toHaveLength(1);
      expect(remotes).toStrictEqual([[HANDLE, 1]]);
      // The second interrupt has taken the place of what the first one, never finished, had set aside: as in the kernel.
      const lost = !nested && over === "a section" ? 1 : 0;
      expect(kcovs).toMatchObject([{ refcount: 2 + lost }, { mode: "INIT", task: null, refcount: 1 }]);
    }
  });

  test("a thread that leaves in a soft interrupt gives its area back", async () => {
    const kcov = await Kcov.create({ abi, irqAreaWords: 4096 });
    const { fd, mapping } = ready(kcov, 64);
    kcov.ioctl(fd, KCOV_REMOTE_ENABLE, { traceMode: KCOV_TRACE_PC, areaSize: 16, handles: [HANDLE] });
    mapping.munmap();
    const other = Kcov.attachSync(kcov.memory);
    other.remoteStart(HANDLE);
    other.setContext("softirq");
    other.remoteStart(HANDLE);
    other[Symbol.dispose]();
    expect(pagesInUse(kcov)).toStrictEqual([]);
    expect(kcov.inspect()).toMatchObject({ kcovs: [{ refcount: 2 }], free: [16], tasks: [{ id: 1 }] });
  });
});
