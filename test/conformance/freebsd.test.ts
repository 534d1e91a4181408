/** What FreeBSD's kcov tests look at, in this project's words. */

import { afterEach, describe, expect, test } from "vitest";
import { KCOV_DISABLE, KCOV_ENABLE, KCOV_INIT_TRACE, KCOV_TRACE_CMP, KCOV_TRACE_PC, Kcov } from "../../src/index.ts";
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

describe("buffer size", () => {
  test("0 and 1 words are too small, 2 are enough, and it is set once", async () => {
    const kcov = await Kcov.create();
    const fd = kcov.open();
    expect(errnoOf(() => kcov.ioctl(fd, KCOV_INIT_TRACE, 0))).toBe("EINVAL");
    expect(errnoOf(() => kcov.ioctl(fd, KCOV_INIT_TRACE, 1))).toBe("EINVAL");
    expect(errnoOf(() => kcov.ioctl(fd, KCOV_INIT_TRACE, 2))).toBe("ok");
    expect(errnoOf(() => kcov.ioctl(fd, KCOV_INIT_TRACE, 2))).toBe("EBUSY");
    expect(errnoOf(() => kcov.ioctl(fd, KCOV_INIT_TRACE, 0))).toBe("EBUSY");
  });

  test("mapping more or less than that fails, mapping it works", async () => {
    const kcov = await Kcov.create();
    const fd = kcov.open();
    const page = 4096;
    expect(errnoOf(() => kcov.mmap(fd, page))).toBe("EINVAL");
    kcov.ioctl(fd, KCOV_INIT_TRACE, (2 * page) / 8);
    for (const length of [page, 3 * page, 2 * page - 8, 2 * page + 8]) {
      expect(errnoOf(() => kcov.mmap(fd, length))).toBe("EINVAL");
    }
    expect(errnoOf(() => kcov.mmap(fd, 2 * page, page))).toBe("EINVAL");
    expect(kcov.mmap(fd, 2 * page).words).toHaveLength((2 * page) / 8);
  });
});

describe("enable and disable", () => {
  test("need a buffer", async () => {
    const kcov = await Kcov.create();
    const fd = kcov.open();
    expect(errnoOf(() => kcov.ioctl(fd, KCOV_ENABLE, KCOV_TRACE_PC))).toBe("EINVAL");
    kcov.ioctl(fd, KCOV_INIT_TRACE, 16);
    expect(errnoOf(() => kcov.ioctl(fd, KCOV_ENABLE, KCOV_TRACE_PC))).toBe("EINVAL");
    expect(errnoOf(() => kcov.ioctl(fd, KCOV_DISABLE))).toBe("EINVAL");
  });

  test.each([
    ["PC", KCOV_TRACE_PC, "CMP", KCOV_TRACE_CMP],
    ["CMP", KCOV_TRACE_CMP, "PC", KCOV_TRACE_PC],
  ])("enabled for %s, a second enable fails for it and for %s", async (_, mode, __, other) => {
    const kcov = await Kcov.create();
    const { fd } = ready(kcov, 16);
    kcov.ioctl(fd, KCOV_ENABLE, mode);
    expect(errnoOf(() => kcov.ioctl(fd, KCOV_ENABLE, mode))).toBe("EINVAL");
    expect(errnoOf(() => kcov.ioctl(fd, KCOV_ENABLE, other))).toBe("EINVAL");
    kcov.ioctl(fd, KCOV_DISABLE);
    expect(errnoOf(() => kcov.ioctl(fd, KCOV_DISABLE))).toBe("EINVAL");
    expect(errnoOf(() => kcov.ioctl(fd, KCOV_ENABLE, other))).toBe("ok");
  });

  test("a mode that does not exist is refused", async () => {
    const kcov = await Kcov.create();
    const { fd } = ready(kcov, 16);
    for (const mode of [-1, 2, 3]) expect(errnoOf(() => kcov.ioctl(fd, KCOV_ENABLE, mode))).toBe("EINVAL");
  });

  test("comparisons after PCs, in the same buffer", async () => {
    const kcov = await Kcov.create();
    const { fd, words } = ready(kcov, 32);
    kcov.ioctl(fd, KCOV_ENABLE, KCOV_TRACE_PC);
    kcov.hooks.__sanitizer_cov_trace_pc(1n);
    kcov.hooks.__sanitizer_cov_trace_cmp4(1, 2, 3n);
    expect(words[0]).toBe(1n);
    kcov.ioctl(fd, KCOV_DISABLE);
    kcov.ioctl(fd, KCOV_ENABLE, KCOV_TRACE_CMP);
    words[0] = 0n;
    kcov.hooks.__sanitizer_cov_trace_pc(1n);
    kcov.hooks.__sanitizer_cov_trace_cmp4(1, 2, 3n);
    expect([...words.subarray(0, 5)]).toStrictEqual([1n, 4n, 1n, 2n, 3n]);
  });
});

