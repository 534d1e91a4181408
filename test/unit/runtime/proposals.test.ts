/** Proposals: what is off unless asked for, and what it does then. */

import { describe, expect, test } from "vitest";
import {
  type CallNode,
  callEvents,
  callTree,
  KCOV_DISABLE,
  KCOV_ENABLE,
  KCOV_INIT_TRACE,
  KCOV_REMOTE_ENABLE,
  KCOV_RESET_TRACE,
  KCOV_SUBSYSTEM_USB,
  KCOV_TRACE_CMP,
  KCOV_TRACE_PC,
  KCOV_TRACE_PC_EXT,
  KCOV_UNIQUE_ENABLE,
  Kcov,
} from "../../../src/index.ts";
import { instrumentCalls, readPcTable } from "../../../src/instrument/index.ts";
import { errnoOf, ready } from "../../support/areas.ts";
import { wat } from "../../support/wat.ts";

const HANDLE = KCOV_SUBSYSTEM_USB | 1n;
const ABIS = ["v5.5", "v6.12", "v7.2"] as const;

test("without the option they are not there", async () => {
  const kcov = await Kcov.create();
  const { fd } = ready(kcov, 16);
  expect(errnoOf(() => kcov.ioctl(fd, KCOV_UNIQUE_ENABLE, 2))).toBe("ENOTTY");
  expect(errnoOf(() => kcov.ioctl(fd, KCOV_RESET_TRACE, 0))).toBe("ENOTTY");
  expect(errnoOf(() => kcov.ioctl(fd, KCOV_ENABLE, KCOV_TRACE_PC_EXT))).toBe("EINVAL");
  const unknown = ["ext"] as unknown as ["unique"];
  expect(() => Kcov.createSync({ proposals: unknown })).toThrow("proposals are a list of pc-ext, unique");
  expect(KCOV_UNIQUE_ENABLE).toBe(0x40086367);
  expect(KCOV_RESET_TRACE).toBe(0x6368);
});

