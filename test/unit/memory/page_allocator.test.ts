/** Areas: what is freed is used again, nothing overlaps, and running out is an error and no more. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { PAGE_BYTES, RUN_ADDRESS, RUN_PAGES } from "../../../src/abi/layout.ts";
import {
  KCOV_DISABLE,
  KCOV_ENABLE,
  KCOV_INIT_TRACE,
  KCOV_TRACE_PC,
  Kcov,
  type KcovMapping,
} from "../../../src/index.ts";
import { allocateClearedRun, allocateRun, fitsRun, unpinRun } from "../../../src/memory/page_allocator.ts";
import { errnoOf, ready } from "../../support/areas.ts";
import { createArena, heap } from "../../support/arena.ts";

/** 10,000 sizes in words, the same in each run: 2 to 65,537. */
function* sizes(rounds: number): Generator<number> {
  let state = 12345;
  for (let round = 0; round < rounds; round++) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    yield 2 + ((((state >>> 8) % 256) * ((state >>> 16) % 256 || 1)) % 65536);
  }
}

describe("areas", () => {
  test("10,000 rounds of mixed sizes leave nothing behind, and the memory stops growing", async () => {
    const kcov = await Kcov.create();
    const open: { fd: number; mapping: KcovMapping }[] = [];
    const grown: number[] = [];
    let round = 0;
    for (const size of sizes(10_000)) {
      const { fd, mapping } = ready(kcov, size);
      kcov.ioctl(fd, KCOV_ENABLE, KCOV_TRACE_PC);
      kcov.hooks.__sanitizer_cov_trace_pc(1n);
      kcov.ioctl(fd, KCOV_DISABLE);
      open.push({ fd, mapping });
      // Up to eight at once, given back out of order, the mapping before or after the fd.
      if (open.length === 8) {
        const [gone] = open.splice(round % 8, 1);
        if (round % 2 === 0) gone?.mapping.munmap();
        kcov.close(gone?.fd ?? -1);
        gone?.mapping.munmap();
      }
      round++;
      if (round % 2000 === 0) grown.push(kcov.memory.buffer.byteLength);
    }
    for (const { fd, mapping } of open) {
      kcov.close(fd);
      mapping.munmap();
    }
    expect(kcov.inspect()).toMatchObject({
      kcovs: [],
      alloc: { descriptors: 0, areas: 0, remoteAreas: 0, remotes: 0 },
    });
    expect(new Set(grown.slice(1)).size).toBe(1);
  });

  test("up to 128 MiB, and zero also in memory that was used before", async () => {
    const kcov = await Kcov.create();
    const size = 1 << 24;
    for (let round = 0; round < 2; round++) {
      const { fd, mapping, words } = ready(kcov, size);
      expect(mapping.pages).toBe(32768);
      for (const at of [0, 1, 511, 512, size / 2, size - 1]) expect(words[at]).toBe(0n);
      words.fill(~0n & 0xffffffffffffffffn, size - 4096);
      words[0] = 1n;
      kcov.close(fd);
      mapping.munmap();
    }
    expect(kcov.memory.buffer.byteLength).toBeLessThan(1.1 * size * 8);
  });

  test("ENOMEM at the maximum changes nothing, and the device works on", async () => {
    const kcov = await Kcov.create({ maxBytes: 1 << 20 });
    const size = (600 << 10) / 8;
    const { fd, mapping } = ready(kcov, size);
    const other = kcov.open();
    kcov.ioctl(other, KCOV_INIT_TRACE, size);
    const before = kcov.inspect();
    for (let i = 0; i < 5; i++) expect(errnoOf(() => kcov.mmap(other, size * 8))).toBe("ENOMEM");
    expect(kcov.inspect()).toStrictEqual(before);
    kcov.ioctl(fd, KCOV_ENABLE, KCOV_TRACE_PC);
    kcov.hooks.__sanitizer_cov_trace_pc(3n);
    expect(mapping.words[1]).toBe(3n);
    kcov.taskExit();
    kcov.close(fd);
    mapping.munmap();
    expect(kcov.mmap(other, size * 8).pages).toBe(150);
  });

  test("descriptors until the memory is full: ENOMEM, and each can be closed", async () => {
    const kcov = await Kcov.create({ maxBytes: 1 << 20 });
    const fds: number[] = [];
    let error = "ok";
    while (error === "ok") error = errnoOf(() => fds.push(kcov.open()));
    expect(error).toBe("ENOMEM");
    expect(fds.length).toBeGreaterThan(10_000);
    expect(errnoOf(() => kcov.taskInit())).toBe("ENOMEM");
    for (const fd of fds) kcov.close(fd);
    expect(kcov.inspect().alloc.descriptors).toBe(0);
    expect(kcov.open()).toBe(3);
  });

  test("fds until the table is full: EMFILE", async () => {
    const kcov = await Kcov.create();
    const fd = kcov.open();
    for (let next = 4; next < 16384; next++) expect(kcov.dup(fd)).toBe(next);
    expect(errnoOf(() => kcov.dup(fd))).toBe("EMFILE");
    expect(errnoOf(() => kcov.open())).toBe("EMFILE");
    expect(kcov.inspect().alloc.descriptors).toBe(1);
    kcov.close(100);
    expect(kcov.open()).toBe(100);
  });
});

