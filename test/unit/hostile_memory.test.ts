/** Hostile use of mappings, tasks, memory and callbacks: the error of each, and a device that works on. */

import { describe, expect, test } from "vitest";
import {
  type AllocationKind,
  KCOV_DISABLE,
  KCOV_ENABLE,
  KCOV_INIT_TRACE,
  KCOV_REMOTE_ENABLE,
  KCOV_SUBSYSTEM_USB,
  KCOV_TRACE_CMP,
  KCOV_TRACE_PC,
  Kcov,
} from "../../src/index.ts";
import { ready } from "../support/areas.ts";

const bad = (value: unknown): never => value as never;

/** Expects the error, and the device as it was. */
function refused(kcov: Kcov, call: () => unknown, error: string): void {
  const before = kcov.inspect();
  expect(call).toThrow(error);
  expect(kcov.inspect()).toStrictEqual(before);
}

describe("mmap", () => {
  test.each([
    [-8, 0, "length -8 is not a number of bytes"],
    [Number.NaN, 0, "length NaN is not a number of bytes"],
    [128.5, 0, "length 128.5 is not a number of bytes"],
    ["128", 0, "length must be a number of bytes"],
    [128, -4096, "offset -4096 is not a number of bytes"],
    [128, 1n, "offset must be a number of bytes"],
    [0, 0, "ENOMEM: no memory for an area of 0 bytes, mmap"],
    [2 ** 40, 0, "ENOMEM: no memory for an area of 1099511627776 bytes, mmap"],
    [2 ** 32 + 128, 0, "ENOMEM: no memory for an area of 4294967424 bytes, mmap"],
    [136, 0, "EINVAL: length 136 is not the 128 bytes of the area, mmap"],
    [128, 4096, "EINVAL: offset 4096 is not 0, mmap"],
    [128, 1, "EINVAL: offset 1 is not 0, mmap"],
  ])("length %s, offset %s: %s", async (length, offset, error) => {
    const kcov = await Kcov.create();
    const fd = kcov.open();
    kcov.ioctl(fd, KCOV_INIT_TRACE, 16);
    refused(kcov, () => kcov.mmap(fd, bad(length), bad(offset)), error);
    expect(kcov.mmap(fd, 128).words).toHaveLength(16);
  });
});

describe("a mapping", () => {
  test("that was unmapped is EFAULT, and unmapping it again is nothing", async () => {
    const kcov = await Kcov.create();
    const { mapping } = ready(kcov, 16);
    mapping.munmap();
    mapping.munmap();
    mapping[Symbol.dispose]();
    refused(kcov, () => mapping.words, "EFAULT: the mapping was unmapped, access");
    refused(kcov, () => mapping.bytes, "EFAULT: the mapping was unmapped, access");
    refused(kcov, () => mapping.subarray(0, 0), "EFAULT: the mapping was unmapped, access");
  });

  test.each([
    [-1, 2],
    [0, 17],
    [3, 2],
    [0.5, 2],
    [0, Number.NaN],
    [0, 2 ** 61],
    [2 ** 53, 2 ** 53],
  ])("words %s to %s of 16: EFAULT", async (begin, end) => {
    const kcov = await Kcov.create();
    const { mapping } = ready(kcov, 16);
    refused(kcov, () => mapping.subarray(begin, end), `EFAULT: words ${begin} to ${end} are outside of the mapping`);
  });

  test("of a device that lives elsewhere has nothing to do with this one", async () => {
    const [kcov, other] = [await Kcov.create(), await Kcov.create()];
    const { fd } = ready(kcov, 16);
    const foreign = ready(other, 16);
    kcov.ioctl(fd, KCOV_ENABLE, KCOV_TRACE_PC);
    kcov.hooks.__sanitizer_cov_trace_pc(1n);
    expect(foreign.words[0]).toBe(0n);
    const before = kcov.inspect();
    foreign.mapping.munmap();
    other.close(foreign.fd);
    expect(kcov.inspect()).toStrictEqual(before);
  });

  test.each([2n ** 59n, 2n ** 61n - 1n, 2n ** 63n, 2n ** 64n - 1n])("whose count is scribbled to %s", async (count) => {
    const kcov = await Kcov.create();
    const victim = ready(kcov, 16);
    const { fd, words } = ready(kcov, 16);
    const neighbour = ready(kcov, 16);
    for (const mode of [KCOV_TRACE_PC, KCOV_TRACE_CMP]) {
      kcov.ioctl(fd, KCOV_ENABLE, mode);
      words[0] = count;
      kcov.hooks.__sanitizer_cov_trace_pc(0x41n);
      words[0] = count;
      kcov.hooks.__sanitizer_cov_trace_cmp8(0x41n, 0x41n, 0x41n);
      kcov.ioctl(fd, KCOV_DISABLE);
    }
    const handle = KCOV_SUBSYSTEM_USB;
    kcov.ioctl(fd, KCOV_REMOTE_ENABLE, { traceMode: KCOV_TRACE_CMP, areaSize: 16, handles: [handle] });
    kcov.switchTo(kcov.taskInit());
    words[0] = count;
    kcov.remoteSection(handle, () => kcov.hooks.__sanitizer_cov_trace_cmp8(0x41n, 0x41n, 0x41n));
    expect([...words.subarray(1)].every((word) => word === 0n)).toBe(true);
    for (const other of [victim, neighbour]) expect([...other.words].every((word) => word === 0n)).toBe(true);
    expect(kcov.inspect().kcovs).toHaveLength(3);
  });
});

