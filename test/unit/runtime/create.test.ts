/** The ways to get a device. */

import { runInNewContext } from "node:vm";
import { afterEach, describe, expect, test, vi } from "vitest";
import { KCOV_ENABLE, KCOV_TRACE_PC, Kcov } from "../../../src/index.ts";
import { ready } from "../../support/areas.ts";
import { built, runProgram } from "../../support/program.ts";

afterEach(() => {
  vi.unstubAllGlobals();
});

describe("synchronously", () => {
  test("a device is made, and another thread's view of it", () => {
    const kcov = Kcov.createSync({ abi: "v5.18" });
    const { fd, words } = ready(kcov, 16);
    kcov.ioctl(fd, KCOV_ENABLE, KCOV_TRACE_PC);
    kcov.hooks.__sanitizer_cov_trace_pc(0x1234n);
    expect([...words.subarray(0, 2)]).toStrictEqual([1n, 0x1234n]);
    const other = Kcov.attachSync(kcov.memory);
    expect(other.current).toBe(2);
    expect(other.inspect().kcovs).toMatchObject([{ fds: [fd], task: 1 }]);
  });

  test("options are refused as they are asynchronously", async () => {
    const bad = { abi: "v4.6" as "v5.5" };
    expect(() => Kcov.createSync(bad)).toThrow("abi must be");
    await expect(Kcov.create(bad)).rejects.toThrow("abi must be");
    expect(() => Kcov.createSync({ maxBytes: 1 })).toThrow(RangeError);
    const { memory } = Kcov.createSync();
    expect(() => Kcov.attachSync(memory, { parent: 1, task: 1 })).toThrow(TypeError);
  });
});

describe("a page that is not cross-origin isolated", () => {
  test("has a device for its own thread: there is no global SharedArrayBuffer, but there are shared memories", async () => {
    vi.stubGlobal("SharedArrayBuffer", undefined);
    const kcov = await Kcov.create();
    const { fd, words } = ready(kcov, 16);
    kcov.ioctl(fd, KCOV_ENABLE, KCOV_TRACE_PC);
    kcov.hooks.__sanitizer_cov_trace_pc(7n);
    expect(words[1]).toBe(7n);
    expect((await Kcov.attach(kcov.memory)).current).toBe(2);
  });

  test("is told what attaching another thread needs", async () => {
    vi.stubGlobal("crossOriginIsolated", false);
    await expect(Kcov.attach(undefined as unknown as WebAssembly.Memory)).rejects.toThrow(
      "a page can post it to a worker only when it is cross-origin isolated (COOP and COEP)",
    );
    vi.stubGlobal("crossOriginIsolated", true);
    await expect(Kcov.attach(undefined as unknown as WebAssembly.Memory)).rejects.toThrow(/the memory of a device$/);
  });

  test("an engine without shared memory is refused with a word", () => {
    const program = `
      const { Memory } = WebAssembly;
      WebAssembly.Memory = function ({ initial, maximum }) { return new Memory({ initial, maximum }); };
      WebAssembly.Memory.prototype = Memory.prototype;
      const { Kcov } = await import(${built("index.js")});
      try { Kcov.createSync(); } catch (error) { console.log(error.name, error.message); }`;
    expect(runProgram(program)).toBe("TypeError kcov needs shared memory, which this engine does not have\n");
  });
});

test("a memory of another realm is a device's too, and what is no memory is none", async () => {
  const kcov = await Kcov.create();
  const foreign = runInNewContext("new WebAssembly.Memory({ initial: 4, maximum: 4, shared: true })");
  expect(() => Kcov.attachSync(foreign)).toThrow("not a kcov device's");
  const unshared = new WebAssembly.Memory({ initial: 4 });
  expect(() => Kcov.attachSync(unshared)).toThrow("not shared");
  const imitation = { buffer: kcov.memory.buffer } as WebAssembly.Memory;
  expect(() => Kcov.attachSync(imitation)).toThrow("needs the memory of a device");
});

test("the engine's own functions are used, not those that replaced them after the library was loaded", () => {
  const program = `
    const { Kcov } = await import(${built("index.js")});
    for (const name of ["Module", "Instance", "Memory", "Global", "compile", "instantiate", "validate"]) {
      WebAssembly[name] = function () { throw new Error(name + " was replaced"); };
    }
    const kcov = await Kcov.create();
    await Kcov.attach(kcov.memory);
    Kcov.attachSync(Kcov.createSync().memory);
    console.log(kcov.inspect().tasks.length);`;
  expect(runProgram(program)).toBe("2\n");
});
