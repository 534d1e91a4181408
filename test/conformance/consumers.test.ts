/** What programs that use kcov rely on. */

import { afterEach, describe, expect, test } from "vitest";
import {
  KCOV_DISABLE,
  KCOV_ENABLE,
  KCOV_INIT_TRACE,
  KCOV_REMOTE_ENABLE,
  KCOV_SUBSYSTEM_USB,
  KCOV_TRACE_CMP,
  KCOV_TRACE_PC,
  Kcov,
} from "../../src/index.ts";
import { errnoOf, ready } from "../support/areas.ts";
import { Thread } from "../support/thread.ts";

const threads: Thread[] = [];

afterEach(async () => {
  for (const thread of threads.splice(0)) await thread.terminate();
});

async function attach(kcov: Kcov): Promise<Thread> {
  const thread = await Thread.start(kcov);
  threads.push(thread);
  return thread;
}

test("an executor moves its kcov to a fixed fd and forgets the original", async () => {
  const kcov = await Kcov.create();
  const { fd } = ready(kcov, 32);
  const fixed = 239;
  expect(kcov.dup(fd, fixed)).toBe(fixed);
  kcov.close(fd);
  expect(errnoOf(() => kcov.ioctl(fd, KCOV_ENABLE, KCOV_TRACE_PC))).toBe("EBADF");
  kcov.ioctl(fixed, KCOV_ENABLE, KCOV_TRACE_PC);
  kcov.hooks.__sanitizer_cov_trace_pc(1n);
  kcov.ioctl(fixed, KCOV_DISABLE);
  // What was at the fixed number before is closed, as by dup2.
  const other = kcov.open();
  kcov.dup(other, fixed);
  expect(kcov.inspect().kcovs).toMatchObject([{ fds: [other, fixed], mode: "DISABLED" }]);
});

test("one mmap in the parent serves child after child, each of which just exits", async () => {
  const kcov = await Kcov.create();
  const { fd, words } = ready(kcov, 32);
  for (const pc of [0x10n, 0x20n, 0x30n]) {
    kcov.switchTo(kcov.taskInit());
    kcov.ioctl(fd, KCOV_ENABLE, KCOV_TRACE_PC);
    words[0] = 0n;
    kcov.hooks.__sanitizer_cov_trace_pc(pc);
    kcov.taskExit();
    expect([...words.subarray(0, 2)]).toStrictEqual([1n, pc]);
    expect(kcov.inspect().kcovs).toMatchObject([{ mode: "INIT", task: null, refcount: 1 }]);
  }
});

test("the same from threads, which share the fd and exit without DISABLE", async () => {
  const kcov = await Kcov.create();
  const { fd, words } = ready(kcov, 32);
  for (const pc of [0x10n, 0x20n]) {
    const thread = await attach(kcov);
    await thread.call("ioctl", fd, KCOV_ENABLE, KCOV_TRACE_PC);
    words[0] = 0n;
    await thread.call("hook", "pc", pc);
    await thread.call("taskExit");
    expect([...words.subarray(0, 2)]).toStrictEqual([1n, pc]);
  }
});

