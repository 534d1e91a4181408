import { describe, expect, it } from "vitest";
import {
  decodeComparisons,
  KCOV_ENABLE,
  KCOV_INIT_TRACE,
  KCOV_TRACE_CMP,
  KCOV_TRACE_PC,
  Kcov,
  KcovError,
  type KcovMapping,
} from "../../../src/index.ts";
import { randomNumbers } from "../../support/random_wat.ts";

async function enabled(mode: number, size: number): Promise<{ kcov: Kcov; area: KcovMapping }> {
  const kcov = await Kcov.create();
  const fd = kcov.open();
  kcov.ioctl(fd, KCOV_INIT_TRACE, size);
  const area = kcov.mmap(fd, 8 * size);
  kcov.ioctl(fd, KCOV_ENABLE, mode);
  return { kcov, area };
}

describe("foldPcs", () => {
  const cases = [0, 1, 3, 500, 20_000].flatMap((different) => [
    [different, 3n, 0xffff_fff0n],
    [different, 0x1_0000_0001n, 1n],
  ]) as [number, bigint, bigint][];

  it.each(cases)("counts each of up to %i different PCs, %i apart, from %i on", async (different, apart, least) => {
    const { kcov, area } = await enabled(KCOV_TRACE_PC, 50_000);
    const below = randomNumbers(different);
    const expected = new Map<bigint, number>();
    for (let k = 0; k < (different === 0 ? 0 : 40_000); k++) {
      const pc = BigInt(below(different)) * apart + least;
      kcov.hooks.__sanitizer_cov_trace_pc(pc);
      expected.set(pc, (expected.get(pc) ?? 0) + 1);
    }
    const { pcs, hits } = kcov.foldPcs(area);
    // In the order in which they were first recorded.
    expect([...pcs]).toEqual([...expected.keys()]);
    expect([...hits]).toEqual([...expected.values()]);
  });

  it("reads no more than the area holds, whatever word 0 says, and gives its memory back", async () => {
    const { kcov, area } = await enabled(KCOV_TRACE_PC, 8);
    area.words.fill(77n);
    area.words[0] = 2n ** 64n - 1n;
    const before = kcov.inspect().alloc;
    expect(kcov.foldPcs(area)).toEqual({ pcs: BigUint64Array.of(77n), hits: Uint32Array.of(7) });
    for (let k = 0; k < 2000; k++) kcov.foldPcs(area);
    expect(kcov.inspect().alloc).toEqual(before);
    expect(kcov.memory.buffer.byteLength).toBeLessThan(8 << 20);
    area.munmap();
    expect(() => kcov.foldPcs(area)).toThrow(KcovError);
  });
});

describe("foldPcs in little memory", () => {
  it("takes what memory there is", async () => {
    const size = 1 << 17;
    const kcov = await Kcov.create({ maxBytes: 3 << 19 });
    const fd = kcov.open();
    kcov.ioctl(fd, KCOV_INIT_TRACE, size);
    const area = kcov.mmap(fd, 8 * size);
    // Close enough together to be counted in place, which would take 768 KiB.
    for (let k = 1; k < size; k++) area.words[k] = BigInt(k % 2 ? 5 : 60_000);
    area.words[0] = BigInt(size - 1);
    expect(kcov.foldPcs(area)).toEqual({
      pcs: BigUint64Array.of(5n, 60_000n),
      hits: Uint32Array.of(size / 2, size / 2 - 1),
    });
    for (let k = 1; k < size; k++) area.words[k] = BigInt(k) << 20n;
    expect(() => kcov.foldPcs(area)).toThrow(/ENOMEM/);
  });
});

describe("foldComparisons", () => {
  it("counts each comparison, as they are decoded", async () => {
    const { kcov, area } = await enabled(KCOV_TRACE_CMP, 40_001);
    const below = randomNumbers(5);
    for (let k = 0; k < 9000; k++) {
      const [a, b, pc] = [below(20), below(3), BigInt(below(4)) << 33n];
      if (below(2) === 0) kcov.hooks.__sanitizer_cov_trace_const_cmp2(a, b, pc);
      else kcov.hooks.__sanitizer_cov_trace_cmp8(BigInt(a) << 40n, BigInt(-b), pc);
    }
    const expected = new Map<string, number>();
    for (const { size, isConst, arg1, arg2, pc } of decodeComparisons(area.words)) {
      const key = [size, isConst, arg1, arg2, pc].join();
      expected.set(key, (expected.get(key) ?? 0) + 1);
    }
    const { types, arg1, arg2, pcs, hits } = kcov.foldComparisons(area);
    const folded = [...hits].map((count, k): [string, number] => {
      const type = types[k] ?? 0;
      return [[1 << ((type & 6) >> 1), (type & 1) !== 0, arg1[k], arg2[k], pcs[k]].join(), count];
    });
    expect(folded).toEqual([...expected]);
    expect(expected.size).toBeGreaterThan(200);
  });

  it("says of a type that is none that it is none", async () => {
    const { kcov, area } = await enabled(KCOV_TRACE_CMP, 9);
    area.words.set([2n, 2n ** 40n, 1n, 2n, 3n, 4n, 5n, 6n, 7n]);
    const { types, hits } = kcov.foldComparisons(area);
    expect([...types]).toEqual([0xffff, 4]);
    expect([...hits]).toEqual([1, 1]);
  });
});
