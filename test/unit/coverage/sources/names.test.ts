/** Names of functions, and debug information in a file of its own. */

import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import type { FileAccess } from "../../../../src/coverage/sources/access.ts";
import { demangle } from "../../../../src/coverage/sources/demangle.ts";
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
  ["_ZN6shapes3Box4areaEv", "shapes::Box::area"],
  ["_ZNK6shapes3Box4areaEi", "shapes::Box::area"],
  ["_ZN6shapes3BoxC2Ei", "shapes::Box::Box"],
  ["_ZN12_GLOBAL__N_15totalEv", "(anonymous namespace)::total"],
  ["_ZNSt6vectorIiE4pushEi", "_ZNSt6vectorIiE4pushEi"],
  ["$s4main3fooyyF", "$s4main3fooyyF"],
  ["_ZN99x", "_ZN99x"],
  ["main", "main"],
])("calls %s %s", (mangled, name) => {
  expect(demangle(mangled)).toBe(name);
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