describe("attach", () => {
  test("to what is no device's memory", async () => {
    const memory = (shared: boolean, initial = 4) => new WebAssembly.Memory({ initial, maximum: 4, shared });
    await expect(Kcov.attach(bad({}))).rejects.toThrow(TypeError);
    await expect(Kcov.attach(bad(undefined))).rejects.toThrow(TypeError);
    await expect(Kcov.attach(memory(false))).rejects.toThrow(
      new TypeError("this memory is not a kcov device's: it is not shared, or too small"),
    );
    await expect(Kcov.attach(memory(true, 1))).rejects.toThrow("too small");
    await expect(Kcov.attach(memory(true))).rejects.toThrow(new TypeError("this memory is not a kcov device's"));
  });

  test("to a device of another layout", async () => {
    const kcov = await Kcov.create();
    new Uint32Array(kcov.memory.buffer)[1] = 77;
    await expect(Kcov.attach(kcov.memory)).rejects.toThrow(RangeError);
    await expect(Kcov.attach(kcov.memory)).rejects.toThrow("the device's layout has version 77");
  });

  test("with a parent or task that is not one", async () => {
    const kcov = await Kcov.create();
    for (const id of [0, -1, 1.5, Number.NaN, 99]) {
      await expect(Kcov.attach(kcov.memory, { parent: id })).rejects.toThrow(RangeError);
      await expect(Kcov.attach(kcov.memory, { task: id })).rejects.toThrow(RangeError);
    }
    await expect(Kcov.attach(kcov.memory, { parent: bad("1") })).rejects.toThrow(TypeError);
    expect(kcov.inspect().tasks).toHaveLength(1);
  });
});

