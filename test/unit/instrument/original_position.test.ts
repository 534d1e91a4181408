/** Places in instrumented modules are those of the same operators in the originals: for all operators that are in stacks. */

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { hasMultiMemory, type InstrumentOptions, instrument, instrumentCalls } from "../../../src/instrument/index.ts";
import { OriginalPositions } from "../../../src/instrument/original_position.ts";
import { ByteReader } from "../../../src/instrument/wasm/byte_reader.ts";
import { OP } from "../../../src/instrument/wasm/operators.ts";
import { readBodies, readSections } from "../../../src/instrument/wasm/sections.ts";
import { wat } from "../../support/wat.ts";

/** Operators that trap or call, which is what frames are at. */
const IN_STACKS: ReadonlySet<number> = new Set([
  ...[OP.unreachable, OP.call, OP.call_indirect, OP.i32_load, OP.i32_store, OP.i64_load, OP.i32_load8_u, OP.i32_store8],
  ...[OP.i32_div_s, OP.i32_div_u, OP.i64_div_u],
]);
const MODULE = "../../../node_modules/xxhash-wasm/workerd/xxhash.wasm";
const FUSED: InstrumentOptions[] = hasMultiMemory()
  ? [
      { trace: ["counters"], counters: "64bit", counterStorage: "memory" },
      { trace: ["pc"] },
      { trace: ["cmp", "switch"] },
    ]
  : [];

/** Offsets and opcodes, by function. */
function operatorsOf(binary: Uint8Array): [offset: number, opcode: number][][] {
  return readBodies(binary, readSections(binary)).map(({ start, end }) => {
    const reader = new ByteReader(binary, start);
    reader.skipLocals();
    const found: [number, number][] = [];
    while (reader.position < end) {
      const offset = reader.position;
      const opcode = reader.opcode();
      if (!reader.skipImmediates(opcode)) throw new Error("an unknown operator");
      if (IN_STACKS.has(opcode)) found.push([offset, opcode]);
    }
    return found;
  });
}

function importedFunctions(binary: Uint8Array<ArrayBuffer>): number {
  return WebAssembly.Module.imports(new WebAssembly.Module(binary)).filter(({ kind }) => kind === "function").length;
}

describe("a real module", () => {
  const original = new Uint8Array(readFileSync(new URL(MODULE, import.meta.url)));
  it.each<[string, (binary: Uint8Array<ArrayBuffer>) => ReturnType<typeof instrument>]>([
    ...[
      ...FUSED,
      { link: "import", trace: ["pc", "cmp", "switch", "counters"] } as const,
      { link: "standalone", trace: ["counters"] } as const,
    ].map((options): [string, (binary: Uint8Array<ArrayBuffer>) => ReturnType<typeof instrument>] => [
      JSON.stringify(options),
      (binary) => instrument(binary, options),
    ]),
    ["calls", (binary) => instrumentCalls(binary)],
  ])("%s", (_name, make) => {
    const { binary, pcTable } = make(original);
    const positions = new OriginalPositions(original, binary, pcTable);
    const imported = importedFunctions(binary);
    const all = operatorsOf(original);
    expect(all.flat().length).toBeGreaterThan(80);
    const instrumented = operatorsOf(binary);
    for (const [k, expected] of all.entries()) {
      const func = pcTable.original.importedFunctions + k;
      const found = new Map<number, number>();
      for (const [offset, opcode] of instrumented[k] ?? []) {
        const place = { func: imported + k, offset };
        expect(positions.has(place)).toBe(true);
        const position = positions.of(place);
        expect(position?.func).toBe(func);
        // The pass's own operators have a place, too, which nobody asks for.
        if (original[position?.offset ?? 0] === opcode) found.set(position?.offset ?? 0, opcode);
      }
      expect([...found].sort(([a], [b]) => a - b)).toEqual(expected);
    }
  });
});

it("code that is never reached may be written in another way", () => {
  const original = wat(`(module (memory 1) (func (export "f") (param i32) (result i32)
    (block (br_if 0 (local.get 0)) (unreachable) (drop (i32.load (i32.const 0))) (unreachable))
    (if (local.get 0) (then (return (i32.load (local.get 0)))) (else (unreachable)))
    (i32.load (i32.const 4)) (unreachable)))`);
  const { binary, pcTable } = instrument(original, { link: "import" });
  const positions = new OriginalPositions(original, binary, pcTable);
  const reached = (code: Uint8Array<ArrayBuffer>, opcode: number): number[] =>
    operatorsOf(code)[0]
      ?.filter(([, each]) => each === opcode)
      .map(([offset]) => offset) ?? [];
  const [first] = reached(binary, OP.unreachable);
  const [firstOriginal] = reached(original, OP.unreachable);
  expect(positions.of({ func: importedFunctions(binary), offset: first as number })).toEqual({
    func: 0,
    offset: firstOriginal,
  });
});

it("there are none in functions that the pass added, or in none at all", () => {
  const original = wat('(module (func (export "f") (nop)))');
  const { binary, pcTable } = instrument(original, { link: "import" });
  const positions = new OriginalPositions(original, binary, pcTable);
  for (const func of [0, 99]) {
    expect(positions.has({ func, offset: 50 })).toBe(false);
    expect(positions.of({ func, offset: 50 })).toBeUndefined();
  }
});
