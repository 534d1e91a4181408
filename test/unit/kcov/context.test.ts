/** Interrupts, and which kernel's rules a device follows. */

import { describe, expect, test } from "vitest";
import {
  KCOV_DISABLE,
  KCOV_ENABLE,
  KCOV_REMOTE_ENABLE,
  KCOV_SUBSYSTEM_USB,
  KCOV_TRACE_CMP,
  KCOV_TRACE_PC,
  Kcov,
  type KcovAbi,
  type KcovContext,
} from "../../../src/index.ts";
import { hasMultiMemory, instrument, type LinkMode } from "../../../src/instrument/index.ts";
import { errnoOf, ready } from "../../support/areas.ts";
import { wat } from "../../support/wat.ts";

const ABIS: KcovAbi[] = ["v5.5", "v5.18", "v6.12", "v7.2"];
const LINKS: LinkMode[] = hasMultiMemory() ? ["import", "fused"] : ["import"];
const HANDLE = KCOV_SUBSYSTEM_USB | 1n;

/** A descriptor that another task than the current one has enabled for HANDLE. */
function listen(kcov: Kcov, traceMode: number = KCOV_TRACE_PC) {
  const listener = ready(kcov, 64);
  const task = kcov.current;
  const owner = kcov.taskInit();
  kcov.switchTo(owner);
  kcov.ioctl(listener.fd, KCOV_REMOTE_ENABLE, { traceMode, areaSize: 16, handles: [HANDLE] });
  kcov.switchTo(task);
  return { ...listener, owner };
}

describe("abi", () => {
  test.each(ABIS)("%s is a property of the memory", async (abi) => {
    const kcov = await Kcov.create({ abi });
    expect(kcov.abi).toBe(abi);
    expect((await Kcov.attach(kcov.memory)).abi).toBe(abi);
    expect("remoteKcov" in (kcov.inspect().tasks[0] ?? {})).toBe(abi === "v7.2");
  });

  test("what is none is refused", () => {
    const abi = "v4.6" as KcovAbi;
    expect(() => Kcov.createSync({ abi })).toThrow('abi must be "v5.5", "v5.18", "v6.12", "v7.2", not v4.6');
    expect(() => Kcov.createSync({ irqAreaWords: 0 })).toThrow(RangeError);
    expect(() => Kcov.createSync({ irqAreaWords: "9" as unknown as number })).toThrow(TypeError);
  });
});

describe("setContext", () => {
  test("takes the names of contexts only, and shows in inspect", async () => {
    const kcov = await Kcov.create({ abi: "v6.12" });
    const contexts: KcovContext[] = ["softirq", "hardirq", "nmi", "softirq_hardirq", "softirq_nmi", "task"];
    for (const context of contexts) {
      kcov.setContext(context);
      expect(kcov.inspect()).toMatchObject({ context, inTask: context === "task", saved: null });
    }
    for (const context of ["irq", "", undefined, "toString"]) {
      expect(() => kcov.setContext(context as KcovContext)).toThrow(TypeError);
    }
    kcov.setInTask(false);
    expect(kcov.inspect().context).toBe("hardirq");
  });

  test("gives a thread its area with the first soft interrupt, and is ENOMEM without room for it", async () => {
    const kcov = await Kcov.create({ abi: "v7.2", maxBytes: 1 << 20, irqAreaWords: 1 << 18 });
    expect(errnoOf(() => kcov.setContext("softirq"))).toBe("ENOMEM");
    expect(kcov.inspect().context).toBe("task");
    kcov.setContext("hardirq");
    const old = await Kcov.create({ abi: "v5.18", maxBytes: 1 << 20 });
    old.setContext("softirq");
    old.remoteStart(HANDLE);
    expect(old.warnings, "one interrupt is like another there").toBe(1);
  });
});