describe("tasks and handles", () => {
  test.each([
    ["switchTo", 0],
    ["switchTo", 99],
    ["taskExit", -1],
    ["taskExit", 2 ** 32 + 1],
    ["taskInit", 1.5],
    ["taskInit", Number.NaN],
    ["reap", 0],
    ["reap", -1],
    ["reap", 1.5],
    ["reap", 1],
  ] as const)("%s(%s) is a RangeError", async (method, id) => {
    const kcov = await Kcov.create();
    const idle = kcov.taskInit();
    refused(kcov, () => kcov[method](id), id === 1 ? "task 1 is this thread's own" : `${id}`);
    expect(() => kcov[method](id)).toThrow(RangeError);
    expect(() => kcov[method](bad("1"))).toThrow(TypeError);
    kcov.switchTo(idle);
  });

  test.each([-1n, 1n << 64n])("remoteStart(%s) is a RangeError", async (handle) => {
    const kcov = await Kcov.create();
    expect(() => kcov.remoteStart(handle)).toThrow(RangeError);
    refused(kcov, () => kcov.remoteStart(handle), "is not a u64");
    refused(kcov, () => kcov.remoteStart(bad(1)), "a handle must be a bigint");
    refused(kcov, () => kcov.remoteSection(bad("x"), () => 1), "a handle must be a bigint");
    refused(kcov, () => kcov.setInTask(bad(0)), "setInTask takes a boolean");
    expect(kcov.warnings).toBe(0);
  });

  test("without a current task, what needs one is a RangeError, and nothing is recorded", async () => {
    const kcov = await Kcov.create();
    const { fd, words } = ready(kcov, 16);
    kcov.ioctl(fd, KCOV_ENABLE, KCOV_TRACE_PC);
    kcov.taskExit();
    expect(kcov.current).toBe(0);
    kcov.hooks.__sanitizer_cov_trace_pc(1n);
    expect(words[0]).toBe(0n);
    for (const call of [
      () => kcov.ioctl(fd, KCOV_ENABLE),
      () => kcov.ioctl(fd, KCOV_DISABLE),
      () => kcov.remoteStart(KCOV_SUBSYSTEM_USB),
      () => kcov.remoteStop(),
      () => kcov.commonHandle(),
    ]) {
      refused(kcov, call, "the current task of this thread has exited");
    }
    refused(kcov, () => kcov.taskInit(), "there is no task 0");
    kcov.close(fd);
  });

  test("traceSwitch with what is no table", async () => {
    const kcov = await Kcov.create();
    const tables: [unknown, string][] = [
      [[], "a table of 0 words"],
      [[0n], "a table of 1 words"],
      [[2n, 64n, 1n], "a table of 3 words does not hold {n, bits} and 2 cases"],
      [[2n ** 64n - 1n, 64n], "does not hold"],
      [[1n, 64n, -1n], "-1 is not a u64"],
      [[1n, 64n, 1n << 64n], "is not a u64"],
      [[1n, 64, 1n], "cases must be an array of bigint"],
      [Array(3), "cases must be an array of bigint"],
      ["123", "cases must be an array of bigint"],
      [undefined, "cases must be an array of bigint"],
    ];
    for (const [table, error] of tables) refused(kcov, () => kcov.traceSwitch(1n, bad(table), 1n), error);
  });

  test("traceSwitch with a table of many pages writes to no other area", async () => {
    const kcov = await Kcov.create();
    kcov.traceSwitch(1n, [1n, 64n, 1n], 1n);
    const { words } = ready(kcov, 1024);
    const cases = Array.from({ length: 2000 }, () => ~0n & 0xffffffffffffffffn);
    kcov.traceSwitch(1n, [2000n, 64n, ...cases], 1n);
    const { words: after } = ready(kcov, 1024);
    kcov.traceSwitch(1n, [2000n, 64n, ...cases], 1n);
    for (const area of [words, after]) expect(area.every((word) => word === 0n)).toBe(true);
  });

  test("the switch hook with a table that is not in the memory records nothing", async () => {
    const kcov = await Kcov.create();
    const { fd, mapping, words } = ready(kcov, 64);
    kcov.ioctl(fd, KCOV_ENABLE, KCOV_TRACE_CMP);
    const end = kcov.memory.buffer.byteLength;
    for (const address of [-1, -16, end, end - 8]) kcov.hooks.__sanitizer_cov_trace_switch(1n, address, 1n);
    // n runs out of the memory.
    words.set([2n ** 61n, 64n], 40);
    kcov.hooks.__sanitizer_cov_trace_switch(1n, mapping.address + 320, 1n);
    expect(words[0]).toBe(0n);
  });
});

