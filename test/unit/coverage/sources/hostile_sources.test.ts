/** Damaged debug information: a warning, and the next best source; never a throw, and never without an end. */

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { findSources } from "../../../../src/coverage/sources/find_sources.ts";
import { createLocator } from "../../../../src/coverage/sources/locator.ts";
import { customSection, readSections } from "../../../../src/instrument/wasm/sections.ts";
import { wat } from "../../../support/wat.ts";

const original = readFileSync("node_modules/web-tree-sitter/debug/web-tree-sitter.wasm");

/** Random, but the same each time. */
function* random(seed: number): Generator<number, never, void> {
  let state = seed;
  for (;;) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    yield state / 2 ** 32;
  }
}

describe.each(["line", "info", "abbrev", "str", "ranges"])(".debug_%s", (name) => {
  const section = readSections(original).find((each) => each.name === `.debug_${name}`);
  if (!section) throw new Error(`no section ${name}`);
  const length = section.end - section.start;

  it("may be cut anywhere", () => {
    for (let k = 0; k < 12; k++) {
      const damaged = Uint8Array.from(original);
      damaged.fill(0, section.start + Math.floor((length * k) / 12), section.end);
      expect(ofDwarf(read(damaged).warnings).length).toBeLessThanOrEqual(1);
    }
  });

  it("may have any bytes", () => {
    const numbers = random(7);
    for (let round = 0; round < 12; round++) {
      const damaged = Uint8Array.from(original);
      for (let n = 0; n < 20; n++) {
        damaged[section.start + Math.floor(numbers.next().value * length)] = Math.floor(numbers.next().value * 256);
      }
      expect(ofDwarf(read(damaged).warnings).length).toBeLessThanOrEqual(1);
    }
  });
});

it("says what is damaged, and keeps what is not", () => {
  const section = readSections(original).find(({ name }) => name === ".debug_info");
  if (!section) throw new Error("no section");
  const damaged = Uint8Array.from(original);
  damaged.fill(0xff, section.start + 5000, section.end);
  const { warnings, sources } = read(damaged);
  expect(warnings).toEqual([
    expect.stringMatching(/^tree\.wasm: \.debug_info is damaged at byte \d+: .*; what could be read/),
  ]);
  expect(sources.debug?.rows.length).toBeGreaterThan(100);
});

it.each([
  ["a map that is not there", "missing.wasm.map", /source map missing\.wasm\.map cannot be read/],
  ["a map that is no map", "data:application/json,{", /source map cannot be read/],
  ["a map in bytes that are no text", "data:application/json;base64,%%%", /source map in a data: URL cannot be read/],
])("says that there is %s", (_, url, expected) => {
  const encoded = new TextEncoder().encode(url);
  const module = Buffer.concat([
    wat('(module (func (export "f") (result i32) (i32.const 1)))'),
    ...customSection("sourceMappingURL", Uint8Array.of(encoded.length, ...encoded)),
  ]);
  const { warnings, sources } = read(module);
  expect(warnings).toEqual([expect.stringMatching(expected)]);
  expect(sources.debug).toBeUndefined();
  const { files, rows } = sources.disassembly(() => true);
  expect(files[0]?.content).toContain("i32.const 1");
  expect(rows.length).toBeGreaterThan(0);
});

it("locates code by function and line", () => {
  const locator = createLocator(original);
  const { debug } = findSources(original);
  if (!debug) throw new Error("no DWARF");
  const row = debug.rows.line.findIndex((line, k) => line > 0 && (debug.rows.column[k] as number) > 0);
  expect(locator.locate(debug.rows.start[row] as number)).toEqual({
    file: debug.files[debug.rows.file[row] as number]?.path,
    line: debug.rows.line[row],
    column: expect.any(Number),
    function: expect.any(String),
  });
  expect(locator.locate(3)).toBeUndefined();
});

function read(module: Uint8Array) {
  const warnings: string[] = [];
  const sources = findSources(module, { name: "tree.wasm", warn: (warning) => warnings.push(warning) });
  return { warnings, sources };
}

/** Without what is said of the map, which is not beside the module here. */
function ofDwarf(warnings: readonly string[]): string[] {
  return warnings.filter((warning) => !warning.includes("source map"));
}
