/** Whose everything in the shared memory is: threads that come with wrong names, leave, are killed, and their instances. */

import { setImmediate as immediate } from "node:timers/promises";
import { afterEach, describe, expect, test } from "vitest";
import { COUNTERS_INIT, DIRTY_MAP_INIT } from "../../../src/abi/hooks.ts";
import { THREADS_MAX } from "../../../src/abi/layout.ts";
import {
  KCOV_ENABLE,
  KCOV_INIT_TRACE,
  KCOV_REMOTE_ENABLE,
  KCOV_SUBSYSTEM_USB,
  KCOV_TRACE_PC,
  Kcov,
} from "../../../src/index.ts";
import { hasMultiMemory, instrument } from "../../../src/instrument/index.ts";
import { ready } from "../../support/areas.ts";
import { built, runProgram } from "../../support/program.ts";
import { Thread } from "../../support/thread.ts";
import { wat } from "../../support/wat.ts";

const MIB = 1 << 20;
const threads: Thread[] = [];

afterEach(async () => {
  for (const thread of threads.splice(0)) await thread.terminate();
});

async function attach(kcov: Kcov): Promise<Thread> {
  const thread = await Thread.start(kcov);
  threads.push(thread);
  return thread;
}

/** Address that the next area would get: the lowest one when nothing is held. */
function lowestAddress(kcov: Kcov): number {
  const { fd, mapping } = ready(kcov, 16);
  const { address } = mapping;
  mapping.munmap();
  kcov.close(fd);
  return address;
}

describe("a thread that attaches with a wrong name", () => {
  const WRONG = [0, -1, Number.NaN, 1.5, 99, 2 ** 31, 2 ** 32, Number.MAX_SAFE_INTEGER, Number.POSITIVE_INFINITY];

  test.each(WRONG)("task or parent %d: a RangeError there, and nothing is left", async (id) => {
    const kcov = await Kcov.create();
    const before = kcov.inspect();
    await expect(Kcov.attach(kcov.memory, { task: id })).rejects.toThrow(RangeError);
    await expect(Kcov.attach(kcov.memory, { parent: id })).rejects.toThrow(RangeError);
    expect(kcov.inspect()).toStrictEqual(before);
    expect(kcov.taskInit(), "no number was used up").toBe(2);
  });

  test("another thread's task, or one that ran on a thread that is gone, is refused", async () => {
    const kcov = await Kcov.create();
    const thread = await attach(kcov);
    for (const id of [1, thread.task]) {
      await expect(Kcov.attach(kcov.memory, { task: id })).rejects.toThrow(`task ${id} is, or was, another thread's`);
    }
    await thread.terminate();
    await expect(Kcov.attach(kcov.memory, { task: thread.task })).rejects.toThrow("another thread's");
    kcov.reap(thread.task);
    await expect(Kcov.attach(kcov.memory, { task: thread.task })).rejects.toThrow("there is no task");
  });

  test("does not use up a place: 1000 refusals, then as many threads as there is room for", async () => {
    const kcov = await Kcov.create();
    for (let round = 0; round < 1000; round++)
      expect(() => Kcov.attachSync(kcov.memory, { task: 1 })).toThrow(RangeError);
    const others = Array.from({ length: THREADS_MAX - 1 }, () => Kcov.attachSync(kcov.memory));
    expect(() => Kcov.attachSync(kcov.memory)).toThrow(`ENOMEM: ${THREADS_MAX} threads are attached`);
    others[7]?.[Symbol.dispose]();
    Kcov.attachSync(kcov.memory);
  });

  test("does not disturb a thread that is in a call, nor is the lock taken from it by who reaps that name", async () => {
    const kcov = await Kcov.create();
    const thread = await attach(kcov);
    const flag = new Int32Array(new SharedArrayBuffer(8));
    const wrong = thread.call("attachWrongly", flag, [0, 1, thread.task, 99]);
    while (Atomics.load(flag, 1) === 0) await immediate();
    for (let round = 0; round < 3000; round++) {
      const { fd, mapping } = ready(kcov, 64);
      kcov.ioctl(fd, KCOV_ENABLE, KCOV_TRACE_PC);
      kcov.reap(99);
      kcov.ioctl(fd, 0x6365, 0);
      mapping.munmap();
      kcov.close(fd);
    }
    Atomics.store(flag, 0, 1);
    expect(await wrong).toStrictEqual(["RangeError"]);
    expect(kcov.inspect()).toMatchObject({ kcovs: [], tasks: [{ id: 1 }, { id: thread.task }] });
  });
});

