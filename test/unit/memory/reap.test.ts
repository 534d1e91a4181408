/** Threads that are killed in the middle of a call, or with things in their hands. */

import { afterEach, describe, expect, test } from "vitest";
import { HEADER_LOCK } from "../../../src/abi/layout.ts";
import {
  KCOV_ENABLE,
  KCOV_INIT_TRACE,
  KCOV_REMOTE_ENABLE,
  KCOV_SUBSYSTEM_USB,
  KCOV_TRACE_PC,
  Kcov,
} from "../../../src/index.ts";
import { ready } from "../../support/areas.ts";
import { Thread } from "../../support/thread.ts";

const HANDLE = KCOV_SUBSYSTEM_USB | 1n;
const threads: Thread[] = [];

afterEach(async () => {
  for (const thread of threads.splice(0)) await thread.terminate();
});

async function attach(kcov: Kcov, options: { task?: number } = {}): Promise<Thread> {
  const thread = await Thread.start(kcov, options);
  threads.push(thread);
  return thread;
}

describe("killed inside of a call, with the lock", () => {
  test.each([
    ["kzalloc", "open", []],
    ["vm_insert_page", "mmap", [3, 8192]],
    ["kmalloc", "ioctl", [4, KCOV_REMOTE_ENABLE, { traceMode: 0, areaSize: 8, handles: [HANDLE, HANDLE | 2n] }]],
    ["vmalloc", "remoteStart", [HANDLE | 8n]],
  ] as const)("in %s of %s: reap undoes the call and frees the lock", async (what, command, args) => {
    const kcov = await Kcov.create();
    const blank = kcov.open();
    kcov.ioctl(blank, KCOV_INIT_TRACE, 1024);
    ready(kcov, 16);
    const registered = ready(kcov, 16);
    kcov.ioctl(registered.fd, KCOV_REMOTE_ENABLE, { traceMode: 0, areaSize: 8, handles: [HANDLE | 8n] });
    const before = kcov.inspect();
    const thread = await attach(kcov);
    await thread.hang(what, command, ...args);
    await thread.terminate();
    kcov.reap(thread.task);
    expect(kcov.inspect()).toStrictEqual(before);
    kcov.reap(thread.task);
    // The same call works on another thread, with what the first one left.
    const next = await attach(kcov);
    await next.call(command, ...args);
  });

  test("a thread that waits for the lock gets it", async () => {
    const kcov = await Kcov.create();
    const [dead, waiting] = [await attach(kcov), await attach(kcov)];
    await dead.hang("kzalloc", "open");
    const opened = waiting.call<number>("open");
    const words = new Int32Array(kcov.memory.buffer);
    const lock = HEADER_LOCK >>> 2;
    // Until it has announced that it waits.
    while ((Atomics.load(words, lock) & 0x80000000) === 0);
    await dead.terminate();
    kcov.reap(dead.task);
    expect(await opened).toBe(3);
  });

  test("a wake-up that died with a thread does not leave the others asleep", async () => {
    const kcov = await Kcov.create();
    const [dead, waiting] = [await attach(kcov), await attach(kcov)];
    const words = new Int32Array(kcov.memory.buffer);
    const lock = HEADER_LOCK >>> 2;
    Atomics.store(words, lock, dead.task);
    const opened = waiting.call<number>("open");
    while ((Atomics.load(words, lock) & 0x80000000) === 0);
    // Released, but killed before it could wake anybody.
    Atomics.store(words, lock, 0);
    await dead.terminate();
    kcov.reap(dead.task);
    expect(await opened).toBe(3);
  });
});

