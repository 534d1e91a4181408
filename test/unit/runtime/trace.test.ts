/** `Kcov.trace`: open … DISABLE around a function. */

import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { decodeComparisons, decodePcs, KCOV_ENABLE, Kcov } from "../../../src/index.ts";
import { ready } from "../../support/areas.ts";

let kcov: Kcov;
let pc: (pc: bigint) => void;

beforeEach(async () => {
  kcov = await Kcov.create();
  pc = kcov.hooks.__sanitizer_cov_trace_pc;
});

/** Whatever happened, nothing of it is left: also no mapping, so the next area is where the first one was. */
afterEach(async () => {
  expect(kcov.inspect()).toMatchObject({ alloc: { descriptors: 0, areas: 0 } });
  // As large as two traces: no hole between leaks would do.
  const fresh = ready(await Kcov.create(), 1 << 21);
  expect(ready(kcov, 1 << 21).mapping.address).toBe(fresh.mapping.address);
});

describe("pc", () => {
  test("of a function that returns", () => {
    pc(1n);
    const trace = kcov.trace(() => {
      for (const at of [2n, 3n, 2n]) pc(at);
      return "result";
    });
    pc(4n);
    expect(trace).toStrictEqual({
      mode: "pc",
      pcs: new BigUint64Array([2n, 3n, 2n]),
      comparisons: [],
      events: [],
      dropped: false,
      result: "result",
    });
    expect(kcov.trace(() => undefined).pcs).toHaveLength(0);
  });

  test("of a promise lasts until it settles", async () => {
    const gate = withResolvers();
    const tracing = kcov.trace(async () => {
      pc(1n);
      await gate.promise;
      pc(2n);
      return 5;
    });
    pc(7n);
    expect(kcov.inspect().kcovs).toMatchObject([{ mode: "TRACE_PC" }]);
    gate.resolve();
    const trace = await tracing;
    expect([...trace.pcs]).toStrictEqual([1n, 7n, 2n]);
    expect(trace.result).toBe(5);
  });

  test("is a copy, which later traces do not change", () => {
    const first = kcov.trace(() => pc(1n));
    kcov.trace(() => pc(2n));
    expect([...first.pcs]).toStrictEqual([1n]);
  });

  test("says that the area was full", () => {
    const record = (count: number) => () => {
      for (let i = 0; i < count; i++) pc(BigInt(i));
    };
    expect(kcov.trace(record(6), { size: 8 })).toMatchObject({ dropped: false, pcs: { length: 6 } });
    expect(kcov.trace(record(7), { size: 8 })).toMatchObject({ dropped: true, pcs: { length: 7 } });
    expect(kcov.trace(record(9), { size: 8 })).toMatchObject({ dropped: true, pcs: { length: 7 } });
  });
});

test("cmp: the operands, decoded", () => {
  const trace = kcov.trace(
    () => {
      pc(1n);
      kcov.hooks.__sanitizer_cov_trace_cmp1(0x101, -1, 10n);
      kcov.hooks.__sanitizer_cov_trace_const_cmp2(7, -1, 11n);
      kcov.hooks.__sanitizer_cov_trace_cmp4(1, 2, 12n);
      kcov.traceSwitch(5n, [1n, 64n, 1n << 63n], 13n);
    },
    { mode: "cmp" },
  );
  expect(trace).toMatchObject({ mode: "cmp", pcs: { length: 0 }, dropped: false });
  expect(trace.comparisons).toStrictEqual([
    { size: 1, isConst: false, arg1: 1n, arg2: 0xffn, pc: 10n },
    { size: 2, isConst: true, arg1: 7n, arg2: 0xffffn, pc: 11n },
    { size: 4, isConst: false, arg1: 1n, arg2: 2n, pc: 12n },
    { size: 8, isConst: true, arg1: 1n << 63n, arg2: 5n, pc: 13n },
  ]);
  const full = kcov.trace(() => kcov.traceSwitch(5n, [3n, 8n, 1n, 2n, 3n], 1n), { mode: "cmp", size: 9 });
  expect(full).toMatchObject({ dropped: true, comparisons: [{ arg1: 1n }, { arg1: 2n }] });
  kcov[Symbol.dispose]();
});

