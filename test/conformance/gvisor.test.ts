/** What gVisor's kcov tests look at, in this project's words. */

import { afterEach, expect, test } from "vitest";
import { KCOV_DISABLE, KCOV_ENABLE, KCOV_INIT_TRACE, KCOV_TRACE_PC, Kcov } from "../../src/index.ts";
import { errnoOf, ready } from "../support/areas.ts";
import { Thread } from "../support/thread.ts";

const SIZE = 4096;
const threads: Thread[] = [];

afterEach(async () => {
  for (const thread of threads.splice(0)) await thread.terminate();
});

async function attach(kcov: Kcov): Promise<Thread> {
  const thread = await Thread.start(kcov);
  threads.push(thread);
  return thread;
}

test("what runs between ENABLE and DISABLE is recorded, with PCs that are not 0", async () => {
  const kcov = await Kcov.create();
  const { fd, words } = ready(kcov, SIZE);
  kcov.hooks.__sanitizer_cov_trace_pc(1n);
  kcov.ioctl(fd, KCOV_ENABLE, KCOV_TRACE_PC);
  for (let pc = 1n; pc <= 10n; pc++) kcov.hooks.__sanitizer_cov_trace_pc(pc);
  kcov.ioctl(fd, KCOV_DISABLE);
  kcov.hooks.__sanitizer_cov_trace_pc(11n);
  expect(words[0]).toBe(10n);
  expect([...words.subarray(1, 11)].every((pc) => pc !== 0n)).toBe(true);
  expect(words[11]).toBe(0n);
});

test("mapping before INIT_TRACE fails", async () => {
  const kcov = await Kcov.create();
  const fd = kcov.open();
  expect(errnoOf(() => kcov.mmap(fd, SIZE * 8))).toBe("EINVAL");
  expect(kcov.inspect().alloc.areas).toBe(0);
});

test("ten more ENABLEs after the first are all EINVAL, and tracing goes on", async () => {
  const kcov = await Kcov.create();
  const { fd, words } = ready(kcov, SIZE);
  kcov.ioctl(fd, KCOV_ENABLE, KCOV_TRACE_PC);
  for (let i = 0; i < 10; i++) expect(errnoOf(() => kcov.ioctl(fd, KCOV_ENABLE, KCOV_TRACE_PC))).toBe("EINVAL");
  kcov.hooks.__sanitizer_cov_trace_pc(5n);
  expect(words[0]).toBe(1n);
  expect(errnoOf(() => kcov.ioctl(fd, KCOV_DISABLE))).toBe("ok");
});

test("two fds on two threads record at once, each its own", async () => {
  const kcov = await Kcov.create();
  const workers = [await attach(kcov), await attach(kcov)];
  const flag = new Int32Array(new SharedArrayBuffer(8));
  const mine = workers.map(() => ready(kcov, 16));
  for (const [index, worker] of workers.entries())
    await worker.call("ioctl", mine[index]?.fd, KCOV_ENABLE, KCOV_TRACE_PC);
  const tracing = workers.map((worker, index) => worker.call("traceUntil", flag, BigInt(0x10 + index)));
  // Until both buffers are full, which takes both threads.
  for (const { words } of mine) while (Atomics.load(words, 0) < 15n) Atomics.wait(flag, 1, Atomics.load(flag, 1));
  Atomics.store(flag, 0, 1);
  await Promise.all(tracing);
  for (const [index, { words }] of mine.entries()) {
    expect([...words]).toStrictEqual([15n, ...Array<bigint>(15).fill(BigInt(0x10 + index))]);
  }
});

test("two threads on one fd take turns", async () => {
  const kcov = await Kcov.create();
  const { fd, words } = ready(kcov, SIZE);
  const [first, second] = [await attach(kcov), await attach(kcov)];
  await first.call("ioctl", fd, KCOV_ENABLE, KCOV_TRACE_PC);
  await expect(second.call("ioctl", fd, KCOV_ENABLE, KCOV_TRACE_PC)).rejects.toMatchObject({ code: "EINVAL" });
  await expect(second.call("ioctl", fd, KCOV_DISABLE)).rejects.toMatchObject({ code: "EINVAL" });
  await first.call("ioctl", fd, KCOV_DISABLE);
  await second.call("ioctl", fd, KCOV_ENABLE, KCOV_TRACE_PC);
  await second.call("hook", "pc", 2n);
  await second.call("taskExit");
  // No new mapping: the first one's area is still there.
  await first.call("ioctl", fd, KCOV_ENABLE, KCOV_TRACE_PC);
  words[0] = 0n;
  await first.call("hook", "pc", 1n);
  expect([...words.subarray(0, 2)]).toStrictEqual([1n, 1n]);
});

test("an fd that INIT_TRACE set up on one thread is mapped and enabled on another", async () => {
  const kcov = await Kcov.create();
  const fd = kcov.open();
  kcov.ioctl(fd, KCOV_INIT_TRACE, SIZE);
  const thread = await attach(kcov);
  const mapping = await thread.call<number>("mmap", fd, SIZE * 8);
  await thread.call("ioctl", fd, KCOV_ENABLE, KCOV_TRACE_PC);
  await thread.call("hook", "pc", 0x123n);
  expect(await thread.call("read", mapping, 0, 2)).toStrictEqual([1n, 0x123n]);
});
