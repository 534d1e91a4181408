import { expect, test } from "vitest";
import { dictionaryOf } from "../../../../src/fuzz/afl/auto_dictionary.ts";
import { wat } from "../../../support/wat.ts";

const hex = (tokens: readonly Uint8Array[]): string[] => tokens.map((token) => Buffer.from(token).toString("hex"));

const compare = (code: string): string[] =>
  hex(dictionaryOf(wat(`(module (func (param $a i32) (param $b i64) (param $c f64) (result i32) ${code}))`)));

test("constants of comparisons, in both byte orders", () => {
  expect(compare("(i32.eq (local.get $a) (i32.const 0x1badf00d))")).toEqual(["0df0ad1b", "1badf00d"]);
  expect(compare("(i32.lt_u (i32.const 0x1234) (local.get $a))")).toEqual(["3412", "1234"]);
  expect(compare("(i64.ne (local.get $b) (i64.const 0x0102030405060708))")).toEqual([
    "0807060504030201",
    "0102030405060708",
  ]);
  expect(compare("(f64.eq (local.get $c) (f64.const 1.5))")).toEqual(["000000000000f83f"]);
});

test("negative constants are as wide as they need", () => {
  expect(compare("(i32.eq (local.get $a) (i32.const -2))")).toEqual([]);
  expect(compare("(i32.eq (local.get $a) (i32.const -1000))")).toEqual(["18fc", "fc18"]);
  expect(compare("(i32.eq (local.get $a) (i32.const 0xdeadbeef))")).toEqual(["efbeadde", "deadbeef"]);
});

test("no token for what is not compared, nor for one byte, nor twice", () => {
  expect(compare("(i32.add (local.get $a) (i32.const 0x1badf00d))")).toEqual([]);
  expect(compare("(i32.eq (local.get $a) (i32.const 255))")).toEqual([]);
  const twice = "(i32.eq (local.get $a) (i32.const 0x1234))";
  expect(compare(`(i32.and ${twice} ${twice})`)).toEqual(["3412", "1234"]);
});

test("strings in data", () => {
  const long = "a".repeat(33);
  const module = wat(`(module (memory 1) (data (i32.const 0) "\\00GIF89a\\00ab\\00<!ENTITY\\ff${long}\\00"))`);
  expect(dictionaryOf(module).map((token) => Buffer.from(token).toString())).toEqual(["GIF89a", "<!ENTITY"]);
});
