/** Functions of known runtimes give no feedback, where names allow it. */

import { expect, test } from "vitest";
import { runtimeFunctions } from "../../../src/fuzz/targets/runtime_functions.ts";
import { MALLOC, openWat } from "../../support/fuzz_target.ts";

const familyOf = (name: string): string | undefined => runtimeFunctions(new Map([[7, name]]), []).families[0];

test.each([
  ["malloc", "the C library"],
  ["$dlmalloc.1", "the C library"],
  ["printf_core", "the C library"],
  ["__wasi_fd_write", "the C library"],
  ["emscripten_builtin_memalign", "the C library"],
  ["__multf3", "the C library"],
  ["std::__2::basic_string<char>::append(char const*)", "the C++ library"],
  ["core::fmt::Formatter::pad::h0123456789abcdef", "Rust's core, alloc and std"],
  ["<alloc::string::String as core::fmt::Write>::write_str", "Rust's core, alloc and std"],
  ["_ZN4core3fmt9Formatter3pad17h0123456789abcdefE", "Rust's core, alloc and std"],
  ["__rust_alloc", "Rust's core, alloc and std"],
  ["runtime.mallocgc", "Go's runtime"],
  ["(*runtime.hashmap).grow", "Go's runtime"],
  ["~lib/rt/itcms/__new", "AssemblyScript's ~lib"],
  ["LLVMFuzzerTestOneInput", undefined],
  ["my_malloc_wrapper", undefined],
  ["parser::core::parse", undefined],
  ["<parser::Token as core::fmt::Debug>::fmt", undefined],
  ["main.parse", undefined],
  ["assembly/index/parse", undefined],
  ["mallocate", undefined],
])("%s", (name, family) => {
  expect(familyOf(name)).toBe(family);
});

test("what is called as the entry is under test", () => {
  expect(runtimeFunctions(new Map([[1, "strtod"]]), ["strtod"]).count).toBe(0);
});

const TARGET = `(module ${MALLOC}
  (func $memcmp (param $a i32) (param $b i32) (result i32) (i32.eq (local.get $a) (local.get $b)))
  (func $strtod (param $a i32) (if (local.get $a) (then (nop))) )
  (func $parse (param $a i32) (if (local.get $a) (then (nop))))
  (func (export "LLVMFuzzerTestOneInput") (param i32 i32) (result i32)
    (drop (call $memcmp (local.get 0) (local.get 1)))
    (call $strtod (local.get 1)) (call $parse (local.get 1)) (i32.const 0)))`;

test("they have no counters, comparisons of those that compare strings are seen, and that is said in one line", async () => {
  const notes: string[] = [];
  using target = await openWat(TARGET, { leaveOutRuntimes: true, onNote: (line) => notes.push(line) });
  const [module] = target.modules;
  const names = new Set(Array.from(module?.pcs ?? [], (pc) => module?.functionName(module.functionOf(pc) ?? -1)));
  expect([...names].sort()).toEqual(["LLVMFuzzerTestOneInput", "parse"]);
  expect(notes).toEqual(["3 functions of the C library: no feedback (--all-functions: they give it)"]);
  target.comparisons.enable();
  await target.runOne(new Uint8Array(3));
  expect(target.comparisons.words[0]).toBe(1n);
});

test.each([
  ["without the option", {}],
  ["where the user chooses", { leaveOutRuntimes: true, functions: { include: ["*"] } }],
])("they have counters %s", async (_what, options) => {
  using target = await openWat(TARGET, options);
  const [module] = target.modules;
  const names = Array.from(module?.pcs ?? [], (pc) => module?.functionName(module.functionOf(pc) ?? -1));
  expect(names).toContain("strtod");
});
