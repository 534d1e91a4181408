/** Several threads on one device. */

import { setImmediate } from "node:timers/promises";
import { afterEach, describe, expect, test } from "vitest";
import {
  KCOV_DISABLE,
  KCOV_ENABLE,
  KCOV_INIT_TRACE,
  KCOV_REMOTE_ENABLE,
  KCOV_SUBSYSTEM_USB,
  KCOV_TRACE_PC,
  Kcov,
} from "../../src/index.ts";
import { hasMultiMemory, instrument, type LinkMode } from "../../src/instrument/index.ts";
import { ready } from "../support/areas.ts";
import { Thread } from "../support/thread.ts";
import { wat } from "../support/wat.ts";

const LINKS: LinkMode[] = hasMultiMemory() ? ["import", "fused"] : ["import"];

const threads: Thread[] = [];

afterEach(async () => {
  for (const thread of threads.splice(0)) await thread.terminate();
});

async function attach(kcov: Kcov, options: { parent?: number; task?: number } = {}): Promise<Thread> {
  const thread = await Thread.start(kcov, options);
  threads.push(thread);
  return thread;
}

describe("a thread that attaches", () => {
  test("gets a task of its own, idle, which inherits nothing without a parent", async () => {
    const kcov = await Kcov.create();
    const thread = await attach(kcov);
    expect(thread.task).toBe(2);
    expect(kcov.current).toBe(1);
    expect(kcov.inspect().tasks).toMatchObject([{ id: 1 }, { id: 2, mode: "DISABLED", kcov: null, handle: 0n }]);
  });

  test("inherits the parent's common handle", async () => {
    const kcov = await Kcov.create();
    const { fd } = ready(kcov, 16);
    kcov.ioctl(fd, KCOV_REMOTE_ENABLE, { traceMode: KCOV_TRACE_PC, areaSize: 16, commonHandle: 0x42n, handles: [] });
    const thread = await attach(kcov, { parent: kcov.current });
    expect(await thread.call("commonHandle")).toBe(0x42n);
    kcov.ioctl(fd, KCOV_DISABLE);
    expect(await thread.call("commonHandle")).toBe(0x42n);
    expect(kcov.commonHandle()).toBe(0n);
  });

  test("can begin with a task that another thread made, and no other thread can have it then", async () => {
    const kcov = await Kcov.create();
    const task = kcov.taskInit();
    const thread = await attach(kcov, { task });
    expect(thread.task).toBe(task);
    expect(() => kcov.switchTo(task)).toThrow(RangeError);
    expect(() => kcov.taskExit(task)).toThrow(RangeError);
    await expect(Kcov.attach(kcov.memory, { task })).rejects.toThrow(RangeError);
    await thread.call("taskExit");
    expect(() => kcov.switchTo(task)).toThrow("there is no task");
  });

  test("can not begin with a task that a thread goes by already, though that runs another one now", async () => {
    const kcov = await Kcov.create();
    const other = kcov.taskInit();
    kcov.switchTo(other);
    await expect(Kcov.attach(kcov.memory, { task: 1 })).rejects.toThrow("another thread's");
  });

  test("is refused a parent that does not exist, and leaves no task behind", async () => {
    const kcov = await Kcov.create();
    await expect(Kcov.attach(kcov.memory, { parent: 99 })).rejects.toThrow("there is no task 99");
    await expect(Kcov.attach(kcov.memory, { parent: 1, task: 1 })).rejects.toThrow(TypeError);
    expect(kcov.inspect().tasks).toHaveLength(1);
  });
});