describe.each(["v6.12", "v7.2"] as const)("a callback that interrupts traced code, %s", (abi) => {
  const PROGRAM = wat(`(module (import "env" "interrupt" (func $interrupt))
    (func (export "run") (param i32) (loop $next
      (call $interrupt)
      (br_if $next (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))))`);
  const WORK = wat(`(module (func (export "work") (param i32) (result i32)
    (if (result i32) (local.get 0) (then (i32.const 1)) (else (i32.const 2)))))`);

  test.each(LINKS)("records for who it works for, and the code goes on as if nothing had been (%s)", async (link) => {
    const kcov = await Kcov.create({ abi, irqAreaWords: 32 });
    const listener = listen(kcov);
    const { exports } = new WebAssembly.Instance(
      new WebAssembly.Module(instrument(WORK, { link }).binary),
      kcov.imports,
    );
    const work = exports.work as (way: number) => number;
    const interrupt = (): void => {
      kcov.setContext("softirq");
      kcov.remoteSection(HANDLE, () => work(1));
      kcov.setContext("task");
    };
    const { binary } = instrument(PROGRAM, { link });
    const make = (fn: () => void) => {
      const module = new WebAssembly.Module(binary);
      return new WebAssembly.Instance(module, { ...kcov.imports, env: { interrupt: fn } }).exports.run as (
        n: number,
      ) => void;
    };
    const alone = kcov.trace(() => make(() => undefined)(5)).pcs;
    const interrupted = kcov.trace(() => make(interrupt)(5)).pcs;
    expect(interrupted).toStrictEqual(alone);
    const { pcs } = kcov.trace(() => work(1));
    expect(listener.words[0]).toBe(BigInt(5 * pcs.length));
    expect(listener.words.subarray(1, 1 + pcs.length)).toStrictEqual(pcs);
    expect(kcov.warnings).toBe(0);
  });

  test("sees its own mode, though the code traces comparisons", async () => {
    const kcov = await Kcov.create({ abi, irqAreaWords: 5 });
    const listener = listen(kcov);
    const own = ready(kcov, 16);
    kcov.ioctl(own.fd, KCOV_ENABLE, KCOV_TRACE_CMP);
    kcov.hooks.__sanitizer_cov_trace_cmp1(1, 2, 3n);
    kcov.setContext("softirq");
    kcov.hooks.__sanitizer_cov_trace_cmp1(7, 7, 7n);
    kcov.remoteStart(HANDLE);
    for (let pc = 0x10n; pc < 0x18n; pc++) kcov.hooks.__sanitizer_cov_trace_pc(pc);
    expect(kcov.inspect()).toMatchObject({
      saved: { mode: "TRACE_CMP", size: 16, area: "own" },
      tasks: [{ mode: "TRACE_PC", size: 5, area: "irq", softirq: true }, {}],
    });
    kcov.remoteStop();
    kcov.setContext("task");
    kcov.hooks.__sanitizer_cov_trace_cmp1(4, 5, 6n);
    expect([...listener.words.subarray(0, 5)]).toStrictEqual([4n, 0x10n, 0x11n, 0x12n, 0x13n]);
    expect([...own.words.subarray(0, 9)]).toStrictEqual([2n, 0n, 1n, 2n, 3n, 0n, 4n, 5n, 6n]);
  });

  test("that leaves its section open, and the task exits: nothing refers to a task that is gone", async () => {
    const kcov = await Kcov.create({ abi });
    const listener = listen(kcov);
    const own = ready(kcov, 16);
    const task = kcov.taskInit();
    kcov.switchTo(task);
    kcov.ioctl(own.fd, KCOV_ENABLE, KCOV_TRACE_PC);
    kcov.setContext("softirq");
    kcov.remoteStart(HANDLE);
    kcov.setContext("task");
    kcov.taskExit(task);
    expect(kcov.warnings).toBe(1);
    expect(kcov.inspect()).toMatchObject({
      current: 1,
      saved: null,
      kcovs: [{ task: listener.owner }, { mode: "INIT", task: null, refcount: 1 }],
    });
    kcov.ioctl(own.fd, KCOV_ENABLE, KCOV_TRACE_PC);
    kcov.ioctl(own.fd, KCOV_DISABLE);
  });
});

test("v7.2: a task that exits in a section ends what it has enabled remotely", async () => {
  const kcov = await Kcov.create({ abi: "v7.2" });
  const { fd } = ready(kcov, 16);
  const task = kcov.taskInit();
  kcov.switchTo(task);
  kcov.ioctl(fd, KCOV_REMOTE_ENABLE, { traceMode: KCOV_TRACE_PC, areaSize: 8, handles: [HANDLE] });
  kcov.remoteStart(HANDLE);
  kcov.taskExit(task);
  expect(kcov.warnings).toBe(1);
  // The section's reference leaks, as in the kernel.
  expect(kcov.inspect()).toMatchObject({ kcovs: [{ mode: "INIT", task: null, refcount: 2 }], remotes: [] });
  kcov.ioctl(fd, KCOV_ENABLE, KCOV_TRACE_PC);
});
