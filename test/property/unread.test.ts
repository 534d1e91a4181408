/**
 * Functions that no filter selects, whose bodies Binaryen is not given: they do what they did, and the selected ones record
 * what they record when all are.
 */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hasMultiMemory, instrument, type LinkMode } from "../../src/instrument/index.ts";
import { readSections } from "../../src/instrument/wasm/sections.ts";
import { UnreadBodies } from "../../src/instrument/wasm/unread_bodies.ts";
import { createBench } from "../support/instrumented.ts";
import { randomModule } from "../support/random_wat.ts";
import { wat } from "../support/wat.ts";

const LINKS: LinkMode[] = hasMultiMemory() ? ["import", "fused"] : ["import"];
const RUNS = Number(process.env.WASM_KCOV_RANDOM_MODULES ?? 40);

interface Exports {
  memory: WebAssembly.Memory;
  refuel(): void;
  [name: `f${number}`]: (a: number, b: bigint) => unknown;
}

/** What every function returned and left in the memory, and the PCs of it all. */
function observe(binary: Uint8Array<ArrayBuffer>): { behaviours: string[]; pcs: bigint[] } {
  const bench = createBench(1 << 16);
  const imports = bench.imports as unknown as WebAssembly.Imports;
  const exports = new WebAssembly.Instance(new WebAssembly.Module(binary), imports).exports as unknown as Exports;
  const behaviours: string[] = [];
  const pcs = [0, 1, 2, 3, 4].flatMap((k) =>
    bench.tracePcs(() => {
      exports.refuel();
      let result: unknown;
      try {
        result = exports[`f${k}`]?.(k, 5n);
      } catch (error) {
        result = String(error);
      }
      behaviours.push(`${result} ${Buffer.from(exports.memory.buffer, 0, 512).toString("hex")}`);
    }),
  );
  return { behaviours, pcs };
}

it.each(LINKS)("random modules (%s link)", { timeout: 2000 * RUNS }, (link) => {
  let unread = 0;
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: 0, max: 4 }), (seed, selected) => {
      const binary = wat(randomModule(seed, { exceptions: false }));
      const isLeft = (index: number): boolean => index !== selected;
      unread += UnreadBodies.of(binary, readSections(binary), isLeft)?.count ?? 0;
      const whole = instrument(binary, { link });
      const part = instrument(binary, { link, functions: { include: [String(selected)] } });
      const [expected, actual] = [observe(whole.binary), observe(part.binary)];
      expect(actual.behaviours).toEqual(expected.behaviours);
      const pcs = new Set(whole.pcTable.sites.filter((site) => site.function === selected).map(({ pc }) => pc));
      expect(actual.pcs).toEqual(expected.pcs.filter((pc) => pcs.has(pc)));
    }),
    { numRuns: RUNS },
  );
  expect(unread).toBeGreaterThan(RUNS);
});

describe.each(LINKS)("bodies that stay as they are (%s link)", (link) => {
  const options = { link, functions: { include: ["selected"] } } as const;

  it("call, and read and write globals, behind the imports that were added", () => {
    const module = wat(
      `(module (import "env" "add" (func $add (param i32 i32) (result i32))) (import "env" "base" (global $base i32))
        (global $count (mut i32) (i32.const 5))
        (func $selected (export "selected") (param i32) (result i32) (call $left (local.get 0)))
        (func $left (param i32) (result i32)
          (global.set $count (call $add (global.get $count) (local.get 0)))
          (call $double (call $add (global.get $base) (global.get $count))))
        (func $double (param i32) (result i32) (i32.mul (local.get 0) (i32.const 2))))`,
      true,
    );
    const { binary } = instrument(module, options);
    const env = { add: (a: number, b: number) => a + b, base: new WebAssembly.Global({ value: "i32" }, 100) };
    const bench = createBench();
    const imports = { ...bench.imports, env } as unknown as WebAssembly.Imports;
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(binary), imports);
    const selected = exports.selected as (value: number) => number;
    expect(selected(3)).toBe(216);
    expect(bench.tracePcs(() => expect(selected(1)).toBe(218))).toHaveLength(1);
  });

  it("have types that nothing else of the module has", () => {
    const module = wat(
      `(module (type $rare (func (param i64 f32) (result i32))) (table 1 funcref)
        (func $selected (export "selected") (result i32) (i32.const 1))
        (func $left (export "left") (result i32 i64)
          (block $out (result i32 i64)
            (loop $again (result i32 i64)
              (br $out (i32.const 7) (i64.const 8)))))
        (func (export "call") (result i32)
          (call_indirect (type $rare) (i64.const 1) (f32.const 2) (i32.const 0))))`,
      true,
    );
    const { binary } = instrument(module, options);
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(binary), createBench().imports);
    expect((exports.left as () => unknown)()).toEqual([7, 8n]);
    expect(exports.call as () => unknown).toThrow(/table|null|signature/i);
  });

  it("are read where they refer to anything else", () => {
    const module = wat(
      `(module (memory 1) (data $d "abc") (table $t 2 funcref) (elem declare func $left)
        (func $selected (export "selected"))
        (func $left (export "left") (result i32)
          (memory.init $d (i32.const 0) (i32.const 0) (i32.const 3)) (data.drop $d)
          (table.set $t (i32.const 1) (ref.func $left))
          (i32.load (i32.const 0))))`,
      true,
    );
    expect(UnreadBodies.of(module, readSections(module), (index) => index === 1)).toBeUndefined();
    const { binary } = instrument(module, options);
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(binary), createBench().imports);
    expect((exports.left as () => unknown)()).toBe(0x636261);
  });
});