describe("fds, mappings and handles", () => {
  test("work on threads other than the opener's", async () => {
    const kcov = await Kcov.create();
    const thread = await attach(kcov);
    const fd = kcov.open();
    await thread.call("ioctl", fd, KCOV_INIT_TRACE, 64);
    const theirs = await thread.call<number>("mmap", fd, 512);
    await thread.call("ioctl", fd, KCOV_ENABLE, KCOV_TRACE_PC);
    await thread.call("hook", "pc", 0x1234n);
    kcov.hooks.__sanitizer_cov_trace_pc(0x9999n);
    expect(await thread.call("read", theirs, 0, 3)).toStrictEqual([1n, 0x1234n, 0n]);
    expect(kcov.inspect().kcovs).toMatchObject([{ fds: [fd], mode: "TRACE_PC", task: thread.task }]);
    expect(() => kcov.ioctl(fd, KCOV_DISABLE)).toThrow("EINVAL");
    await thread.call("ioctl", fd, KCOV_DISABLE);
    kcov.close(fd);
    await expect(thread.call("close", fd)).rejects.toMatchObject({ code: "EBADF" });
    expect(await thread.call("open")).toBe(fd);
  });

  test("one buffer is seen and reset by every thread", async () => {
    const kcov = await Kcov.create();
    const { fd, words } = ready(kcov, 64);
    const thread = await attach(kcov);
    await thread.call("ioctl", fd, KCOV_ENABLE, KCOV_TRACE_PC);
    await thread.call("hook", "pc", 1n);
    await thread.call("hook", "pc", 2n);
    expect([...words.subarray(0, 3)]).toStrictEqual([2n, 1n, 2n]);
    words[0] = 0n;
    await thread.call("hook", "pc", 3n);
    expect([...words.subarray(0, 3)]).toStrictEqual([1n, 3n, 2n]);
  });

  test("a remote section of one thread ends in the buffer of another", async () => {
    const kcov = await Kcov.create();
    const { fd, words } = ready(kcov, 64);
    const handle = KCOV_SUBSYSTEM_USB | 1n;
    kcov.ioctl(fd, KCOV_REMOTE_ENABLE, { traceMode: KCOV_TRACE_PC, areaSize: 32, handles: [handle] });
    const workers = [await attach(kcov), await attach(kcov)];
    for (const worker of workers) await worker.call("remoteStart", handle);
    for (const [index, worker] of workers.entries()) await worker.call("hook", "pc", BigInt(0x10 + index));
    expect(words[0]).toBe(0n);
    for (const worker of workers.toReversed()) await worker.call("remoteStop");
    expect([...words.subarray(0, 3)]).toStrictEqual([2n, 0x11n, 0x10n]);
    expect(kcov.inspect()).toMatchObject({ free: [32, 32] });
  });

  test("interrupt context is of one thread", async () => {
    const kcov = await Kcov.create();
    const { fd, words } = ready(kcov, 64);
    const thread = await attach(kcov);
    kcov.ioctl(fd, KCOV_ENABLE, KCOV_TRACE_PC);
    await thread.call("setInTask", false);
    kcov.hooks.__sanitizer_cov_trace_pc(5n);
    expect(words[0]).toBe(1n);
    expect(kcov.inspect().inTask).toBe(true);
    expect((await thread.call<{ inTask: boolean }>("inspect")).inTask).toBe(false);
  });

  test("a warning is counted for all and told to the thread that caused it", async () => {
    const kcov = await Kcov.create();
    const heard: string[] = [];
    kcov.onWarning = (message) => heard.push(message);
    const thread = await attach(kcov);
    await thread.call("remoteStart", 1n << 40n);
    expect(kcov.warnings).toBe(1);
    expect(heard).toStrictEqual([]);
    expect(thread.warnings).toHaveLength(1);
  });
});

describe("the memory", () => {
  test("grown by one thread is used by the others", async () => {
    const kcov = await Kcov.create();
    const thread = await attach(kcov);
    const before = kcov.memory.buffer.byteLength;
    const size = 1 << 18;
    const fd = await thread.call<number>("open");
    await thread.call("ioctl", fd, KCOV_INIT_TRACE, size);
    const theirs = await thread.call<number>("mmap", fd, size * 8);
    expect(kcov.memory.buffer.byteLength).toBeGreaterThan(before);
    await thread.call("ioctl", fd, KCOV_ENABLE, KCOV_TRACE_PC);
    await thread.call("write", theirs, 0, BigInt(size - 2));
    await thread.call("hook", "pc", 0xabcn);
    expect(await thread.call("read", theirs, size - 1, 1)).toStrictEqual([0xabcn]);
    // This thread allocates after what the other one grew, in memory that it has not seen before.
    const mine = ready(kcov, size);
    kcov.ioctl(mine.fd, KCOV_ENABLE, KCOV_TRACE_PC);
    mine.words[0] = BigInt(size - 2);
    kcov.hooks.__sanitizer_cov_trace_pc(0xdefn);
    expect(mine.words[size - 1]).toBe(0xdefn);
    expect(await thread.call("memoryBytes")).toBe(kcov.memory.buffer.byteLength);
  });

  test("two threads that call at once both get through", async () => {
    const kcov = await Kcov.create();
    const workers = [await attach(kcov), await attach(kcov)];
    const rounds = 200;
    const work = workers.map(async (worker) => {
      const fds = await Promise.all(Array.from({ length: rounds }, () => worker.call<number>("open")));
      await Promise.all(fds.map((fd) => worker.call("close", fd)));
      return fds;
    });
    for (let round = 0; round < rounds; round++) kcov.close(kcov.open());
    for (const fds of await Promise.all(work)) expect(new Set(fds).size).toBe(rounds);
    expect(kcov.inspect()).toMatchObject({ kcovs: [], alloc: { descriptors: 0 } });
  });
});

describe("a loop that calls nothing", () => {
  const LOOP = wat(`(module (import "env" "flag" (memory 1 1 shared))
    (func (export "run") (loop $l (br_if $l (i32.eqz (i32.atomic.load (i32.const 0)))))))`);

  test.each(LINKS)("goes on recording when another thread resets the count (%s)", async (link) => {
    const kcov = await Kcov.create();
    const { fd, words } = ready(kcov, 64);
    const thread = await attach(kcov);
    await thread.call("ioctl", fd, KCOV_ENABLE, KCOV_TRACE_PC);
    const flag = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
    const running = thread.call("runModule", instrument(LOOP, { link }).binary, flag, "run");
    for (let round = 0; round < 20; round++) {
      while (Atomics.load(words, 0) < 63n) await setImmediate();
      Atomics.store(words, 0, 0n);
    }
    while (Atomics.load(words, 0) < 63n) await setImmediate();
    Atomics.store(new Int32Array(flag.buffer), 0, 1);
    await running;
  });
});
