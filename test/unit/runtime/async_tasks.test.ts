/** `runInTask`: the current task follows asynchronous code. */

import { spawnSync } from "node:child_process";
import { setTimeout as delay, setImmediate as immediate } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { Kcov } from "../../../src/index.ts";
import { built, runProgram } from "../../support/program.ts";
import { wat } from "../../support/wat.ts";

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

describe("WebAssembly that was suspended", () => {
  /** Node.js 24 has it behind a flag, older ones do not have it. */
  const flags = Number(process.versions.node.split(".")[0]) === 24 ? ["--experimental-wasm-jspi"] : [];
  const has = spawnSync(process.execPath, [...flags, "-p", "typeof WebAssembly.Suspending"], { encoding: "utf8" });
  const MODULE = wat(`(module (import "m" "wait" (func $wait (param i32))) (import "m" "note" (func $note))
    (func (export "run") (param $i i32) (loop $next
      (call $note) (call $wait (local.get $i)) (call $note)
      (br_if $next (local.tee $i (i32.sub (local.get $i) (i32.const 1)))))))`);

  test.runIf(has.stdout === "function\n")("goes on in its task", () => {
    const program = `
      import { Kcov } from ${built("index.js")};
      const kcov = Kcov.createSync();
      const module = new WebAssembly.Module(Buffer.from(${JSON.stringify(Buffer.from(MODULE).toString("base64"))}, "base64"));
      const seen = new Map();
      const waits = [() => new Promise((done) => setTimeout(done, 2)), () => Promise.resolve(), () => 0,
        () => new Promise((done) => setImmediate(done)), () => ({ then: (done) => done() }),
        () => new Promise((_, fail) => setTimeout(fail, 1, "on purpose"))];
      const request = (task) => {
        const note = () => seen.set(task, [...seen.get(task) ?? [], kcov.current]);
        const wait = new WebAssembly.Suspending((i) => waits[(i + task) % 5]());
        return WebAssembly.promising(new WebAssembly.Instance(module, { m: { wait, note } }).exports.run);
      };
      const tasks = [kcov.taskInit(), kcov.taskInit(), kcov.taskInit()];
      const outside = request(1)(20);
      await Promise.all(tasks.map((task) => kcov.runInTask(task, async () => {
        await request(task)(12);
        const after = kcov.current;
        const failing = new WebAssembly.Instance(module, { m: { note() {}, wait: new WebAssembly.Suspending(waits[5]) } });
        const caught = await WebAssembly.promising(failing.exports.run)(1).catch((error) => [error, kcov.current].join());
        console.log(task === after, caught === "on purpose," + task);
      })));
      await outside;
      for (const [task, currents] of seen) console.log(task, currents.length, new Set(currents).size, currents[0]);
      console.log(kcov.current);`;
    const lines = runProgram(program, flags).trim().split("\n").sort();
    const expected = ["1", "1 40 1 1", "2 24 1 2", "3 24 1 3", "4 24 1 4", "true true", "true true", "true true"];
    expect(lines).toStrictEqual(expected);
  });

  test.runIf(has.stdout === "function\n")("is watched once, however many devices there are", () => {
    const program = `
      import { Kcov } from ${built("index.js")};
      const { Suspending } = WebAssembly, keys = Object.keys(WebAssembly).join();
      Kcov.createSync();
      const watched = WebAssembly.Suspending;
      Kcov.createSync();
      console.log(watched === WebAssembly.Suspending, watched !== Suspending, new watched(() => 0) instanceof Suspending);
      console.log(Object.keys(WebAssembly).join() === keys, watched.name);
      try { new watched(1); } catch (error) { console.log(error.name, error.message); }`;
    const message = "TypeError WebAssembly.Suspending(): Argument 0 must be a function\n";
    expect(runProgram(program, flags)).toBe(`true true true\ntrue Suspending\n${message}`);
  });
});

describe("an engine whose hooks announce nothing", () => {
  const silent = `
    const hooks = process.getBuiltinModule("node:async_hooks");
    process.getBuiltinModule = () => ({ ...hooks, createHook: () => ({ enable() {}, disable() {} }) });
    const { Kcov } = await import(${built("index.js")});
    const kcov = Kcov.createSync();
    const task = kcov.taskInit();`;

  test("runs synchronous functions, and refuses asynchronous ones with a word", () => {
    const program = `${silent}
      console.log(kcov.runInTask(task, () => kcov.current));
      let ran = 0;
      for (const fn of [async () => { ran++; }, () => Promise.reject(new Error("later"))]) {
        try { kcov.runInTask(task, fn); } catch (error) { console.log(error.code, error.message); }
      }
      console.log(ran, kcov.current);`;
    const why = "this engine does not announce continuations, as Node.js does, runInTask";
    expect(runProgram(program)).toBe(
      [
        "2",
        `ENOTSUPP ENOTSUPP: the asynchronous function would leave the task at its first await: ${why}`,
        `ENOTSUPP ENOTSUPP: the asynchronous function has left the task at its first await: ${why}`,
        "0 1\n",
      ].join("\n"),
    );
  });
});