describe("killed outside of calls", () => {
  test("its mappings and tracing go", async () => {
    const kcov = await Kcov.create();
    const thread = await attach(kcov);
    const fd = kcov.open();
    kcov.ioctl(fd, KCOV_INIT_TRACE, 4096);
    await thread.call("mmap", fd, 32768);
    await thread.call("ioctl", fd, KCOV_ENABLE, KCOV_TRACE_PC);
    await thread.call("traceSwitch", 1n, [1n, 64n, 2n], 3n);
    kcov.close(fd);
    await thread.terminate();
    expect(kcov.inspect().kcovs).toMatchObject([{ fds: [], mode: "TRACE_PC" }]);
    kcov.reap(thread.task);
    expect(kcov.inspect()).toMatchObject({ kcovs: [], alloc: { descriptors: 0, areas: 0 } });
    expect(kcov.inspect().tasks).toHaveLength(1);
    // All of its pages are free again: a larger area takes their place.
    const { mapping } = ready(kcov, 4096 + 1024);
    const fresh = await Kcov.create();
    expect(mapping.address).toBe(ready(fresh, 16).mapping.address);
  });

  test("its open section is dropped: the area is free, the reference gone, the data lost", async () => {
    const kcov = await Kcov.create();
    const { fd, words } = ready(kcov, 16);
    kcov.ioctl(fd, KCOV_REMOTE_ENABLE, { traceMode: KCOV_TRACE_PC, areaSize: 8, handles: [HANDLE] });
    const thread = await attach(kcov);
    await thread.call("remoteStart", HANDLE);
    await thread.call("hook", "pc", 5n);
    expect(kcov.inspect().kcovs).toMatchObject([{ refcount: 3 }]);
    await thread.terminate();
    kcov.reap(thread.task);
    expect(kcov.inspect()).toMatchObject({ kcovs: [{ refcount: 2, mode: "TRACE_PC" }], free: [8] });
    expect(words[0]).toBe(0n);
    expect(kcov.warnings).toBe(0);
  });

  test("the task that it had switched to goes, and its first one, but no idle task", async () => {
    const kcov = await Kcov.create();
    const idle = kcov.taskInit();
    const thread = await attach(kcov);
    const other = await thread.call<number>("taskInit");
    await thread.call("switchTo", other);
    await thread.terminate();
    expect(() => kcov.reap(other)).toThrow(`task ${other} runs on the thread of task ${thread.task}`);
    kcov.reap(thread.task);
    expect(kcov.inspect().tasks.map(({ id }) => id)).toStrictEqual([1, idle]);
  });

  test("its first task stays if another thread runs that by now", async () => {
    const kcov = await Kcov.create();
    const thread = await attach(kcov);
    const other = await thread.call<number>("taskInit");
    await thread.call("switchTo", other);
    kcov.switchTo(thread.task);
    await thread.terminate();
    kcov.reap(thread.task);
    expect(kcov.inspect()).toMatchObject({ current: thread.task, tasks: [{ id: 1 }, { id: thread.task }] });
  });

  test("a task that no thread ever took is reaped like one", async () => {
    const kcov = await Kcov.create();
    const task = kcov.taskInit();
    kcov.reap(task);
    expect(kcov.inspect().tasks).toHaveLength(1);
    expect(kcov.inspect().kcovs).toStrictEqual([]);
  });
});

describe("a thread whose task exits", () => {
  test("goes back to its first one, but not while another thread runs that", async () => {
    const kcov = await Kcov.create();
    const thread = await attach(kcov);
    kcov.switchTo(kcov.taskInit());
    await thread.call("switchTo", 1);
    kcov.taskExit();
    expect(kcov.current).toBe(0);
    await thread.call("switchTo", thread.task);
    kcov.switchTo(1);
    expect(kcov.current).toBe(1);
  });
});

test("KCOV_ENABLE of a task that exits on its own thread needs no reaping", async () => {
  const kcov = await Kcov.create();
  const { fd } = ready(kcov, 16);
  const thread = await attach(kcov);
  await thread.call("ioctl", fd, KCOV_ENABLE, KCOV_TRACE_PC);
  await thread.call("taskExit");
  await thread.terminate();
  kcov.reap(thread.task);
  expect(kcov.inspect().kcovs).toMatchObject([{ mode: "INIT", sequence: 2, refcount: 1 }]);
});
