/** A function that Binaryen does not write as it was read: it is left out, and nothing else is lost. */

import { describe, expect, it, vi } from "vitest";
import { Copy, UnmatchedOperators } from "../../../src/instrument/code/copy.ts";
import { hasMultiMemory, instrument, type LinkMode, TRACES } from "../../../src/instrument/index.ts";
import { Assembler } from "../../../src/instrument/wasm/assembler.ts";
import { createBench } from "../../support/instrumented.ts";
import { wat } from "../../support/wat.ts";

/** Notes of some functions, by default the second, as they would be if Binaryen wrote something else. */
const { broken } = vi.hoisted(() => ({
  broken: { begun: 0, functions: [1], notes: (notes: number[]): number[] => notes },
}));

vi.mock("../../../src/instrument/code/value_plan.ts", async (original) => {
  const real = await original<typeof import("../../../src/instrument/code/value_plan.ts")>();
  class Notes extends real.ValueNotes {
    private which = 0;

    override begin(start: number): void {
      this.which = broken.begun++;
      super.begin(start);
    }

    override get written(): Uint8Array {
      return broken.functions.includes(this.which) ? Uint8Array.from(broken.notes([...super.written])) : super.written;
    }
  }
  return { ...real, ValueNotes: Notes };
});

const MODULE = wat(`(module (memory 1)
  (func (export "f") (param i32) (result i32) (i32.load (local.get 0)))
  (func (export "g") (param i32) (result i32) (i32.lt_u (i32.load (local.get 0)) (i32.const 5)))
  (func (export "h") (param i32) (result i32) (i32.eqz (local.get 0))))`);

const LINKS: LinkMode[] = hasMultiMemory() ? ["import", "fused"] : ["import"];
const NOTHING = 0;

describe.each(LINKS)("%s link", (link) => {
  it.each([
    ["an operator more", (notes: number[]) => [...notes, NOTHING]],
    ["an operator less", (notes: number[]) => notes.slice(0, 4)],
    ["operators in another order", (notes: number[]) => [...notes.slice(4), ...notes.slice(0, 4)]],
  ])("%s", (_what, change) => {
    Object.assign(broken, { begun: 0, notes: change });
    const { binary, leftOut, pcTable } = instrument(MODULE, { link, trace: TRACES });
    const reason = "its operators are not written in the order in which they were found";
    expect(leftOut).toEqual([{ index: 1, reason }]);
    expect(pcTable.functions.map(({ index }) => index)).toEqual([0, 2]);
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(binary), createBench().imports);
    const call = (name: string): unknown => (exports[name] as (value: number) => unknown)(0);
    expect([call("f"), call("g"), call("h")]).toEqual([0, 1, 1]);
  });

  it("several are found in one pass", () => {
    Object.assign(broken, { begun: 0, functions: [1, 2], notes: (notes: number[]) => [...notes, NOTHING] });
    const { leftOut } = instrument(MODULE, { link, trace: TRACES });
    broken.functions = [1];
    expect(leftOut.map(({ index }) => index)).toEqual([1, 2]);
    expect(broken.begun, "three functions, then one").toBe(4);
  });

  it.each([
    ["call_ref", [0x14, 0x00]],
    ["return_call_ref", [0x15, 0x00]],
    ["call_indirect", [0x11, 0x00, 0x00]],
    ["i32.load", [0x28, 0x02, 0x00, 0x1a]],
    ["br_table", [0x0e, 0x00, 0x00]],
  ])("finds what is not written: %s behind unreachable", (_what, operator) => {
    Object.assign(broken, { begun: 0, notes: (notes: number[]) => notes });
    const body = [0x00, 0x00, ...operator, 0x0b];
    const original = Uint8Array.from([
      ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, 0x01, 0x04, 0x01, 0x60, 0x00, 0x00, 0x03, 0x02, 0x01, 0x00],
      ...[0x04, 0x04, 0x01, 0x70, 0x00, 0x01, 0x05, 0x03, 0x01, 0x00, 0x01],
      ...[0x0a, body.length + 2, 0x01, body.length, ...body],
    ]);
    // Node.js 20 knows no call_ref.
    if (!WebAssembly.validate(original)) return;
    const { binary, leftOut } = instrument(original, { link, trace: TRACES });
    expect(leftOut).toEqual([]);
    expect(WebAssembly.validate(binary)).toBe(true);
  });

  it("is found to be whole where nothing is changed", () => {
    Object.assign(broken, { begun: 0, notes: (notes: number[]) => notes });
    expect(instrument(MODULE, { link, trace: TRACES }).leftOut).toEqual([]);
  });
});

it("an operator that is not known is said by its number", () => {
  const copy = new Copy(Uint8Array.of(0x00, 0xf0), 0, new Assembler());
  expect(copy.next()).toBe(0);
  expect(() => copy.next()).toThrow(new UnmatchedOperators("it is written with an operator that is not known, 0xf0"));
});
