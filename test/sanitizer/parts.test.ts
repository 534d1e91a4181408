/** What is said of modules whose heap cannot be looked at. */

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { instrument } from "../../src/instrument/index.ts";
import { wat } from "../support/wat.ts";
import { programText, reportsOf } from "./sanitized.ts";

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

test("the heap of a Rust module without names, whose allocator is inlined everywhere, is left alone", () => {
  const path = new URL("../../node_modules/brotli-wasm/pkg.node/brotli_wasm_bg.wasm", import.meta.url);
  const [heap] = instrument(readFileSync(path), { trace: [], sanitize: "memory" }).sanitizer;
  expect(heap?.active).toBe(false);
  expect(heap?.why).toMatch(/^Rust's allocator not found: pass --allocator rust_alloc=NAME/);
});

test("all parts of one that has everything are active", () => {
  const { sanitizer } = instrument(wat(programText("")), { sanitize: "memory" });
  expect(sanitizer.map(({ part, active }) => [part, active])).toEqual([
    ["heap", true],
    ["stack", true],
    ["null page", true],
  ]);
});

/**
 * As wasi-libc has it without names: malloc and realloc both enter a function of their own, which alone knows the heap.
 * Nothing is ever reused, and realloc looks at the size that is kept in front of a block.
 */
const NAMELESS = `(module (memory 1)
  (func $allocate (param $bytes i32) (result i32) (local $at i32)
    (local.set $at (i32.add (i32.load (i32.const 1024)) (i32.const 4096)))
    (i32.store (local.get $at) (local.get $bytes))
    (i32.store (i32.const 1024)
      (i32.add (i32.load (i32.const 1024)) (i32.and (i32.add (local.get $bytes) (i32.const 31)) (i32.const -16))))
    (i32.add (local.get $at) (i32.const 16)))
  (func (export "malloc") (param i32) (result i32) (call $allocate (local.get 0)))
  (func $release (param i32) (i32.store (i32.const 1024) (i32.load (i32.const 1024))))
  (func (export "free") (param i32) (call $release (local.get 0)))
  (func $copy (param i32 i32 i32) (result i32)
    (memory.copy (local.get 0) (local.get 1) (local.get 2)) (local.get 0))
  (func $resize (param i32 i32) (result i32) (local $other i32)
    (if (i32.eqz (local.get 0)) (then (return (call $allocate (local.get 1)))))
    (local.set $other (call $allocate (local.get 1)))
    (drop (call $copy (local.get $other) (local.get 0) (i32.load (i32.sub (local.get 0) (i32.const 16)))))
    (call $release (local.get 0))
    (local.get $other))
  (func (export "run") (local $block i32)
    (local.set $block (call $allocate (i32.const 8)))
    (i32.store (local.get $block) (i32.const 5))
    (local.set $block (call $resize (local.get $block) (i32.const 20)))
    (if (i32.ne (i32.load (local.get $block)) (i32.const 5)) (then (unreachable)))
    (drop (i32.load8_u offset=@ (local.get $block)))
    (call $release (local.get $block))))`;

test("realloc without a name is told by its code, and knows the blocks of malloc", async () => {
  const [heap] = instrument(wat(NAMELESS.replace("@", "19")), { sanitize: "memory" }).sanitizer;
  expect(heap).toEqual({ part: "heap", active: true, why: "malloc, free, func[5] which is realloc by its code" });
  expect(await reportsOf(NAMELESS.replace("@", "19"))).toEqual([]);
  const [report] = await reportsOf(NAMELESS.replace("@", "20"));
  expect(report?.kind).toBe("heap-buffer-overflow");
  expect(report?.block?.bytes).toBe(20);
});

/** What realloc does, and something of the program's, too: what it was inlined into. */
const INLINED: readonly (readonly [what: string, code: string])[] = [
  ["it stores elsewhere", "(i32.store (i32.const 2048) (i32.const 1))"],
  ["it calls a function that does", "(call $other)"],
];

test.each(INLINED)("a heap with a function that takes its blocks is left alone, until that is named: %s", (_, code) => {
  const text = NAMELESS.replace("@", "0")
    .replace("(call $release (local.get 0))\n    (local.get $other)", `${code} (local.get $other)`)
    .replace("(func $copy", "(func $other (i32.store (i32.const 2048) (i32.const 1))) (func $copy");
  const [heap] = instrument(wat(text), { sanitize: "memory" }).sanitizer;
  expect(heap).toEqual({
    part: "heap",
    active: false,
    why: "func[6] knows its blocks, too, and nobody knows what for: pass --allocator realloc=NAME if that is it",
  });
  const named = text.replace("(func $resize (param", '(func $resize (export "realloc") (param');
  expect(instrument(wat(named), { sanitize: "memory" }).sanitizer[0]?.active).toBe(true);
});

test("an allocator that others enter, too, is left alone", () => {
  const [first, second] = ["(call $allocate (local.get 0))", "(call $allocate (i32.add (local.get 0) (i32.const 1)))"];
  const [heap] = instrument(wat(NAMELESS.replace("@", "0").replace(first, second)), { sanitize: "memory" }).sanitizer;
  expect(heap).toEqual({
    part: "heap",
    active: false,
    why: "malloc and free share code with functions that nobody knows: pass --allocator realloc=NAME if there is one",
  });
});

test("a function that calloc was inlined into makes blocks of its own, and frees those of others", async () => {
  const functions = `(func $make (param $other i32) (result i32) (local $block i32)
      (local.set $block (call $allocate (i32.const 8)))
      (drop (i32.load (i32.sub (local.get $block) (i32.const 16))))
      (call $release (local.get $other))
      (local.get $block))
    (func (export "run") (local $block i32) (local $made i32)
      (local.set $block (call $allocate (i32.const 8)))
      (local.set $made (call $make (local.get $block)))
      (i32.store (local.get $made) (i32.const 1))
      (call $release (local.get $made))
      (drop (i32.load (local.get $@))))`;
  const text = `${NAMELESS.slice(0, NAMELESS.indexOf('(func (export "run")'))} ${functions})`;
  expect(await reportsOf(text.replace("@", "made"))).toEqual([]);
  const [report] = await reportsOf(text.replace("@", "block"));
  expect(report?.kind).toBe("heap-use-after-free");
});
