/** Counts of stretches of code: against what every site says of its own block, and by hand where no site stands. */

import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { type CountedFunction, countFunctions } from "../../../../src/coverage/map/module_coverage.ts";
import type { ModuleProfile } from "../../../../src/coverage/profile/profile.ts";
import { countRun } from "../../../support/counted.ts";
import { wat } from "../../../support/wat.ts";

const CONTROL = `(module
  (func $leaf (param i32) (result i32) (local.get 0))
  (func (export "run") (param $n i32) (result i32) (local $sum i32) (local $k i32)
    (block $done
      (loop $next
        (br_if $done (i32.ge_s (local.get $k) (local.get $n)))
        (if (i32.and (local.get $k) (i32.const 1))
          (then (local.set $sum (i32.add (local.get $sum) (call $leaf (i32.const 1)))))
          (else (if (i32.eq (local.get $k) (i32.const 4)) (then (local.set $sum (i32.const 100))))))
        (local.set $k (i32.add (local.get $k) (i32.const 1)))
        (block $two (block $one (block $zero
          (br_table $zero $one $two (i32.rem_s (local.get $k) (i32.const 3))))
          (local.set $sum (i32.add (local.get $sum) (i32.const 10))) (br $two))
          (local.set $sum (i32.add (local.get $sum) (i32.const 20))))
        (br $next)))
    (if (result i32) (i32.gt_s (local.get $sum) (i32.const 1000))
      (then (i32.const -1))
      (else (local.get $sum)))))`;

it.each([true, false])("says of every block what its site says, pruned: %s", (prune) => {
  const original = wat(CONTROL);
  const profile = countRun(original, ({ run }) => [0, 3, 9].map((n) => run?.(n)), { options: { prune } });
  expect(checkBlocks(profile, countFunctions(profile, original))).toBeGreaterThan(5);
});

it("knows code after an if that both arms come to, where no site is", () => {
  const original = wat(CONTROL);
  const profile = countRun(original, ({ run }) => run?.(9));
  const [, func] = countFunctions(profile, original) as [CountedFunction, CountedFunction];
  const bytes = Buffer.from(original);
  // local.get $k, i32.const 1, i32.add: what follows the if in the loop.
  const after = bytes.indexOf(Buffer.from([0x20, 2, 0x41, 1, 0x6a, 0x21, 2]));
  expect(countAt(func, after)).toBe(9);
  // The call of $leaf is in an arm that runs for 1, 3, 5 and 7.
  expect(countAt(func, bytes.indexOf(Buffer.from([0x41, 1, 0x10, 0])))).toBe(4);
});

it("says the same of a real module", () => {
  const original = readFileSync("node_modules/xxhash-wasm/workerd/xxhash.wasm");
  const profile = countRun(new Uint8Array(original), (exports) => {
    exports.xxh32?.(64, 100, 7);
  });
  expect(checkBlocks(profile, countFunctions(profile, original))).toBeGreaterThan(10);
});

it("has every way of a choice", () => {
  const original = wat(CONTROL);
  const profile = countRun(original, ({ run }) => run?.(9));
  const choices = countFunctions(profile, original).flatMap((func) => func.choices);
  expect(choices.map(({ kind, counts }) => `${kind} ${counts.join(" ")}`)).toEqual([
    "br_if 1 9",
    "if 4 5",
    "if 1 4",
    "br_table 3 3 3",
    "if 0 1",
  ]);
});

const SELECTS = `(module
  (func (export "run") (param $n i32) (result i32)
    (i32.add
      (select (i32.const 1)
        (select (i32.const 2) (i32.const 3) (i32.gt_s (local.get $n) (i32.const 6)))
        (i32.lt_s (local.get $n) (i32.const 3)))
      (select (result i32) (i32.const 0) (i32.const 1) (i32.eqz (local.get $n))))))`;

it("has both ways of a select, where these are counted", () => {
  const original = wat(SELECTS);
  const choicesOf = (selects: boolean): string[] => {
    const run = (exports: Record<string, (n: number) => number>) =>
      Array.from({ length: 9 }, (_, n) => exports.run?.(n));
    const profile = countRun(original, run as never, { options: { selects } });
    const choices = countFunctions(profile, original).flatMap((func) => func.choices);
    return choices.map(({ kind, counts, negated }) => `${kind} ${counts.join(" ")}${negated ? " negated" : ""}`);
  };
  expect(choicesOf(true)).toEqual(["select 2 7", "select 3 6", "select 1 8 negated"]);
  expect(choicesOf(false)).toEqual([]);
});

/** @returns how many blocks there are */
function checkBlocks({ pcTable, counts }: ModuleProfile, functions: readonly CountedFunction[]): number {
  let checked = 0;
  for (const [k, { block, function: index, kind }] of pcTable.sites.entries()) {
    const [start, end] = block;
    const func = functions.find(({ body }) => body === index - pcTable.original.importedFunctions);
    if (start === end || !func) continue;
    expect(countAt(func, start), `${kind} at ${start}`).toBe(Number(counts[k]));
    checked++;
  }
  return checked;
}

function countAt({ stretches: { start, end, count } }: CountedFunction, offset: number): number | undefined {
  return count[start.findIndex((from, k) => from <= offset && offset < (end[k] as number))];
}
