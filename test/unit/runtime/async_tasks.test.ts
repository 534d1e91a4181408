/** `runInTask`: the current task follows asynchronous code. */

import { setTimeout as delay, setImmediate as immediate } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { Kcov } from "../../../src/index.ts";

describe("runInTask", () => {
  test("requests that overlap in one thread have coverage of their own", async () => {
    const kcov = await Kcov.create();
    const request = async (first: bigint): Promise<bigint[]> => {
      const task = kcov.taskInit();
      const { pcs } = await kcov.runInTask(task, () =>
        kcov.trace(async () => {
          for (let step = 0n; step < 20n; step++) {
            kcov.hooks.__sanitizer_cov_trace_pc(first + step);
            await waysToWait[Number(step) % waysToWait.length]?.();
          }
        }),
      );
      kcov.taskExit(task);
      return [...pcs];
    };
    const requests = [1000n, 2000n, 3000n, 4000n].map(request);
    expect(kcov.current).toBe(1);
    for (const [index, pcs] of (await Promise.all(requests)).entries()) {
      const first = BigInt(index + 1) * 1000n;
      expect(pcs).toEqual(Array.from({ length: 20 }, (_, step) => first + BigInt(step)));
    }
    expect(kcov.current).toBe(1);
    expect(kcov.inspect().alloc).toEqual({ descriptors: 0, areas: 0, remoteAreas: 0, remotes: 0 });
  });

  test("callbacks of timers and microtasks run in the task, and nothing else does", async () => {
    const kcov = await Kcov.create();
    const task = kcov.taskInit();
    const seen: Record<string, number> = {};
    const outside = new Promise<void>((resolve) => {
      setTimeout(() => {
        seen.outside = kcov.current;
        resolve();
      });
    });
    await kcov.runInTask(task, async () => {
      seen.start = kcov.current;
      queueMicrotask(() => {
        seen.microtask = kcov.current;
      });
      await Promise.all([
        new Promise<void>((resolve) => {
          setTimeout(() => {
            seen.timer = kcov.current;
            resolve();
          });
        }),
        outside,
      ]);
      seen.end = kcov.current;
    });
    expect(seen).toEqual({ start: task, microtask: task, timer: task, outside: 1, end: task });
    expect(kcov.current).toBe(1);
  });

  test("nests, and returns to the outer task when the inner one throws", async () => {
    const kcov = await Kcov.create();
    const [outer, inner] = [kcov.taskInit(), kcov.taskInit()];
    await kcov.runInTask(outer, async () => {
      await immediate();
      expect(() =>
        kcov.runInTask(inner, () => {
          expect(kcov.current).toBe(inner);
          throw new Error("inner");
        }),
      ).toThrow("inner");
      expect(kcov.current).toBe(outer);
      await kcov.runInTask(inner, () => immediate());
      expect(kcov.current).toBe(outer);
    });
    expect(kcov.current).toBe(1);
  });

  test("what outlives its task runs in the task that is current", async () => {
    const kcov = await Kcov.create();
    const task = kcov.taskInit();
    const late = kcov.runInTask(task, async () => {
      await delay(1);
      return kcov.current;
    });
    kcov.taskExit(task);
    expect(await late).toBe(1);
  });

  test("an unknown task is refused, and nothing runs", async () => {
    const kcov = await Kcov.create();
    expect(() => kcov.runInTask(99, () => expect.unreachable())).toThrow(RangeError);
  });
});

const waysToWait = [
  () => null,
  () => Promise.resolve(),
  () => immediate(),
  () => delay(1),
  () => new Promise<void>((resolve) => process.nextTick(resolve)),
];
