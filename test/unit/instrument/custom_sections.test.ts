/** No custom section costs a module, however damaged it is or whatever its name means to others. */

import { describe, expect, it } from "vitest";
import {
  hasMultiMemory,
  type InstrumentOptions,
  instrument,
  PC_TABLE_SECTION,
  readPcTable,
} from "../../../src/instrument/index.ts";
import { custom, nameMap, withSections } from "../../support/custom_sections.ts";
import { wat } from "../../support/wat.ts";

const MODULE = wat(`(module (import "a" "b" (func (param i32))) (memory 1) (table 2 funcref)
  (global (mut i32) (i32.const 0)) (elem (i32.const 0) 1 1)
  (func $s
    (global.set 0 (i32.add (global.get 0) (i32.const 1)))
    (i32.store (i32.const 4) (global.get 0))
    (call_indirect (param i32) (i32.const 0) (i32.const 0)))
  (func (param i32)
    (block $m (loop $n (br_if $m (i32.eqz (local.get 0))) (br_table $m $n (local.get 0))))
    (call 0 (local.get 0)))
  (start $s) (export "f" (func 2)))`);

const NUL = "a\0b";
const NOT_UTF8 = Uint8Array.of(0xff, 0xfe);

/** Those that Binaryen cannot read, or that are not what their names say. */
const LEFT_ASIDE: readonly (readonly [what: string, section: Uint8Array])[] = [
  ["names cut short", custom("name", nameMap(1, { 0: "abc" }).slice(0, 5))],
  ["names that are no UTF-8", custom("name", nameMap(1, { 0: NOT_UTF8, 1: "b" }))],
  ["names of functions with NUL", custom("name", nameMap(1, { 0: NUL, 1: "a\0c", 2: "a" }))],
  ["a global's name with NUL", custom("name", nameMap(7, { 0: NUL }))],
  ["a memory's name with NUL", custom("name", nameMap(6, { 0: NUL }))],
  ["a table's name with NUL", custom("name", nameMap(5, { 0: NUL }))],
  ["features of no meaning", custom("target_features", [0xff, 0xff])],
  ["features cut short", custom("target_features", [1, 0x2b, 200, 1, 2])],
  ["dylink.0 cut short", custom("dylink.0", [1, 200, 1])],
  ["dylink cut short", custom("dylink", [200, 1, 1])],
  ["another's section of our name", custom(PC_TABLE_SECTION, "hello")],
  ["an empty section of our name", custom(PC_TABLE_SECTION)],
];

/** Those that stay. */
const KEPT: readonly (readonly [what: string, section: Uint8Array])[] = [
  [
    "names that collide with the pass's",
    // No function has the parameters of the hook that it is called after: that would be one (adopt.test.ts).
    custom(
      "name",
      nameMap(1, { 0: "kcov.x", 1: "__sanitizer_cov_trace_cmp4", 2: "__sanitizer_cov_trace_pc" }),
      nameMap(6, { 0: "kcov.memory" }),
    ),
  ],
  ["one name for all functions", custom("name", nameMap(1, { 0: "f", 1: "f", 2: "f" }))],
  ["names of what is not there", custom("name", nameMap(1, { 9: "x", 200: "y" }))],
  ["an empty name section", custom("name")],
  ["producers without a meaning", custom("producers", [200, 1, 1])],
  ["linking without a meaning", custom("linking", [200, 1, 1])],
  ["a section that nobody knows", custom("\x1b[31m\0", [200])],
];

const OPTIONS: readonly InstrumentOptions[] = [
  { link: "import" },
  { link: "fused", trace: ["pc", "cmp"] },
  { link: "import", state: "memory", trace: ["pc", "cmp", "switch", "indirect-calls", "stores", "stack-depth"] },
  { link: "fused", state: "memory", trace: ["pc", "counters", "loads", "switch"] },
].filter(({ link }) => link === "import" || hasMultiMemory()) as InstrumentOptions[];

/** In front of everything, among the others, at the end. */
const PLACES = [0, 3, Number.POSITIVE_INFINITY];

describe.each(LEFT_ASIDE)("%s", (_what, section) => {
  it.each(PLACES)("is left aside, and said, at place %d", (place) => {
    const module = withSections(MODULE, section, place);
    expect(WebAssembly.validate(module)).toBe(true);
    for (const options of OPTIONS) {
      const result = instrument(module, options);
      expect(result.setAside).toMatchObject([{ section: expect.any(String), offset: expect.any(Number) }]);
      const { offset } = result.setAside[0] as { offset: number };
      expect(module.subarray(offset, offset + section.length)).toEqual(section);
      expect(result.leftOut).toEqual([]);
      expect(kindsOf(result.binary)).toEqual(kindsOf(instrument(MODULE, options).binary));
    }
  });
});

describe.each(KEPT)("%s", (_what, section) => {
  it.each(PLACES)("stays, at place %d", (place) => {
    for (const options of OPTIONS) {
      const result = instrument(withSections(MODULE, section, place), options);
      expect(result.setAside).toEqual([]);
      expect(kindsOf(result.binary)).toEqual(kindsOf(instrument(MODULE, options).binary));
    }
  });
});

it("leaves aside no more than is damaged", () => {
  const sections = [
    custom("producers", [0]),
    custom("target_features", [0xff]),
    custom("name", nameMap(1, { 1: "kept" })),
  ];
  const module = sections.reduce<Uint8Array<ArrayBuffer>>((bytes, section) => withSections(bytes, section), MODULE);
  const { binary, setAside } = instrument(module);
  expect(setAside.map(({ section }) => section)).toEqual(["target_features"]);
  expect(new TextDecoder().decode(binary)).toContain("kept");
});

it("says of a module whose section only has our name that it is not instrumented", () => {
  const module = withSections(MODULE, custom(PC_TABLE_SECTION, "hello"));
  expect(() => readPcTable(module)).toThrow("not instrumented");
  expect(() => readPcTable(new WebAssembly.Module(module))).toThrow("not instrumented");
  const { binary } = instrument(module, { link: "import" });
  expect(() => instrument(binary)).toThrow("already instrumented");
});

/** What the output's sites are, which no custom section of the original may change; a valid output. */
function kindsOf(binary: Uint8Array<ArrayBuffer>): string[] {
  expect(WebAssembly.validate(binary)).toBe(true);
  return readPcTable(binary).sites.map((site) => `${site.function} ${site.kind}`);
}
