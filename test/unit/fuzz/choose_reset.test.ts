/** Which reset is used follows from what the module keeps; one that cannot put that back is replaced, and that is said. */

import { describe, expect, test } from "vitest";
import type { Reset } from "../../../src/fuzz/engine.ts";
import { stateOf } from "../../../src/fuzz/targets/module_state.ts";
import { MALLOC, openWat, outcome } from "../../support/fuzz_target.ts";
import { wat } from "../../support/wat.ts";

const ENTRY = "LLVMFuzzerTestOneInput";

/** The first call initialises memory from a segment and drops it: a global says so, and one in memory does too. */
const DROPS = `(module ${MALLOC}
  (global $done (mut i32) (i32.const 0))
  (data $text "xyz")
  (func (export "${ENTRY}") (param i32 i32) (result i32)
    (if (i32.eqz (global.get $done)) (then
      (memory.init $text (i32.const 0) (i32.const 0) (i32.const 3))
      (data.drop $text)
      (global.set $done (i32.const 1))))
    (i32.const 0)))`;

const DROPS_ELEMENTS = `(module ${MALLOC}
  (table $table 1 funcref)
  (global $done (mut i32) (i32.const 0))
  (elem $functions func $f)
  (func $f)
  (func (export "${ENTRY}") (param i32 i32) (result i32)
    (if (i32.eqz (global.get $done)) (then
      (table.init $table $functions (i32.const 0) (i32.const 0) (i32.const 1))
      (elem.drop $functions)
      (global.set $done (i32.const 1))))
    (call_indirect $table (i32.const 0))
    (i32.const 0)))`;

/** An object that a global holds counts the calls. */
const COUNTS = `(module ${MALLOC}
  (type $counter (struct (field (mut i32))))
  (global $counter (ref $counter) (struct.new $counter (i32.const 0)))
  (func (export "${ENTRY}") (param i32 i32) (result i32)
    (struct.set $counter 0 (global.get $counter)
      (i32.add (struct.get $counter 0 (global.get $counter)) (i32.const 1)))
    (if (i32.gt_s (struct.get $counter 0 (global.get $counter)) (i32.const 3)) (then (unreachable)))
    (i32.const 0)))`;

/** (type (struct)) */
const HAS_GC = WebAssembly.validate(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 3, 1, 0x5f, 0));

const KEPT: readonly [what: string, text: string, reason: string][] = [
  ["a data segment that is dropped", DROPS, "segments that its code drops (data.drop, elem.drop)"],
  ["an element segment that is dropped", DROPS_ELEMENTS, "segments that its code drops (data.drop, elem.drop)"],
  ["an object that changes", COUNTS, "objects of the garbage-collected heap"],
];

describe.each(HAS_GC ? KEPT : KEPT.filter(([, text]) => text !== COUNTS))("%s", (_what, text, reason) => {
  test.each(["globals", "memory"] as const)("reset %s is replaced, and no input crashes", async (reset) => {
    const warnings: string[] = [];
    using target = await openWat(text, { reset, onWarning: (warning) => warnings.push(warning) });
    for (let run = 0; run < 8; run++) expect(await outcome(target, "input")).toBe("ok");
    expect(warnings).toEqual([
      expect.stringContaining(`reset ${reset} cannot put back ${reason}: reset instance can, and is used`),
    ]);
  });
});

/** What is found in a module, besides one memory of its own. */
const found = (text: string) => {
  const [imports = ""] = /^\(import .*?\)\)\)? (?=\(func)/.exec(text) ?? [];
  const state = stateOf(wat(`(module ${imports} (memory (export "memory") 1) ${text.slice(imports.length)})`), ENTRY, [
    "_initialize",
  ]);
  const { memories: _memories, ...rest } = state;
  return Object.entries(rest).flatMap(([what, there]) =>
    there === true || (there as string[]).length > 0 ? [what] : [],
  );
};

const entry = (code: string): string =>
  `(func $entry (export "${ENTRY}") (param i32 i32) (result i32) ${code} (i32.const 0))`;
const SEGMENT = `(data $d "x") (func $drop (data.drop $d))`;
const BOX = `(type $box (struct (field (mut i32))))
  (func $change (param (ref $box)) (struct.set $box 0 (local.get 0) (i32.const 1)))`;

test.each([
  ["nothing", entry(""), []],
  ["a drop in what the entry calls", `${SEGMENT} ${entry("(call $drop)")}`, ["dropsSegments"]],
  ["a drop that nobody reaches", `${SEGMENT} ${entry("")}`, []],
  ["a drop in the start function", `${SEGMENT} (start $drop) ${entry("")}`, []],
  [
    "a drop in the constructor, beside an indirect call",
    `${SEGMENT} (export "_initialize" (func $drop)) (table $t 1 funcref) ${entry("(call_indirect $t (i32.const 0))")}`,
    [],
  ],
  [
    "a drop that an indirect call may reach",
    `${SEGMENT} (table $t 1 funcref) ${entry("(call_indirect $t (i32.const 0))")}`,
    ["dropsSegments"],
  ],
  ["objects that no global holds", `${BOX} ${entry("(call $change (struct.new $box (i32.const 0)))")}`, []],
  [
    "objects in a table",
    `${BOX} (table $t 1 anyref) ${entry("(call $change (struct.new $box (i32.const 0)))")}`,
    ["changesObjects"],
  ],
  ["a global of objects that nobody changes", `${BOX} (global (ref null $box) (ref.null $box)) ${entry("")}`, []],
  ["a table of functions", `(table 1 funcref) ${entry("")}`, []],
  ["an imported global that changes", `(import "env" "g" (global (mut i32))) ${entry("")}`, ["importedState"]],
  ["an imported constant", `(import "env" "g" (global i32)) ${entry("")}`, []],
] as const)("analysis: %s", (_what, text, expected) => {
  expect(found(text)).toEqual(expected);
});

test.each<[Reset, string | undefined]>([
  ["memory", undefined],
  ["instance", "instance cannot put back what it imports and shares (memory): reset memory can, and is used"],
])("an imported memory: reset %s", async (reset, warning) => {
  const text = `(module (import "env" "memory" (memory 1))
    (func (export "malloc") (param i32) (result i32) (i32.const 1024))
    (func (export "${ENTRY}") (param i32 i32) (result i32)
      (i32.store8 (i32.const 9) (i32.add (i32.load8_u (i32.const 9)) (i32.const 1)))
      (if (i32.gt_u (i32.load8_u (i32.const 9)) (i32.const 1)) (then (unreachable)))
      (i32.const 0)))`;
  const warnings: string[] = [];
  const imports = { env: { memory: new WebAssembly.Memory({ initial: 1 }) } };
  const options = { reset, imports, maxInputBytes: 100, onWarning: (line: string) => warnings.push(line) };
  using target = await openWat(text, options);
  expect(await outcome(target, "a")).toBe("ok");
  expect(await outcome(target, "a")).toBe("ok");
  expect(warnings.map((line) => line.replace(/^\S+ reset /, ""))).toEqual(warning === undefined ? [] : [warning]);
});
