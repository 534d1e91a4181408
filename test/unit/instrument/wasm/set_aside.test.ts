/** What does not change stays as it is: the bytes of the data section, and what they put into memory. */

import { describe, expect, it } from "vitest";
import { hasMultiMemory, instrument, type LinkMode, TRACES } from "../../../../src/instrument/index.ts";
import { readSections, withoutSections } from "../../../../src/instrument/wasm/sections.ts";
import { createBench } from "../../../support/instrumented.ts";
import { wat } from "../../../support/wat.ts";

const LINKS: LinkMode[] = hasMultiMemory() ? ["import", "fused"] : ["import"];
const DATA = 11;
const DATA_COUNT = 12;

const HEADER = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
const READ = `(func (export "read") (param i32) (result i32) (i32.load8_u (local.get 0)))`;

/** Modules that have "ab" at 1 and "c" at 5 once they are instantiated. */
const MODULES: Readonly<Record<string, string>> = {
  "a memory of its own": `(memory 1) (data (i32.const 1) "ab") (data (i32.const 5) "c")`,
  "an imported memory": `(import "host" "memory" (memory 1)) (data (i32.const 1) "ab") (data (i32.const 5) "c")`,
  "a place that a global tells": `(import "host" "one" (global $one i32)) (memory 1)
    (data (global.get $one) "ab") (data (i32.const 5) "c")`,
  "a place that a global of the module tells": `(global $one i32 (i32.const 1)) (memory 1)
    (data (global.get $one) "ab") (data (i32.const 5) "c")`,
  "a passive segment": `(memory 1) (data (i32.const 1) "ab") (data $c "c") (start $start)
    (func $start (memory.init $c (i32.const 5) (i32.const 0) (i32.const 1)) (data.drop $c))`,
};

const TWO_MEMORIES = {
  "two memories": `(memory 1) (memory 1) (data (i32.const 1) "ab") (data (i32.const 5) "c")`,
  "data for both of two memories": `(memory $first 1) (memory $second 1) (data (memory $second) (i32.const 1) "xy")
    (data (memory $first) (i32.const 1) "ab") (data (memory $first) (i32.const 5) "c")`,
};

/** A module without the count of its segments, which Binaryen writes where it is not needed, too. */
function assemble(fields: string, names: boolean): Uint8Array<ArrayBuffer> {
  const module = wat(`(module ${fields} ${READ})`, names);
  if (fields.includes("memory.init")) return module;
  return new Uint8Array(withoutSections(module, readSections(module), ({ id }) => id === DATA_COUNT));
}

function dataSection(binary: Uint8Array): Uint8Array | undefined {
  const section = readSections(binary).find(({ id }) => id === DATA);
  return section && binary.subarray(section.start, section.end);
}

function contents(binary: Uint8Array<ArrayBuffer>): string {
  const host = { memory: new WebAssembly.Memory({ initial: 1 }), one: 1 };
  const module = new WebAssembly.Module(binary);
  const { exports } = new WebAssembly.Instance(module, { host, ...createBench().imports });
  const read = exports.read as (address: number) => number;
  return [0, 1, 2, 3, 4, 5, 6].map((address) => String.fromCharCode(read(address) || 0x2e)).join("");
}

describe.each(LINKS)("%s link", (link) => {
  it.each(Object.entries({ ...MODULES, ...TWO_MEMORIES }))("%s", (_what, fields) => {
    for (const names of [false, true]) {
      const original = assemble(fields, names);
      // Node.js 20 knows neither two memories nor such uses of a module's own globals.
      if (!WebAssembly.validate(original)) continue;
      const { binary, leftOut } = instrument(original, { link, trace: TRACES });
      expect(leftOut).toEqual([]);
      expect(contents(binary)).toBe(".ab..c.");
    }
  });

  it("has the very bytes of the section", () => {
    // Binaryen would write the zeros of the length in one byte.
    const data = [0x01, 0x00, 0x41, 0x81, 0x00, 0x0b, 0x82, 0x80, 0x00, 0x61, 0x62];
    const original = Uint8Array.from([...wat(`(module (memory 1) ${READ})`), DATA, data.length, ...data]);
    expect(WebAssembly.validate(original)).toBe(true);
    expect(dataSection(instrument(original, { link }).binary)).toEqual(Uint8Array.from(data));
  });

  it("stays behind the code when other sections follow", () => {
    const custom = [0x00, 0x04, 0x02, 0x68, 0x69, 0x01];
    const module = assemble(`(memory 1) (data (i32.const 1) "ab") (data (i32.const 5) "c")`, false);
    const { binary } = instrument(Uint8Array.from([...module, ...custom]), { link });
    expect(contents(binary)).toBe(".ab..c.");
    expect(readSections(binary).map(({ name }) => name)).toContain("hi");
  });

  it("is put into a module with nothing else but a memory, which is too small", () => {
    const data = [0x01, 0x00, 0x41, 0x80, 0x80, 0x04, 0x0b, 0x01, 0x61];
    const module = Uint8Array.from([...HEADER, 0x05, 0x03, 0x01, 0x00, 0x01, DATA, data.length, ...data]);
    const { binary } = instrument(module, { link });
    const compiled = new WebAssembly.Module(binary);
    expect(() => new WebAssembly.Instance(compiled, createBench().imports)).toThrow(/out of bounds/);
  });

  it("is put into a module without code", () => {
    const module = wat(`(module (memory (export "memory") 1))`);
    const data = [0x01, 0x00, 0x41, 0x01, 0x0b, 0x02, 0x61, 0x62];
    const { binary } = instrument(Uint8Array.from([...module, DATA, data.length, ...data]), { link });
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(binary), createBench().imports);
    expect(new Uint8Array((exports.memory as WebAssembly.Memory).buffer, 0, 4)).toEqual(
      Uint8Array.of(0, 0x61, 0x62, 0),
    );
  });
});
