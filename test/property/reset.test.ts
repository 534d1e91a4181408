/** A reset puts back every byte, whatever a program stored, in both link modes. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { STATE_EXPORTS } from "../../src/abi/hooks.ts";
import { GuestMemory } from "../../src/fuzz/targets/guest_memory.ts";
import { Snapshot } from "../../src/fuzz/targets/snapshot.ts";
import { Kcov } from "../../src/index.ts";
import { hasMultiMemory, instrument, type LinkMode } from "../../src/instrument/index.ts";
import { wat } from "../support/wat.ts";

const LINKS: readonly LinkMode[] = hasMultiMemory() ? ["import", "fused"] : ["import"];
const BYTES = 2 * 65536;

/** An instruction that writes: its operands are an address and a value, both i32. */
type Write = (address: string, value: string) => string;

const narrow =
  (op: string): Write =>
  (address, value) =>
    `(${op} ${address} ${value})`;
const wide =
  (op: string): Write =>
  (address, value) =>
    `(${op} ${address} (i64.extend_i32_u ${value}))`;
const aligned = (address: string): string => `(i32.and ${address} (i32.const -8))`;

const WRITES: readonly Write[] = [
  ...["i32.store", "i32.store8", "i32.store16", "i32.store offset=4090"].map(narrow),
  ...["i64.store", "i64.store8", "i64.store16", "i64.store32", "i64.store offset=3"].map(wide),
  (address, value) => `(f32.store ${address} (f32.convert_i32_u ${value}))`,
  (address, value) => `(f64.store ${address} (f64.convert_i32_u ${value}))`,
  (address, value) => `(v128.store offset=1 ${address} (i8x16.splat ${value}))`,
  (address, value) => `(v128.store8_lane 3 ${address} (i8x16.splat ${value}))`,
  (address, value) => `(v128.store64_lane 1 ${address} (i8x16.splat ${value}))`,
  (address, value) => `(i32.atomic.store ${aligned(address)} ${value})`,
  (address, value) => `(drop (i64.atomic.rmw.xchg ${aligned(address)} (i64.extend_i32_u ${value})))`,
  (address, value) => `(drop (i32.atomic.rmw8.add_u ${aligned(address)} ${value}))`,
  (address, value) => `(drop (i32.atomic.rmw.cmpxchg ${aligned(address)} (i32.const 0) ${value}))`,
  (address, value) => `(memory.fill ${address} ${value} (i32.and ${value} (i32.const 0x1fff)))`,
  (address, value) => `(memory.copy ${address} (i32.and ${value} (i32.const 0xff00)) (i32.const 300))`,
  (address, value) => `(memory.init $bytes ${address} (i32.const 2) (i32.and ${value} (i32.const 7)))`,
];

/** Addresses like to lie at the borders of pages, and values may be the outcome of code that writes itself. */
const address = fc
  .tuple(fc.nat(BYTES / 4096), fc.integer({ min: -20, max: 20 }), fc.nat(4095), fc.boolean())
  .map(([page, near, far, isNear]) => page * 4096 + (isNear ? near : far));
const statement: fc.Memo<string> = fc.memo((depth) => {
  const constant = fc.nat(0xffff).map((value) => `(i32.const ${value})`);
  const written = depth > 1 ? writeOf(statement(depth - 1)) : constant;
  return fc
    .tuple(fc.constantFrom(...WRITES), address, written, fc.boolean())
    .map(([write, at, value, moves]) =>
      write(moves ? `(local.tee $at (i32.const ${at}))` : `(i32.add (local.get $at) (i32.const ${at}))`, value),
    );
});

/** A value whose evaluation runs a statement. */
function writeOf(inner: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return inner.map((code) => `(block (result i32) ${code} (local.tee $at (i32.sub (local.get $at) (i32.const 1))))`);
}

const program = fc.array(statement(3), { minLength: 1, maxLength: 12 });

const contents = Array.from({ length: 64 }, (_, k) => String.fromCharCode(65 + (k % 26))).join("");

describe.each(LINKS)("link %s", (link) => {
  test("memory is the snapshot's after a reset", async () => {
    const kcov = await Kcov.create();
    fc.assert(
      fc.property(program, (statements) => {
        const binary = wat(`(module (memory ${BYTES / 65536})
          (data (i32.const 4090) "${contents}") (data $bytes "0123456789")
          (func (export "run") (local $at i32) ${statements.join("\n")}))`);
        const module = new WebAssembly.Module(instrument(binary, { link, state: "memory", trace: ["pc"] }).binary);
        const { exports } = new WebAssembly.Instance(module, kcov.imports);
        const memory = new GuestMemory(exports[STATE_EXPORTS.memory] as WebAssembly.Memory);
        const map = kcov.dirtyMaps.at(-1);
        expect(map).toBeDefined();
        const snapshot = new Snapshot(exports, "memory", memory, map);
        const before = memory.bytes.slice();
        try {
          (exports.run as () => void)();
        } catch (error) {
          expect(error).toBeInstanceOf(WebAssembly.RuntimeError);
        }
        snapshot.restore(false);
        const differs = memory.bytes.findIndex((byte, k) => byte !== before[k]);
        map?.[Symbol.dispose]();
        expect(differs).toBe(-1);
      }),
      { numRuns: 150 },
    );
  });
});