describe("word 0", () => {
  test("is reset by a plain store, before ENABLE and after", async () => {
    const kcov = await Kcov.create();
    const { fd, words } = ready(kcov, 32);
    words[0] = 5n;
    words[0] = 0n;
    kcov.ioctl(fd, KCOV_ENABLE, KCOV_TRACE_PC);
    kcov.hooks.__sanitizer_cov_trace_pc(1n);
    words[0] = 0n;
    kcov.hooks.__sanitizer_cov_trace_pc(2n);
    expect([...words.subarray(0, 3)]).toStrictEqual([1n, 2n, 0n]);
  });

  test("is reset from another thread while this one traces", async () => {
    const kcov = await Kcov.create();
    const thread = await attach(kcov);
    const fd = kcov.open();
    kcov.ioctl(fd, KCOV_INIT_TRACE, 32);
    const theirs = await thread.call<number>("mmap", fd, 256);
    kcov.ioctl(fd, KCOV_ENABLE, KCOV_TRACE_PC);
    for (let pc = 1n; pc <= 5n; pc++) kcov.hooks.__sanitizer_cov_trace_pc(pc);
    expect(await thread.call("read", theirs, 0, 1)).toStrictEqual([5n]);
    await thread.call("write", theirs, 0, 0n);
    kcov.hooks.__sanitizer_cov_trace_pc(6n);
    expect(await thread.call("read", theirs, 0, 3)).toStrictEqual([1n, 6n, 2n]);
  });

  test("is readable while tracing, after DISABLE, after exit and after close", async () => {
    const kcov = await Kcov.create();
    const { fd, words } = ready(kcov, 32);
    kcov.ioctl(fd, KCOV_ENABLE, KCOV_TRACE_PC);
    kcov.hooks.__sanitizer_cov_trace_pc(7n);
    expect(words[1]).toBe(7n);
    kcov.ioctl(fd, KCOV_DISABLE);
    expect([...words.subarray(0, 2)]).toStrictEqual([1n, 7n]);
    const child = kcov.taskInit();
    kcov.switchTo(child);
    kcov.ioctl(fd, KCOV_ENABLE, KCOV_TRACE_PC);
    kcov.hooks.__sanitizer_cov_trace_pc(8n);
    kcov.taskExit();
    kcov.close(fd);
    expect([...words.subarray(0, 3)]).toStrictEqual([2n, 7n, 8n]);
  });
});

test("entries are sorted and rewritten in place, while the device goes on appending", async () => {
  const kcov = await Kcov.create();
  const { fd, words } = ready(kcov, 32);
  kcov.ioctl(fd, KCOV_ENABLE, KCOV_TRACE_PC);
  for (const pc of [30n, 10n, 20n, 10n]) kcov.hooks.__sanitizer_cov_trace_pc(pc);
  const unique = [...new Set(words.subarray(1, 5))].sort();
  words.set(unique, 1);
  words[0] = BigInt(unique.length);
  kcov.hooks.__sanitizer_cov_trace_pc(40n);
  expect([...words.subarray(0, 5)]).toStrictEqual([4n, 10n, 20n, 30n, 40n]);
});

describe("limits that consumers assert", () => {
  test.each([2, 3, 31])("never more than %i - 1 PCs", async (size) => {
    const kcov = await Kcov.create();
    const { fd, words } = ready(kcov, size);
    kcov.ioctl(fd, KCOV_ENABLE, KCOV_TRACE_PC);
    for (let pc = 1n; pc < 40n; pc++) kcov.hooks.__sanitizer_cov_trace_pc(pc);
    expect(words[0]).toBe(BigInt(size - 1));
    expect(words[size - 1]).toBe(BigInt(size - 1));
  });

  test.each([2, 4, 5, 8, 9, 31])("never more than (%i - 1) / 4 comparisons, types up to 7", async (size) => {
    const kcov = await Kcov.create();
    const { fd, words } = ready(kcov, size);
    const { hooks } = kcov;
    kcov.ioctl(fd, KCOV_ENABLE, KCOV_TRACE_CMP);
    for (let round = 0; round < 3; round++) {
      hooks.__sanitizer_cov_trace_const_cmp8(1n, 2n, 3n);
      hooks.__sanitizer_cov_trace_const_cmp1(1, 2, 3n);
      hooks.__sanitizer_cov_trace_cmp2(1, 2, 3n);
    }
    const count = Math.min(9, Math.floor((size - 1) / 4));
    expect(words[0]).toBe(BigInt(count));
    for (let record = 0; record < count; record++) expect(words[1 + 4 * record]).toBeLessThanOrEqual(7n);
    expect([...words.subarray(1 + 4 * count)].every((word) => word === 0n)).toBe(true);
  });

  test("a buffer of 128 MiB", async () => {
    const kcov = await Kcov.create();
    const size = 1 << 24;
    const { fd, mapping, words } = ready(kcov, size);
    kcov.ioctl(fd, KCOV_ENABLE, KCOV_TRACE_PC);
    words[0] = BigInt(size - 3);
    for (const pc of [1n, 2n, 3n]) kcov.hooks.__sanitizer_cov_trace_pc(pc);
    expect([words[0], ...words.subarray(size - 2)]).toStrictEqual([BigInt(size - 1), 1n, 2n]);
    kcov.ioctl(fd, KCOV_DISABLE);
    mapping.munmap();
    kcov.close(fd);
  });
});

