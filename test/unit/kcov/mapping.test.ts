/** How long the pages of a mapping live. */

import { setImmediate } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import { KCOV_ENABLE, KCOV_INIT_TRACE, KCOV_TRACE_PC, Kcov } from "../../../src/index.ts";
import { ready } from "../../support/areas.ts";

setFlagsFromString("--expose-gc");
const gc = runInNewContext("gc") as () => void;

/** Collects garbage, and lets the callbacks about it run, until `done`; gives up after many rounds. */
async function collectUntil(done: () => boolean): Promise<boolean> {
  for (let round = 0; round < 50 && !done(); round++) {
    gc();
    await setImmediate();
  }
  return done();
}

/** Address that the next area of one page gets: the lowest hole. */
function nextAddress(kcov: Kcov): number {
  const { fd, mapping } = ready(kcov, 16);
  mapping.munmap();
  kcov.close(fd);
  return mapping.address;
}

describe("pages", () => {
  test("outlive the descriptor as long as the mapping is held, and go with munmap", async () => {
    const kcov = await Kcov.create();
    const { fd, mapping, words } = ready(kcov, 16);
    kcov.ioctl(fd, KCOV_ENABLE, KCOV_TRACE_PC);
    kcov.hooks.__sanitizer_cov_trace_pc(7n);
    kcov.taskExit();
    kcov.close(fd);
    expect(kcov.inspect().alloc).toMatchObject({ descriptors: 0, areas: 0 });
    expect(nextAddress(kcov)).not.toBe(mapping.address);
    expect([...words.subarray(0, 2)]).toStrictEqual([1n, 7n]);
    mapping.munmap();
    expect(nextAddress(kcov)).toBe(mapping.address);
  });

  test("outlive the mapping as long as the descriptor does", async () => {
    const kcov = await Kcov.create();
    const { fd, mapping } = ready(kcov, 16);
    mapping.munmap();
    expect(nextAddress(kcov)).not.toBe(mapping.address);
    kcov.close(fd);
    expect(nextAddress(kcov)).toBe(mapping.address);
  });

  test("of a mapping that was forgotten are free again when it has been collected", async () => {
    const kcov = await Kcov.create();
    const address = ((): number => {
      const { fd, mapping } = ready(kcov, 16);
      kcov.close(fd);
      return mapping.address;
    })();
    expect(await collectUntil(() => nextAddress(kcov) === address)).toBe(true);
  });

  test("stay while only `words` is held", async () => {
    const kcov = await Kcov.create();
    const { words, address } = ((): { words: BigUint64Array<ArrayBufferLike>; address: number } => {
      const { fd, mapping } = ready(kcov, 16);
      kcov.close(fd);
      return { words: mapping.words, address: mapping.address };
    })();
    // Something else that is forgotten at the same time goes: the collection did run.
    const other = ((): number => {
      const { fd, mapping } = ready(kcov, 16);
      kcov.close(fd);
      return mapping.address;
    })();
    expect(await collectUntil(() => nextAddress(kcov) === other)).toBe(true);
    expect(nextAddress(kcov)).not.toBe(address);
    words[0] = 1n;
    expect(words[0]).toBe(1n);
  });
});

test("a mapping in a `using` scope is unmapped at its end", async () => {
  const kcov = await Kcov.create();
  const fd = kcov.open();
  kcov.ioctl(fd, KCOV_INIT_TRACE, 16);
  const mapping = kcov.mmap(fd, 128);
  mapping[Symbol.dispose]();
  expect(() => mapping.words).toThrow("EFAULT");
});

test("leaving the device gives back what its thread holds", async () => {
  const kcov = await Kcov.create();
  const visitor = await Kcov.attach(kcov.memory);
  const address = nextAddress(kcov);
  visitor.traceSwitch(1n, [1n, 64n, 2n], 3n);
  visitor.switchTo(visitor.taskInit());
  expect(nextAddress(kcov)).not.toBe(address);
  visitor[Symbol.dispose]();
  expect(visitor.current).toBe(0);
  expect(kcov.inspect().tasks).toHaveLength(1);
  expect(nextAddress(kcov)).toBe(address);
  visitor[Symbol.dispose]();
});
