/** What is said of modules whose heap cannot be looked at. */

import { expect, test } from "vitest";
import { instrument } from "../../src/instrument/index.ts";
import { wat } from "../support/wat.ts";
import { programText } from "./sanitized.ts";

const MODULES: readonly (readonly [name: string, exported: string, why: RegExp])[] = [
  ["nothing that is known", "run", /^allocator not found: pass --allocator malloc=NAME --allocator free=NAME$/],
  ["AssemblyScript", "__pin", /^AssemblyScript's collector/],
  ["Go", "go:buildid", /^Go's collector/],
  ["Rust", "__wbindgen_malloc", /^Rust's allocator not found: pass --allocator rust_alloc=NAME/],
  ["Zig", "mem.Allocator.alloc", /^Zig's allocators/],
];

test.each(MODULES)("a module without an allocator: %s", (_, exported, why) => {
  const [heap] = instrument(wat(`(module (memory 1) (func (export "${exported}")))`), {
    sanitize: "memory",
  }).sanitizer;
  expect(heap?.active).toBe(false);
  expect(heap?.why).toMatch(why);
});

test("all parts of one that has everything are active", () => {
  const { sanitizer } = instrument(wat(programText("")), { sanitize: "memory" });
  expect(sanitizer.map(({ part, active }) => [part, active])).toEqual([
    ["heap", true],
    ["stack", true],
    ["null page", true],
  ]);
});

/** dlmalloc as wasi-libc has it: malloc and realloc both enter a function of their own, which alone knows the heap. */
const SHARED = `(module (memory 1)
  (func $allocate (param i32) (result i32)
    (i32.store (i32.const 1024) (i32.add (i32.load (i32.const 1024)) (local.get 0)))
    (i32.add (i32.const 4096) (i32.load (i32.const 1024))))
  (func (export "malloc") (param i32) (result i32) (call $allocate (local.get 0)))
  (func (export "free") (param i32) (i32.store (i32.const 1024) (i32.const 0)))
  (func $resize (param i32 i32) (result i32)
    (drop (i32.load (i32.sub (local.get 0) (i32.const 4))))
    (call $allocate (local.get 1)))
  (func (export "run") (param i32) (result i32) (call $resize (local.get 0) (i32.const 8))))`;

test("an allocator whose realloc cannot be told is left alone, until it is named", () => {
  const [heap] = instrument(wat(SHARED), { sanitize: "memory" }).sanitizer;
  expect(heap).toEqual({
    part: "heap",
    active: false,
    why: "malloc and free share code with functions that nobody knows: pass --allocator realloc=NAME if there is one",
  });
  const named = SHARED.replace("(func $resize (param", '(func $resize (export "realloc") (param');
  const [complete] = instrument(wat(named), { sanitize: "memory" }).sanitizer;
  expect(complete?.active).toBe(true);
});