describe("the heap", () => {
  test("tiles, never overlaps, and coalesces whatever is freed", () => {
    const step = fc.record({ free: fc.boolean(), n: fc.nat({ max: 1000 }) });
    const property = fc.property(fc.array(step, { maxLength: 80, size: "max" }), (steps) => {
      const arena = createArena(1 << 20);
      const live: number[] = [];
      for (const { free, n } of steps) {
        arena.transaction(() => {
          if (free && live.length > 0) {
            unpinRun(arena, live.splice(n % live.length, 1)[0] ?? 0);
            return;
          }
          const bytes = 1 + ((n * 37) % 30) * 2000;
          const fits = fitsRun(arena, bytes);
          const run = allocateClearedRun(arena, bytes);
          expect(run !== 0).toBe(fits);
          if (run === 0) return;
          expect(arena.load(run + RUN_PAGES)).toBe(Math.ceil(bytes / PAGE_BYTES));
          const content = arena.bytes(arena.load(run + RUN_ADDRESS), bytes);
          expect(content.every((byte) => byte === 0)).toBe(true);
          content.fill(0xee);
          live.push(run);
        });
        const used = heap(arena).filter((run) => run.used);
        expect(used).toHaveLength(live.length);
      }
      arena.transaction(() => {
        for (const run of live) unpinRun(arena, run);
      });
      expect(heap(arena).length).toBeLessThanOrEqual(1);
    });
    fc.assert(property, { numRuns: 150 });
  });

  test("is first fit: the lowest hole that is large enough", () => {
    const arena = createArena();
    arena.transaction(() => {
      const runs = [4, 1, 2, 1, 3, 1].map((pages) => allocateRun(arena, pages * PAGE_BYTES));
      const address = (run: number): number => arena.load(run + RUN_ADDRESS);
      const holes = [0, 2, 4].map((index) => address(runs[index] ?? 0));
      for (const index of [0, 2, 4]) unpinRun(arena, runs[index] ?? 0);
      expect(address(allocateRun(arena, 2 * PAGE_BYTES))).toBe(holes[0]);
      expect(address(allocateRun(arena, 2 * PAGE_BYTES))).toBe((holes[0] ?? 0) + 2 * PAGE_BYTES);
      expect(address(allocateRun(arena, 3 * PAGE_BYTES))).toBe(holes[2]);
      expect(address(allocateRun(arena, PAGE_BYTES))).toBe(holes[1]);
    });
    heap(arena);
  });
});