describe("a function that fails", () => {
  test("by throwing: its error, and tracing is over", () => {
    const error = new Error("of the function");
    const failing = (): void => {
      pc(1n);
      throw error;
    };
    expect(() => kcov.trace(failing)).toThrow(error);
    expect(kcov.inspect().tasks).toMatchObject([{ mode: "DISABLED", kcov: null }]);
  });

  test("by rejecting: its error, and tracing is over", async () => {
    await expect(kcov.trace(() => Promise.reject(new Error("later")))).rejects.toThrow("later");
    expect(kcov.inspect().tasks).toMatchObject([{ mode: "DISABLED", kcov: null }]);
  });
});

describe("a trace that can not begin", () => {
  test("because the task is traced already", () => {
    const { fd, mapping } = ready(kcov, 16);
    kcov.ioctl(fd, KCOV_ENABLE);
    expect(() => kcov.trace(() => pc(1n))).toThrow("EBUSY");
    kcov.taskExit();
    kcov.close(fd);
    mapping.munmap();
  });

  test("within a trace: EBUSY, and the outer one goes on", () => {
    const trace = kcov.trace(() => {
      pc(1n);
      expect(() => kcov.trace(() => pc(9n))).toThrow("EBUSY");
      pc(2n);
    });
    expect([...trace.pcs]).toStrictEqual([1n, 2n]);
  });

  test("because of its options", () => {
    expect(() => kcov.trace(() => 0, { mode: "edge" as never })).toThrow(TypeError);
    expect(() => kcov.trace(() => 0, { size: 1 })).toThrow("EINVAL: size 1 is below 2");
    expect(() => kcov.trace(() => 0, { size: 2 ** 27 })).toThrow("ENOMEM");
    expect(() => kcov.trace(() => 0, { size: 8.5 })).toThrow(RangeError);
  });
});

describe("a function that leaves its task", () => {
  test("by switching: the trace is what was recorded, and the other task is left alone", () => {
    const task = kcov.taskInit();
    const trace = kcov.trace(() => {
      pc(1n);
      kcov.switchTo(task);
      pc(2n);
    });
    expect([...trace.pcs]).toStrictEqual([1n]);
    kcov.taskExit(1);
  });
});

describe("decoding", () => {
  test("trusts no count", () => {
    const words = new BigUint64Array([2n ** 64n - 1n, 1n, 2n, 3n, 4n, 5n]);
    expect([...decodePcs(words)]).toStrictEqual([1n, 2n, 3n, 4n, 5n]);
    expect(decodeComparisons(words)).toStrictEqual([{ size: 1, isConst: true, arg1: 2n, arg2: 3n, pc: 4n }]);
    expect(decodeComparisons(new BigUint64Array(4))).toStrictEqual([]);
  });
});

interface Resolvers {
  promise: Promise<void>;
  resolve: () => void;
}

/** Promise.withResolvers, which Node.js 20 does not have. */
function withResolvers(): Resolvers {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

test("cmp: events that are no comparisons are told apart from them", async () => {
  const device = await Kcov.create();
  const { comparisons, events } = device.trace(
    () => {
      device.hooks.__sanitizer_cov_load16(0x100n, 1n);
      device.hooks.__sanitizer_cov_trace_div8(7n, 2n);
      device.hooks.__sanitizer_cov_store2(0x200n, 3n);
      device.hooks.__sanitizer_cov_trace_pc_indir(12n, 4n);
      device.hooks.__sanitizer_cov_stack_depth(0x300n, 5n);
    },
    { mode: "cmp" },
  );
  expect(comparisons).toEqual([{ size: 8, isConst: true, arg1: 0n, arg2: 7n, pc: 2n }]);
  expect(events).toEqual([
    { kind: "load", size: 16, value: 0x100n, pc: 1n },
    { kind: "store", size: 2, value: 0x200n, pc: 3n },
    { kind: "indirect-call", size: 0, value: 12n, pc: 4n },
    { kind: "stack-depth", size: 0, value: 0x300n, pc: 5n },
  ]);
});