test("remote data arrives at the end of a section, while the owner polls and resets", async () => {
  const kcov = await Kcov.create();
  const { fd, words } = ready(kcov, 32);
  const handle = KCOV_SUBSYSTEM_USB | 3n;
  kcov.ioctl(fd, KCOV_REMOTE_ENABLE, { traceMode: KCOV_TRACE_PC, areaSize: 16, handles: [handle] });
  const worker = await attach(kcov);
  for (let round = 1n; round <= 3n; round++) {
    await worker.call("remoteStart", handle);
    await worker.call("hook", "pc", round);
    expect(Atomics.load(words, 0)).toBe(0n);
    await worker.call("remoteStop");
    expect(Atomics.load(words, 0)).toBe(1n);
    expect(words[1]).toBe(round);
    words[0] = 0n;
  }
});

describe("a refusal leaves the fd usable", () => {
  test("ENABLE with a bad mode, then with a good one", async () => {
    const kcov = await Kcov.create();
    const { fd } = ready(kcov, 32);
    expect(errnoOf(() => kcov.ioctl(fd, KCOV_ENABLE, 2))).toBe("EINVAL");
    expect(errnoOf(() => kcov.ioctl(fd, KCOV_ENABLE, 1n << 32n))).toBe("EINVAL");
    expect(kcov.ioctl(fd, KCOV_ENABLE, KCOV_TRACE_PC)).toBe(0);
  });

  test("ENABLE of comparisons on a device without them, then of PCs", async () => {
    const kcov = await Kcov.create({ comparisons: false });
    const { fd } = ready(kcov, 32);
    expect(() => kcov.ioctl(fd, KCOV_ENABLE, KCOV_TRACE_CMP)).toThrow(expect.objectContaining({ errno: -524 }));
    expect(kcov.ioctl(fd, KCOV_ENABLE, KCOV_TRACE_PC)).toBe(0);
  });

  test("REMOTE_ENABLE with a handle that is taken, then with another", async () => {
    const kcov = await Kcov.create();
    const { fd } = ready(kcov, 32);
    const arg = (...handles: bigint[]) => ({ traceMode: KCOV_TRACE_PC, areaSize: 8, handles });
    const usb = KCOV_SUBSYSTEM_USB;
    expect(errnoOf(() => kcov.ioctl(fd, KCOV_REMOTE_ENABLE, arg(usb | 1n, usb | 1n)))).toBe("EEXIST");
    expect(kcov.inspect()).toMatchObject({ remotes: [], kcovs: [{ mode: "INIT", sequence: 2, refcount: 1 }] });
    expect(kcov.ioctl(fd, KCOV_REMOTE_ENABLE, arg(usb | 1n))).toBe(0);
  });

  test("probing an unknown ioctl answers ENOTTY in every state", async () => {
    const kcov = await Kcov.create();
    const fd = kcov.open();
    const probe = (): void => {
      const before = kcov.inspect();
      for (const cmd of [0, 0x80046301, 0x6366, 0xffffffff]) {
        expect(errnoOf(() => kcov.ioctl(fd, cmd, 0))).toBe("ENOTTY");
      }
      expect(kcov.inspect()).toStrictEqual(before);
    };
    probe();
    kcov.ioctl(fd, KCOV_INIT_TRACE, 16);
    probe();
    kcov.mmap(fd, 128);
    probe();
    kcov.ioctl(fd, KCOV_ENABLE, KCOV_TRACE_PC);
    probe();
  });
});

test("a second mapping is refused on touch, which is how consumers find out", async () => {
  const kcov = await Kcov.create();
  const { fd, words } = ready(kcov, 32);
  const second = kcov.mmap(fd, 256);
  expect(second.pages).toBe(0);
  expect(errnoOf(() => second.words)).toBe("EFAULT");
  expect(errnoOf(() => second.bytes)).toBe("EFAULT");
  second.munmap();
  expect(words[0]).toBe(0n);
  const later = await Kcov.create({ abi: "v5.18" });
  const fd2 = later.open();
  later.ioctl(fd2, KCOV_INIT_TRACE, 32);
  const [one, two] = [later.mmap(fd2, 256), later.mmap(fd2, 256)];
  one.words[0] = 9n;
  expect(two.words[0]).toBe(9n);
});
