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