describe.each(ABIS)("KCOV_UNIQUE_ENABLE, %s", (abi) => {
  const proposals = ["unique"] as const;
  /** Guards in device memory: they lie in an area that nobody enables. */
  function guards(kcov: Kcov): (k: number) => number {
    const { mapping } = ready(kcov, 64);
    return (k) => mapping.address + 4 * k;
  }

  test("records each numbered site once, and others always, up to the end of the area", async () => {
    const kcov = await Kcov.create({ abi, proposals });
    const guard = guards(kcov);
    const { fd, words } = ready(kcov, 8);
    kcov.ioctl(fd, KCOV_UNIQUE_ENABLE, 1);
    expect(kcov.inspect().kcovs.at(-1)).toMatchObject({ mode: "UNIQUE_PC", refcount: 2 });
    const { __sanitizer_cov_trace_pc_guard: hook } = kcov.hooks;
    for (const k of [0, 1, 0, 1, 2, 0]) hook(guard(k), BigInt(0x100 + k));
    kcov.hooks.__sanitizer_cov_trace_pc(0x999n);
    expect([...words]).toStrictEqual([0b1110n, 4n, 0x100n, 0x101n, 0x102n, 0x999n, 0n, 0n]);
    for (let round = 0; round < 5; round++) kcov.hooks.__sanitizer_cov_trace_pc(0x777n);
    expect([...words]).toStrictEqual([0b1110n, 6n, 0x100n, 0x101n, 0x102n, 0x999n, 0x777n, 0x777n]);
    kcov.ioctl(fd, KCOV_RESET_TRACE, 0);
    expect([...words.subarray(0, 2)]).toStrictEqual([0n, 0n]);
    hook(guard(2), 0x102n);
    expect([...words.subarray(0, 3)]).toStrictEqual([0b1000n, 1n, 0x102n]);
    kcov.ioctl(fd, KCOV_DISABLE, 0);
    expect(kcov.inspect().kcovs.at(-1)).toMatchObject({ mode: "INIT", refcount: 1 });
    // An ordinary trace has the whole area again, and a site with a guard is one like others.
    kcov.ioctl(fd, KCOV_ENABLE, KCOV_TRACE_PC);
    words[0] = 0n;
    hook(guard(2), 0x102n);
    hook(guard(2), 0x102n);
    expect([...words.subarray(0, 3)]).toStrictEqual([2n, 0x102n, 0x102n]);
  });

  test("a site whose number is beyond the bitmap is recorded every time; a number is for good", async () => {
    const kcov = await Kcov.create({ abi, proposals });
    const guard = guards(kcov);
    const { fd, words } = ready(kcov, 256);
    kcov.ioctl(fd, KCOV_UNIQUE_ENABLE, 1);
    const { __sanitizer_cov_trace_pc_guard: hook } = kcov.hooks;
    for (let round = 0; round < 2; round++) for (let k = 0; k < 70; k++) hook(guard(k), BigInt(k + 1));
    // Numbers begin at 1: 63 of the 70 have a bit.
    expect(words[0]).toBe((1n << 64n) - 2n);
    expect(words[1]).toBe(63n + 2n * 7n);
  });

  test("checks in order: state, busy, bitmap; RESET_TRACE as DISABLE, and it needs a mode", async () => {
    const kcov = await Kcov.create({ abi, proposals });
    const fd = kcov.open();
    expect(errnoOf(() => kcov.ioctl(fd, KCOV_UNIQUE_ENABLE, 1))).toBe("EINVAL");
    kcov.ioctl(fd, KCOV_INIT_TRACE, 8);
    kcov.mmap(fd, 64);
    for (const words of [0, 7, 8, 1n << 63n]) {
      expect(errnoOf(() => kcov.ioctl(fd, KCOV_UNIQUE_ENABLE, words))).toBe("EINVAL");
    }
    expect(errnoOf(() => kcov.ioctl(fd, KCOV_RESET_TRACE, 0))).toBe("EINVAL");
    const other = ready(kcov, 8);
    kcov.ioctl(other.fd, KCOV_ENABLE, KCOV_TRACE_CMP);
    expect(errnoOf(() => kcov.ioctl(fd, KCOV_UNIQUE_ENABLE, 0))).toBe("EBUSY");
    expect(errnoOf(() => kcov.ioctl(other.fd, KCOV_RESET_TRACE, 1))).toBe("EINVAL");
    kcov.hooks.__sanitizer_cov_trace_cmp1(1, 2, 3n);
    expect(other.words[0]).toBe(1n);
    kcov.ioctl(other.fd, KCOV_RESET_TRACE, 0);
    expect(other.words[0]).toBe(0n);
    kcov.ioctl(other.fd, KCOV_DISABLE, 0);
    kcov.ioctl(fd, KCOV_UNIQUE_ENABLE, 6);
    kcov.taskExit();
    expect(kcov.inspect().kcovs).toMatchObject([{ mode: "INIT" }, { mode: "INIT" }]);
  });
});

