/** Names of functions, and debug information in a file of its own. */

import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { nodeSourceAccess } from "../../../../src/coverage/node/source_access.ts";
import type { FileAccess } from "../../../../src/coverage/sources/access.ts";
import { findSources } from "../../../../src/coverage/sources/find_sources.ts";
import { readSymbolMap } from "../../../../src/coverage/sources/function_names.ts";
import { customSection, readSections, withoutSections } from "../../../../src/instrument/wasm/sections.ts";
import { wat } from "../../../support/wat.ts";

it.each([
  ["_ZN4core3fmt9Formatter3pad17h0123456789abcdefE", "core::fmt::Formatter::pad"],
  [
    "_ZN60_$LT$alloc..vec..Vec$LT$T$GT$$u20$as$u20$core..ops..Drop$GT$4drop17h0123456789abcdefE",
    "<alloc::vec::Vec<T> as core::ops::Drop>::drop",
  ],
  ["core::fmt::write::h0123456789abcdef", "core::fmt::write"],
  ["_RNvNtCs1234_7mycrate3foo3bar", "mycrate::foo::bar"],
  ["_RINvNtC3std3mem8align_ofdE", "std::mem::align_of::<f64>"],
  ["_ZN6shapes3Box4areaEv", "shapes::Box::area()"],
  ["__ZN6shapes3Box4areaEv", "shapes::Box::area()"],
  ["_ZNK6shapes3Box4areaEi", "shapes::Box::area(int) const"],
  ["_ZN6shapes3BoxC2Ei", "shapes::Box::Box(int)"],
  ["_ZN12_GLOBAL__N_15totalEv", "(anonymous namespace)::total()"],
  ["_ZNSt6vectorIS_IiSaIiEEE4pushEi", "std::vector<std::vector<int, std::allocator<int>>>::push(int)"],
  ["_ZN3BoxILm4ELin1EE3getB8nn190107Ev", "Box<4ul, -1>::get()"],
  ["$s4main3fooyyF", "$s4main3fooyyF"],
  ["_ZN99x", "_ZN99x"],
  ["_Zebra", "_Zebra"],
  ["main", "main"],
])("calls %s %s", (mangled, name) => {
  expect(nodeSourceAccess("/").demangle(mangled)).toBe(name);
});

const libraries = ["libc++.a", "libc++abi.a"].map((name) => `/usr/lib/wasm32-wasi/${name}`).filter(existsSync);

it.skipIf(libraries.length === 0)("reads the names of a C++ library as LLVM does", () => {
  const tool = (name: string, args: readonly string[], input = ""): string[] =>
    execFileSync(`${name}-19`, args, { input, maxBuffer: 2 ** 26, encoding: "utf8", stdio: "pipe" }).split("\n");
  const isFunction = (name: string): boolean => /^_Z(?!T|GV)/.test(name);
  const mangled = [...new Set(tool("llvm-nm", ["--format=just-symbols", ...libraries]).filter(isFunction))];
  const { demangle } = nodeSourceAccess("/");
  const wanted = tool("llvm-cxxfilt", [], mangled.join("\n"));
  const other = mangled.filter((name, k) => {
    // Not said here: what the function returns, and tags of the library's version.
    const want = (wanted[k] as string).replace(/\[abi:\w+\]/g, "");
    const got = demangle(name);
    return want !== got && !want.endsWith(` ${got}`);
  });
  expect(mangled.length).toBeGreaterThan(2000);
  expect(other.length / mangled.length).toBeLessThan(0.015);
});

it("reads symbol maps as Emscripten writes them", () => {
  expect([...readSymbolMap("0:main\n12:std::vector\\3cint\\3e::push\\28int\\29\r\nno line\n")]).toEqual([
    [0, "main"],
    [12, "std::vector<int>::push(int)"],
  ]);
});

it("calls a function by what is known of it", () => {
  const module = wat(`(module
    (func $a (result i32) (i32.const 1))
    (func $b (result i32) (i32.const 2))
    (func (export "run") (result i32) (i32.add (call $a) (call $b)))
    (func (export "other") (result i32) (call $b)))`);
  const { names } = findSources(module);
  expect([0, 1, 2, 3].map((index) => names.of(index))).toEqual(["func[0] called by run", "func[1]", "run", "other"]);
  const files = filesOf({ "/m.wasm.symbols": new TextEncoder().encode("1:helper") });
  expect(findSources(module, { files, locations: ["/m.wasm"] }).names.of(1)).toBe("helper");
});

const original = readFileSync("node_modules/web-tree-sitter/debug/web-tree-sitter.wasm");

it("finds debug information in a file that the module names", () => {
  const { stripped, warnings, find } = separate("tree.debug.wasm");
  const { debug } = find(filesOf({ "/lib/tree.debug.wasm": original }));
  expect(debug?.kind).toBe("DWARF");
  expect(debug?.rows.length).toBe(findSources(original).debug?.rows.length);
  expect(stripped.length).toBeLessThan(original.length / 2);
  expect(warnings).toEqual([]);
});

it("says that the file is not there, is damaged, or of another build", () => {
  const { warnings, find } = separate("http://localhost/tree.debug.wasm");
  expect(find(filesOf({})).debug).toBeUndefined();
  expect(find(filesOf({ "/lib/tree.debug.wasm": Uint8Array.of(1, 2, 3) })).debug).toBeUndefined();
  const other = Uint8Array.from(original);
  const code = readSections(other).find(({ id }) => id === 10);
  if (!code) throw new Error("no code");
  other[code.end - 10] = (other[code.end - 10] as number) ^ 1;
  expect(find(filesOf({ "/lib/tree.debug.wasm": other })).debug).toBeUndefined();
  expect(warnings).toEqual([
    expect.stringMatching(/its debug information is in http:\/\/localhost\/tree\.debug\.wasm, which cannot be read/),
    expect.stringMatching(/cannot be read: not a WebAssembly module/),
    expect.stringMatching(/belongs to another build/),
  ]);
});

/** The module without its debug information, and the name of the file that has it. */
function separate(url: string) {
  const text = new TextEncoder().encode(url);
  const dropped = (name: string): boolean => name.startsWith(".debug_") || name === "sourceMappingURL";
  const stripped = Buffer.concat([
    withoutSections(original, readSections(original), ({ name }) => dropped(name)),
    ...customSection("external_debug_info", Uint8Array.of(text.length, ...text)),
  ]);
  const warnings: string[] = [];
  const find = (files: FileAccess) =>
    findSources(stripped, { files, locations: ["/lib/tree.wasm"], warn: (warning) => warnings.push(warning) });
  return { stripped, warnings, find };
}

function filesOf(files: Readonly<Record<string, Uint8Array>>): FileAccess {
  return {
    read: (path) => files[path],
    isFile: (path) => path in files,
    resolve: (directory, path) => (path.startsWith("/") ? path : `${directory}/${path}`),
    workingDirectory: "/",
  };
}