describe("threads", () => {
  test("closing while another thread traces harms nobody, and the memory comes back once", async () => {
    const kcov = await Kcov.create();
    const thread = await attach(kcov);
    const { fd, mapping } = ready(kcov, 64);
    await thread.call("ioctl", fd, KCOV_ENABLE, KCOV_TRACE_PC);
    const flag = new Int32Array(new SharedArrayBuffer(8));
    const tracing = thread.call("traceUntil", flag, 0x77n);
    Atomics.wait(flag, 1, 0);
    kcov.close(fd);
    mapping.munmap();
    expect(kcov.inspect()).toMatchObject({ kcovs: [{ fds: [], mode: "TRACE_PC" }], alloc: { areas: 1 } });
    const after = Atomics.load(flag, 1);
    Atomics.wait(flag, 1, after);
    Atomics.store(flag, 0, 1);
    await tracing;
    await thread.call("taskExit");
    expect(kcov.inspect()).toMatchObject({ kcovs: [], alloc: { descriptors: 0, areas: 0 } });
    // The same pages again, clean.
    const again = ready(kcov, 64);
    expect(again.mapping.address).toBe(mapping.address);
    expect([...again.words].every((word) => word === 0n)).toBe(true);
  });

  test("a helper thread's code is not recorded for an owner that waits", async () => {
    const kcov = await Kcov.create();
    const helper = await attach(kcov);
    const { fd, words } = ready(kcov, 64);
    kcov.ioctl(fd, KCOV_ENABLE, KCOV_TRACE_PC);
    kcov.hooks.__sanitizer_cov_trace_pc(1n);
    await helper.call("hook", "pc", 0x666n);
    await helper.call("hook", "cmp4", 1, 2, 0x666n);
    expect([...words.subarray(0, 3)]).toStrictEqual([1n, 1n, 0n]);
  });

  test("a thread that exits without disable frees the fd for another thread and another mode", async () => {
    const kcov = await Kcov.create();
    const { fd, words } = ready(kcov, 64);
    const first = await attach(kcov);
    await first.call("ioctl", fd, KCOV_ENABLE, KCOV_TRACE_PC);
    await first.call("hook", "pc", 1n);
    await first.call("taskExit");
    words[0] = 0n;
    const second = await attach(kcov);
    await second.call("ioctl", fd, KCOV_ENABLE, KCOV_TRACE_CMP);
    await second.call("hook", "cmp1", 1, 2, 3n);
    expect([...words.subarray(0, 5)]).toStrictEqual([1n, 0n, 1n, 2n, 3n]);
  });

  test("a thread that is killed frees the fd when it is reaped", async () => {
    const kcov = await Kcov.create();
    const { fd } = ready(kcov, 64);
    const first = await attach(kcov);
    await first.call("ioctl", fd, KCOV_ENABLE, KCOV_TRACE_PC);
    await first.terminate();
    expect(errnoOf(() => kcov.ioctl(fd, KCOV_ENABLE, KCOV_TRACE_CMP))).toBe("EINVAL");
    kcov.reap(first.task);
    expect(errnoOf(() => kcov.ioctl(fd, KCOV_ENABLE, KCOV_TRACE_CMP))).toBe("ok");
  });
});