describe("what a thread held is free again", () => {
  const HELD: [string, (thread: Thread) => Promise<unknown>][] = [
    ["counters", (thread) => thread.call("instanceMemory", COUNTERS_INIT, 300_000)],
    ["a dirty map", (thread) => thread.call("instanceMemory", DIRTY_MAP_INIT, 300_000)],
    ["a switch's table", (thread) => thread.call("traceSwitch", 1n, [2n, 64n, ...new Array(40_000).fill(1n)], 3n)],
    ["a mapping", (thread) => mapped(thread)],
  ];

  async function mapped(thread: Thread): Promise<void> {
    const fd = await thread.call<number>("open");
    await thread.call("ioctl", fd, KCOV_INIT_TRACE, 40_000);
    await thread.call("mmap", fd, 320_000);
    await thread.call("close", fd);
  }

  test.each(HELD)(
    "%s, of twelve threads one after the other that are killed",
    async (_, hold) => {
      const kcov = await Kcov.create({ maxBytes: MIB });
      const free = lowestAddress(kcov);
      for (let round = 0; round < 12; round++) {
        const thread = await attach(kcov);
        await hold(thread);
        await thread.terminate();
        kcov.reap(thread.task);
      }
      expect(lowestAddress(kcov)).toBe(free);
    },
    60_000,
  );

  test.each(HELD)(
    "%s, of twelve that leave",
    async (_, hold) => {
      const kcov = await Kcov.create({ maxBytes: MIB });
      const free = lowestAddress(kcov);
      for (let round = 0; round < 12; round++) {
        const thread = await attach(kcov);
        await hold(thread);
        await thread.call("dispose");
      }
      expect(lowestAddress(kcov)).toBe(free);
      expect(kcov.inspect().tasks).toHaveLength(1);
    },
    60_000,
  );

  test("scratch of a thread that was killed while it folded", async () => {
    const kcov = await Kcov.create({ maxBytes: 64 * MIB });
    const free = lowestAddress(kcov);
    const thread = await attach(kcov);
    const flag = new Int32Array(new SharedArrayBuffer(8));
    thread.call("foldForEver", flag).catch(() => undefined);
    while (Atomics.load(flag, 1) < 3) await immediate();
    await thread.terminate();
    kcov.reap(thread.task);
    for (const { fds } of kcov.inspect().kcovs) for (const fd of fds) kcov.close(fd);
    expect(lowestAddress(kcov)).toBe(free);
  });
});

describe("a JavaScript thread that had more than one Kcov", () => {
  test("is cleaned up after as a whole when one of them is reaped", async () => {
    const kcov = await Kcov.create({ maxBytes: MIB });
    const free = lowestAddress(kcov);
    const thread = await attach(kcov);
    await thread.call("secondKcov", 300_000);
    expect(kcov.inspect().tasks).toHaveLength(3);
    await thread.terminate();
    kcov.reap(thread.task);
    expect(kcov.inspect().tasks).toHaveLength(1);
    expect(lowestAddress(kcov)).toBe(free);
  });

  test("frees the lock that it held in the attempt to get another one", async () => {
    const kcov = await Kcov.create();
    const thread = await attach(kcov);
    const flag = new Int32Array(new SharedArrayBuffer(8));
    for (let round = 0; round < 20; round++) {
      const victim = await attach(kcov);
      victim.call("attachWrongly", flag, [0, 1, 99]).catch(() => undefined);
      while (Atomics.exchange(flag, 1, 0) === 0) await immediate();
      await victim.terminate();
      kcov.reap(victim.task);
      await thread.call("inspect");
    }
    expect(kcov.inspect().tasks.map(({ id }) => id)).toStrictEqual([1, thread.task]);
  }, 60_000);

  test("may reap what it no longer needs itself, and stays", async () => {
    const kcov = await Kcov.create();
    const other = await Kcov.attach(kcov.memory);
    kcov.reap(other.current);
    expect(kcov.inspect()).toMatchObject({ current: 1, tasks: [{ id: 1 }] });
    expect(kcov.open()).toBe(3);
  });
});