describe("KCOV_TRACE_PC_EXT", () => {
  const PROGRAM = wat(
    `(module (type $t (func (param i32) (result i32))) (import "env" "host" (func $host (param i32) (result i32)))
    (table 1 funcref) (elem (i32.const 0) $leaf)
    (func $leaf (param i32) (result i32) (if (i32.eqz (local.get 0)) (then (return (i32.const 7)))) (local.get 0))
    (func $fact (param i32) (result i32) (if (result i32) (i32.le_u (local.get 0) (i32.const 1)) (then (i32.const 1))
      (else (i32.mul (local.get 0) (call $fact (i32.sub (local.get 0) (i32.const 1)))))))
    (func $traps (unreachable))
    (func (export "twice") (param i32) (result i32)
      (i32.add (call_indirect (type $t) (local.get 0) (i32.const 0)) (call $leaf (i32.const 0))))
    (func (export "fact") (type $t) (call $fact (local.get 0)))
    (func (export "around") (type $t) (drop (call $host (local.get 0))) (call $leaf (local.get 0)))
    (func (export "pair") (param i32) (result i32 i64)
      (if (local.get 0) (then (return (i32.const 3) (i64.const 4)))) (i32.const 1) (i64.const 2))
    (func (export "traps") (call $traps)))`,
  );

  async function start(host: (way: number) => number) {
    const kcov = await Kcov.create({ proposals: ["pc-ext"] });
    const { binary, pcTable } = instrumentCalls(PROGRAM, { pcBase: 0x100000n });
    const module = new WebAssembly.Module(binary);
    expect(readPcTable(module).original).toStrictEqual(pcTable.original);
    const { exports } = new WebAssembly.Instance(module, { ...kcov.imports, env: { host } });
    const run = exports as Record<string, (n?: number) => unknown>;
    const { fd, words } = ready(kcov, 256);
    kcov.ioctl(fd, KCOV_ENABLE, KCOV_TRACE_PC_EXT);
    const nameOf = (pc: bigint): number | undefined =>
      pcTable.functions.find(({ body }) => pc >= 0x100000n + BigInt(body[0]) && pc < 0x100000n + BigInt(body[1]))
        ?.index;
    const show = ({ pc, count, first, children }: CallNode): string =>
      `${nameOf(pc)}x${count}@${first}(${children.map(show).join(" ")})`;
    return { kcov, fd, words, run, tree: () => callTree(callEvents(words, nameOf)).map(show).join(" ") };
  }

  test("records entry with the caller, and exit; the module computes what it did", async () => {
    const { words, run, tree, kcov } = await start(() => 0);
    expect(run.twice?.(5)).toBe(12);
    expect(words[0]).toBe(9n);
    const types = [...words.subarray(1, 10)].map((word) => Number(word >> 60n));
    expect(types).toStrictEqual([0, 0, 0, 0, 1, 0, 0, 1, 1]);
    expect(words[2], "the host called").toBe(0n);
    expect(words[4]).toBe(words[1]);
    expect(run.pair?.(1)).toStrictEqual([3, 4n]);
    expect(run.pair?.(0)).toStrictEqual([1, 2n]);
    expect(run.fact?.(3)).toBe(6);
    expect(tree()).toBe("4x1@0(1x2@1()) 7x2@3() 5x1@5(2x1@6(2x1@7(2x1@8())))");
    expect(kcov.inspect().kcovs).toMatchObject([{ mode: "TRACE_PC_EXT" }]);
    words[0] = 0n;
    kcov.hooks.__sanitizer_cov_trace_pc(0x1234n);
    expect([...words.subarray(0, 2)]).toStrictEqual([1n, (15n << 60n) | 0x1234n]);
  });

  test("calls back into the module belong where the host was called, and traps end what they leave", async () => {
    let run: Record<string, (n?: number) => unknown> = {};
    const started = await start((way) => {
      if (way === 2) expect(() => run.traps?.()).toThrow(WebAssembly.RuntimeError);
      else run.fact?.(1);
      return 0;
    });
    ({ run } = started);
    run.around?.(1);
    run.around?.(2);
    expect(started.tree()).toBe("6x2@0(5x1@1(2x1@2()) 1x2@3() 8x1@5(3x1@6()))");
  });

  test("a record that does not fit is dropped; sections move words", async () => {
    const kcov = await Kcov.create({ proposals: ["pc-ext"] });
    const own = ready(kcov, 4);
    kcov.ioctl(own.fd, KCOV_ENABLE, KCOV_TRACE_PC_EXT);
    const { __sanitizer_cov_trace_pc_entry: entry, __sanitizer_cov_trace_pc_exit: exit } = kcov.hooks;
    entry(0x10n);
    entry(0x20n);
    exit(0x30n, 0x10n);
    exit(0x40n, 0n);
    expect([...own.words]).toStrictEqual([3n, 0x10n, 0n, (1n << 60n) | 0x30n]);
    kcov.ioctl(own.fd, KCOV_DISABLE, 0);
    const remote = ready(kcov, 16);
    const arg = { traceMode: KCOV_TRACE_PC_EXT, areaSize: 8, handles: [HANDLE] };
    kcov.ioctl(remote.fd, KCOV_REMOTE_ENABLE, arg);
    kcov.switchTo(kcov.taskInit());
    kcov.remoteSection(HANDLE, () => exit(0x50n, entry(0x50n)));
    expect([...remote.words.subarray(0, 4)]).toStrictEqual([3n, 0x50n, 0n, (1n << 60n) | 0x50n]);
  });
});
