/** The arena: transactions that happen or do not, and memory that grows. */

import { describe, expect, test } from "vitest";
import {
  FDS_ADDRESS,
  HEADER_BREAK,
  HEADER_FREE_CELL_COUNT,
  HEADER_HIGH_WATER,
  HEADER_JOURNAL_LENGTH,
  JOURNAL_ADDRESS,
  JOURNAL_ENTRIES,
} from "../../../src/abi/layout.ts";
import { KCOV_ENABLE, KCOV_REMOTE_ENABLE, KCOV_SUBSYSTEM_USB, Kcov, KcovError } from "../../../src/index.ts";
import { Arena } from "../../../src/memory/arena.ts";
import { listAddTail, listDel, listEntries, listInit } from "../../../src/memory/list.ts";
import { allocateRun } from "../../../src/memory/page_allocator.ts";
import { allocateCell } from "../../../src/memory/slab.ts";
import { ready } from "../../support/areas.ts";
import { createArena } from "../../support/arena.ts";

describe("a transaction", () => {
  test("that throws in the middle leaves not one word changed", () => {
    const arena = createArena();
    arena.transaction(() => allocateRun(arena, 5000));
    const image = new Uint8Array(arena.memory.buffer).slice();
    const failing = (): void => {
      arena.transaction(() => {
        for (let i = 0; i < 100; i++) allocateCell(arena);
        allocateRun(arena, 100_000);
        const head = allocateCell(arena);
        listInit(arena, head);
        for (let i = 0; i < 9; i++) listAddTail(arena, head, allocateCell(arena));
        listDel(arena, [...listEntries(arena, head)][4] ?? 0);
        arena.store64(head + 16, 0x1122334455667788n);
        arena.add(head + 8, -1);
        throw new Error("in the middle");
      });
    };
    expect(failing).toThrow("in the middle");
    const now = new Uint8Array(arena.memory.buffer).slice(0, image.length);
    // The journal's own entries and the mark of what was ever used may stay: they are no state.
    const ignored = (at: number): boolean =>
      (at >= JOURNAL_ADDRESS && at < FDS_ADDRESS) || Math.floor(at / 4) === HEADER_HIGH_WATER / 4;
    expect(now.findIndex((byte, at) => !ignored(at) && byte !== image[at])).toBe(-1);
    expect(arena.load(HEADER_JOURNAL_LENGTH)).toBe(0);
  });

  test("undoes repeated stores to one word in the right order", () => {
    const arena = createArena();
    const cell = arena.transaction(() => allocateCell(arena));
    arena.transaction(() => arena.store(cell, 1));
    expect(() =>
      arena.transaction(() => {
        for (const value of [2, 3, 4]) arena.store(cell, value);
        throw new Error();
      }),
    ).toThrow();
    expect(arena.load(cell)).toBe(1);
  });

  test("that is too large for the journal is undone, not half done", () => {
    const arena = createArena();
    const cell = arena.transaction(() => allocateCell(arena));
    const store = (times: number) => () =>
      arena.transaction(() => {
        for (let i = 0; i < times; i++) arena.store(cell, i + 1);
      });
    expect(store(JOURNAL_ENTRIES + 1)).toThrow("changes more than its journal holds");
    expect(arena.load(cell)).toBe(0);
    store(JOURNAL_ENTRIES)();
    expect(arena.load(cell)).toBe(JOURNAL_ENTRIES);
  });

  test("within a transaction is refused, and the outer one goes on", () => {
    const arena = createArena();
    arena.transaction(() => {
      expect(() => arena.transaction(() => 0)).toThrow(RangeError);
      expect(allocateCell(arena)).not.toBe(0);
    });
    expect(arena.transaction(() => "free again")).toBe("free again");
  });
});

describe("REMOTE_ENABLE with 256 handles and a common one", () => {
  const handles = Array.from({ length: 256 }, (_, index) => KCOV_SUBSYSTEM_USB | BigInt(index));

  test.each(["fresh", "dirty"])("that fails on the last fits the journal, in %s cells", async (cells) => {
    let failAfter = -1;
    const kcov = await Kcov.create({ failAllocation: (what) => what === "kmalloc" && failAfter-- === 0 });
    const { fd } = ready(kcov, 16);
    if (cells === "dirty") {
      // Cells that held descriptors and tasks have the most words to clear, one by one in the journal.
      const used = Array.from({ length: 300 }, () => ready(kcov, 4));
      for (const { fd: enabled } of used) {
        kcov.switchTo(kcov.taskInit());
        kcov.ioctl(enabled, KCOV_ENABLE);
      }
      for (const { id } of kcov.inspect().tasks) if (id !== 1) kcov.taskExit(id);
      for (const { fd: open, mapping } of used) {
        mapping.munmap();
        kcov.close(open);
      }
    }
    const arg = { traceMode: 0, areaSize: 8, handles, commonHandle: 0x42n };
    failAfter = 256;
    const before = kcov.inspect();
    expect(() => kcov.ioctl(fd, KCOV_REMOTE_ENABLE, arg)).toThrow(KcovError);
    expect(kcov.inspect()).toStrictEqual({ ...before, kcovs: [{ ...before.kcovs[0], sequence: 2 }] });
    expect(kcov.ioctl(fd, KCOV_REMOTE_ENABLE, arg)).toBe(0);
    expect(kcov.inspect().alloc.remotes).toBe(257);
    kcov.taskExit();
    expect(kcov.inspect()).toMatchObject({ remotes: [], alloc: { remotes: 0 } });
  });
});

describe("growth", () => {
  test("that another thread did is used", () => {
    const first = createArena(20 * 65536);
    const second = Arena.attach(first.memory);
    second.owner = 2;
    first.transaction(() => allocateRun(first, 65536));
    const rest = 20 * 65536 - first.load(HEADER_BREAK);
    expect(second.transaction(() => allocateRun(second, rest))).not.toBe(0);
    expect(first.transaction(() => allocateRun(first, 4096))).toBe(0);
  });

  test("that a thread did which was killed before it could use it is found", () => {
    const arena = createArena(20 * 65536);
    arena.memory.grow(20 - arena.memory.buffer.byteLength / 65536);
    const rest = 20 * 65536 - arena.load(HEADER_BREAK);
    expect(arena.transaction(() => allocateRun(arena, rest))).not.toBe(0);
  });

  test("beyond the maximum is refused and costs no cell", () => {
    const arena = createArena(1 << 20);
    const cells = arena.load(HEADER_FREE_CELL_COUNT);
    for (let i = 0; i < 100; i++) expect(arena.transaction(() => allocateRun(arena, 1 << 21))).toBe(0);
    expect(arena.load(HEADER_FREE_CELL_COUNT)).toBe(cells);
  });
});