describe("a call from within a call", () => {
  const again = "the kcov device was called from within one of its calls";

  test("is a RangeError from a getter of an argument, and the outer call happens not at all", async () => {
    const kcov = await Kcov.create();
    const { fd } = ready(kcov, 16);
    const inner: string[] = [];
    const arg = {
      traceMode: 0,
      areaSize: 8,
      get handles(): bigint[] {
        try {
          kcov.close(fd);
        } catch (error) {
          inner.push(String(error));
        }
        return kcov.open() as never;
      },
    };
    refused(kcov, () => kcov.ioctl(fd, KCOV_REMOTE_ENABLE, arg), again);
    expect(inner).toStrictEqual([`RangeError: ${again}`]);
    expect(kcov.ioctl(fd, KCOV_REMOTE_ENABLE, { traceMode: 0, areaSize: 8, handles: [] })).toBe(0);
  });

  test.each<AllocationKind>(["kzalloc", "kmalloc", "memdup_user", "vmalloc", "vmalloc_user", "vm_insert_page"])(
    "from failAllocation of %s, or a throw there, undoes the outer call",
    async (kind) => {
      let armed = "";
      const kcov = await Kcov.create({
        failAllocation: (what) => {
          if (what !== kind) return false;
          if (armed === "reenter") kcov.inspect();
          if (armed === "throw") throw new RangeError("thrown by the test");
          return false;
        },
      });
      const { fd } = ready(kcov, 16);
      const blank = kcov.open();
      kcov.ioctl(blank, KCOV_INIT_TRACE, 1024);
      const handle = KCOV_SUBSYSTEM_USB;
      const arg = { traceMode: 0, areaSize: 8, handles: [handle] };
      const calls: Record<AllocationKind, () => unknown> = {
        kzalloc: () => kcov.open(),
        kmalloc: () => kcov.ioctl(fd, KCOV_REMOTE_ENABLE, arg),
        memdup_user: () => kcov.ioctl(fd, KCOV_REMOTE_ENABLE, arg),
        vmalloc: () => kcov.remoteStart(handle),
        vmalloc_user: () => kcov.mmap(blank, 8192),
        vm_insert_page: () => kcov.mmap(blank, 8192),
      };
      if (kind === "vmalloc") {
        kcov.ioctl(fd, KCOV_REMOTE_ENABLE, arg);
        kcov.switchTo(kcov.taskInit());
      }
      armed = "reenter";
      refused(kcov, calls[kind], again);
      armed = "throw";
      refused(kcov, calls[kind], "thrown by the test");
      armed = "";
      calls[kind]();
    },
  );

  test("is fine from onWarning, which comes after the call", async () => {
    const kcov = await Kcov.create();
    let seen = 0;
    kcov.onWarning = () => {
      seen = kcov.inspect().tasks.length;
    };
    kcov.remoteStart(1n << 40n);
    expect(seen).toBe(1);
  });

  test("does not bring the outer call's warnings forward", async () => {
    const during: unknown[] = [];
    const kcov = await Kcov.create({
      failAllocation: (what) => {
        if (what !== "vm_insert_page") return false;
        // The first page fails and warns; at the second one the warning is still to come.
        expect(() => kcov.inspect()).toThrow(again);
        during.push(seen);
        return true;
      },
    });
    let seen: number | undefined;
    kcov.onWarning = () => {
      seen = kcov.inspect().kcovs.length;
    };
    const fd = kcov.open();
    kcov.ioctl(fd, KCOV_INIT_TRACE, 1024);
    kcov.mmap(fd, 8192);
    expect(during).toStrictEqual([undefined, undefined]);
    expect(seen).toBe(1);
  });

  test("a table of cases that changes while it is read is read once", async () => {
    const kcov = await Kcov.create();
    const { fd, words } = ready(kcov, 32);
    kcov.ioctl(fd, KCOV_ENABLE, KCOV_TRACE_CMP);
    let reads = 0;
    const cases: bigint[] = [1n, 64n];
    Object.defineProperty(cases, 2, { enumerable: true, get: () => (reads++ === 0 ? 5n : bad("not a bigint")) });
    kcov.traceSwitch(7n, cases, 9n);
    expect([...words.subarray(0, 5)]).toStrictEqual([1n, 7n, 5n, 7n, 9n]);
    expect(reads).toBe(1);
  });
});