describe("dispose", () => {
  test("ends every task that the thread made or ran last, and none of others", async () => {
    const kcov = await Kcov.create();
    const other = await Kcov.attach(kcov.memory);
    const [a, b, moved] = [other.taskInit(), other.taskInit(), other.taskInit()];
    other.switchTo(a);
    kcov.switchTo(moved);
    kcov.switchTo(1);
    const { fd } = ready(other, 16);
    other.ioctl(fd, KCOV_ENABLE, KCOV_TRACE_PC);
    other.switchTo(b);
    other[Symbol.dispose]();
    other[Symbol.dispose]();
    expect(other.current).toBe(0);
    expect(kcov.inspect().tasks.map(({ id }) => id)).toStrictEqual([1, moved]);
    expect(kcov.inspect().kcovs).toMatchObject([{ mode: "INIT", task: null, refcount: 1 }]);
    expect(() => kcov.reap(a)).not.toThrow();
  });

  test("drops an open section with a warning: area and reference are not lost", async () => {
    const kcov = await Kcov.create();
    const { fd, words } = ready(kcov, 16);
    const handle = KCOV_SUBSYSTEM_USB | 1n;
    kcov.ioctl(fd, KCOV_REMOTE_ENABLE, { traceMode: KCOV_TRACE_PC, areaSize: 8, handles: [handle] });
    const other = await Kcov.attach(kcov.memory);
    const heard: string[] = [];
    other.onWarning = (message) => heard.push(message);
    other.remoteStart(handle);
    other.hooks.__sanitizer_cov_trace_pc(1n);
    other[Symbol.dispose]();
    expect(heard).toStrictEqual(["task 2 exits inside a remote section"]);
    expect(kcov.inspect()).toMatchObject({ kcovs: [{ refcount: 2 }], free: [8] });
    expect(words[0]).toBe(0n);
  });

  test("what is left of the thread in JavaScript does no harm", async () => {
    const kcov = await Kcov.create();
    const other = await Kcov.attach(kcov.memory);
    const { fd, mapping } = ready(other, 16);
    other.imports.kcov[COUNTERS_INIT](100, 1n);
    const [counters] = other.counters;
    other[Symbol.dispose]();
    expect(other.counters).toStrictEqual([]);
    const victim = ready(kcov, 16);
    mapping.munmap();
    counters?.[Symbol.dispose]();
    kcov.close(fd);
    expect(victim.mapping.address).not.toBe(ready(kcov, 16).mapping.address);
    other.hooks.__sanitizer_cov_trace_pc(1n);
    expect(() => other.commonHandle()).toThrow(RangeError);
  });
});

describe("instances that are collected", () => {
  const MODULE = wat(`(module (memory 1 4) (func (export "run") (param i32) (result i32)
    (if (local.get 0) (then (i32.store (i32.const 8) (i32.const 1)) (return (i32.const 1)))) (i32.const 0)))`);

  /** Makes instances until memory would be long exhausted, waiting for the collector now and then; prints what is left. */
  function program(binary: Uint8Array, body: string): string {
    return `
      const { Kcov } = await import(${built("index.js")});
      const module = new WebAssembly.Module(Buffer.from(${JSON.stringify(Buffer.from(binary).toString("base64"))}, "base64"));
      const kcov = Kcov.createSync({ maxBytes: ${MIB} });
      const make = () => new WebAssembly.Instance(module, kcov.imports).exports.run;
      const collect = async (until) => {
        for (let round = 0; round < 200 && !until(); round++) { gc(); await new Promise((done) => setTimeout(done, 5)); }
        return until();
      };
      ${body}`;
  }

  test.each(hasMultiMemory() ? (["import", "fused"] as const) : (["import"] as const))(
    "give their counters and dirty maps back (%s)",
    (link) => {
      const { binary } = instrument(MODULE, { link, trace: ["counters"], state: "memory" });
      const body = `
        const kept = make(), [own] = kcov.counters;
        for (let round = 0; round < 12; round++) {
          for (let k = 0; k < 40; k++) make()(1);
          if (!await collect(() => kcov.counters.length === 1 && kcov.dirtyMaps.length === 1)) break;
          console.log(kcov.counters[0] === own);
        }
        own.bytes.fill(0);
        kept(1);
        console.log(own.bytes.some((count) => count === 1), kcov.counters.length);`;
      expect(runProgram(program(binary, body), ["--expose-gc"])).toBe(`${"true\n".repeat(12)}true 1\n`);
    },
  );

  test("but not while somebody holds what they counted", () => {
    const { binary } = instrument(MODULE, { link: "import", trace: ["counters"] });
    const body = `
      const bytes = (() => { make()(1); return kcov.counters[0].bytes; })();
      const before = bytes.join();
      console.log(await collect(() => kcov.counters.length === 0));
      for (let k = 0; k < 20; k++) make();
      console.log(bytes.join() === before, before.includes("1"));`;
    expect(runProgram(program(binary, body), ["--expose-gc"])).toBe("true\ntrue true\n");
  });
});
