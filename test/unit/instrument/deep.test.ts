/** Code that nests deeply is instrumented like any other, or refused with a word: nothing overflows. */

import { describe, expect, it } from "vitest";
import { InstrumentError, instrument } from "../../../src/instrument/index.ts";
import { createBench } from "../../support/instrumented.ts";
import { nested, SHAPES } from "../../support/nested.ts";

/** Where sources are not run as they are, the thread for deep code has no program: the built library's tests are theirs. */
const runsTypeScript = Boolean((process.features as { typescript?: unknown }).typescript);

describe.runIf(runsTypeScript)("code that nests deeply", () => {
  it.each(SHAPES.flatMap((shape) => [3_000, 20_000].map((levels) => [levels, shape] as const)))(
    "%d levels of %s",
    (levels, shape) => {
      const binary = nested(shape, levels);
      const result = instrument(binary, { link: "import", trace: ["pc", "cmp"] });
      expect(result.leftOut).toEqual([]);
      const bench = createBench();
      const values = [binary, result.binary].map((bytes) => {
        const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), bench.imports);
        return () => (exports.f as (value: number) => number)(2);
      });
      const [plain, traced] = values as [() => number, () => number];
      const pcs = bench.tracePcs(() => expect(traced()).toBe(plain()));
      const known = new Set(result.pcTable.sites.map(({ pc }) => pc));
      expect(pcs.length).toBeGreaterThan(0);
      expect(pcs.filter((pc) => !known.has(pc))).toEqual([]);
    },
    60_000,
  );

  it("is refused where Binaryen cannot bear it", () => {
    const act = () => instrument(nested("sums", 400_000));
    expect(act).toThrow(InstrumentError);
    expect(act).toThrow("its code nests too deeply for Binaryen");
    // And what comes after it is instrumented as before.
    expect(instrument(nested("sums", 3)).pcTable.sites).toHaveLength(1);
  }, 60_000);

  it("tells the thread's errors as they are", () => {
    const binary = nested("sums", 5_000);
    binary[binary.length - 2] = 0x45;
    expect(() => instrument(binary, { link: "import" })).toThrow(/not a valid WebAssembly module/);
  });

  it("is refused, not thrown as a RangeError, at the end of the caller's stack", () => {
    const binary = nested("sums", 200);
    const thrown = new Set<string>();
    const recurse = (): void => {
      try {
        recurse();
      } catch {
        try {
          instrument(binary);
        } catch (error) {
          thrown.add((error as Error).name);
        }
      }
    };
    const outermost = (levels: number): void => (levels === 0 ? recurse() : outermost(levels - 1));
    outermost(10);
    expect([...thrown].filter((name) => !["InstrumentError", "RangeError"].includes(name))).toEqual([]);
    expect(instrument(binary).pcTable.sites).toHaveLength(1);
  }, 60_000);
});
