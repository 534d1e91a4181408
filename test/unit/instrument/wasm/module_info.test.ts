/** What a report says of a module: names and types. */

import { expect, test } from "vitest";
import { readModuleInfo } from "../../../../src/instrument/wasm/module_info.ts";
import { wat } from "../../../support/wat.ts";

const TEXT = `(module $shop
  (type $pair (struct (field i32) (field (mut i64))))
  (rec (type $a (sub (func (param i32)))) (type $b (array (mut i8))))
  (import "env" "memory" (memory 1 2))
  (import "env" "log" (func $log (param f64)))
  (import "env" "g" (global i64))
  (import "env" "t" (table 1 funcref))
  (func $buy (export "buy") (export "purchase") (param i32 i64 f32) (result f64) (f64.const 1))
  (func $hidden)
  (func (export "take") (param (ref null $pair) v128)))`;

test("names come from the name section, and types of exports from theirs", () => {
  const info = readModuleInfo(wat(TEXT, true));
  expect(info.importedFunctions).toBe(1);
  const { 0: log, 1: buy, 2: hidden } = Object.fromEntries(info.functionNames);
  expect([log, buy, hidden]).toEqual(["log", "buy", "hidden"]);
  expect(Object.fromEntries(info.exportedFunctions)).toEqual({
    buy: { params: ["i32", "i64", "f32"], results: ["f64"] },
    purchase: { params: ["i32", "i64", "f32"], results: ["f64"] },
    take: { params: ["ref", "v128"], results: [] },
  });
});

test("without a name section, from the first export, and from imports", () => {
  const { name, functionNames } = readModuleInfo(wat(TEXT));
  expect(name).toBeUndefined();
  expect(Object.fromEntries(functionNames)).toEqual({ 0: "env.log", 1: "buy", 3: "take" });
});
