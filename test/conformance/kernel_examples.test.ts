/** The three example programs of the device's own documentation, from open to close. */

import { expect, test } from "vitest";
import {
  KCOV_CMP_CONST,
  KCOV_CMP_MASK,
  KCOV_DISABLE,
  KCOV_ENABLE,
  KCOV_INIT_TRACE,
  KCOV_REMOTE_ENABLE,
  KCOV_SUBSYSTEM_COMMON,
  KCOV_SUBSYSTEM_USB,
  KCOV_TRACE_CMP,
  KCOV_TRACE_PC,
  KCOV_WORDS_PER_CMP,
  Kcov,
  kcovRemoteHandle,
} from "../../src/index.ts";

const COVER_SIZE = 64 << 10;

test("coverage of one system call", async () => {
  const kcov = await Kcov.create();
  const fd = kcov.open();
  expect(kcov.ioctl(fd, KCOV_INIT_TRACE, COVER_SIZE)).toBe(0);
  const cover = kcov.mmap(fd, COVER_SIZE * 8);
  expect(kcov.ioctl(fd, KCOV_ENABLE, KCOV_TRACE_PC)).toBe(0);
  Atomics.store(cover.words, 0, 0n);
  // The system call: it reaches three places.
  for (const pc of [0x401000n, 0x401010n, 0x401020n]) kcov.hooks.__sanitizer_cov_trace_pc(pc);
  const n = Number(Atomics.load(cover.words, 0));
  const printed = Array.from({ length: n }, (_, i) => `0x${cover.words[i + 1]?.toString(16)}`);
  expect(printed).toStrictEqual(["0x401000", "0x401010", "0x401020"]);
  expect(kcov.ioctl(fd, KCOV_DISABLE, 0)).toBe(0);
  cover.munmap();
  kcov.close(fd);
  expect(kcov.inspect()).toMatchObject({ kcovs: [], alloc: { descriptors: 0, areas: 0 } });
});

test("comparison operands", async () => {
  const kcov = await Kcov.create();
  const fd = kcov.open();
  kcov.ioctl(fd, KCOV_INIT_TRACE, COVER_SIZE);
  const cover = kcov.mmap(fd, COVER_SIZE * 8);
  kcov.ioctl(fd, KCOV_ENABLE, KCOV_TRACE_CMP);
  Atomics.store(cover.words, 0, 0n);
  kcov.hooks.__sanitizer_cov_trace_const_cmp4(7, -1, 0x402000n);
  kcov.hooks.__sanitizer_cov_trace_cmp8(1n, 2n, 0x402010n);
  const n = Number(Atomics.load(cover.words, 0));
  const printed = Array.from({ length: n }, (_, i) => {
    const [type = 0n, arg1, arg2, ip] = cover.words.subarray(i * KCOV_WORDS_PER_CMP + 1);
    const isConst = (type & BigInt(KCOV_CMP_CONST)) !== 0n;
    const size = 1 << (Number(type & BigInt(KCOV_CMP_MASK)) >> 1);
    return { ip, isConst, size, arg1, arg2 };
  });
  expect(printed).toStrictEqual([
    { ip: 0x402000n, isConst: true, size: 4, arg1: 7n, arg2: 0xffffffffn },
    { ip: 0x402010n, isConst: false, size: 8, arg1: 1n, arg2: 2n },
  ]);
  expect(kcov.ioctl(fd, KCOV_DISABLE, 0)).toBe(0);
  cover.munmap();
  kcov.close(fd);
});

test("remote coverage", async () => {
  const kcov = await Kcov.create();
  const fd = kcov.open();
  kcov.ioctl(fd, KCOV_INIT_TRACE, COVER_SIZE);
  const cover = kcov.mmap(fd, COVER_SIZE * 8);
  const bus = kcovRemoteHandle(KCOV_SUBSYSTEM_USB, 1n);
  const common = kcovRemoteHandle(KCOV_SUBSYSTEM_COMMON, 0x42n);
  const arg = { traceMode: KCOV_TRACE_PC, areaSize: COVER_SIZE, numHandles: 1, commonHandle: common, handles: [bus] };
  expect(kcov.ioctl(fd, KCOV_REMOTE_ENABLE, arg)).toBe(0);
  expect(kcov.commonHandle()).toBe(common);
  const owner = kcov.current;
  const background = (handle: bigint, pcs: bigint[]): void => {
    kcov.switchTo(kcov.taskInit());
    kcov.remoteSection(handle, () => {
      for (const pc of pcs) kcov.hooks.__sanitizer_cov_trace_pc(pc);
    });
    kcov.taskExit();
  };
  // Work that the owner causes in the background: a hub's worker, and one that carries the owner's common handle.
  background(bus, [1n, 2n]);
  background(common, [3n]);
  expect(kcov.current).toBe(owner);
  kcov.hooks.__sanitizer_cov_trace_pc(99n);
  const n = Number(Atomics.load(cover.words, 0));
  expect([...cover.words.subarray(1, n + 1)]).toStrictEqual([1n, 2n, 3n]);
  expect(kcov.ioctl(fd, KCOV_DISABLE, 0)).toBe(0);
  expect(kcov.inspect().remotes).toStrictEqual([]);
  cover.munmap();
  kcov.close(fd);
  expect(kcov.warnings).toBe(0);
});
