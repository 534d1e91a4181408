/** The DWARF reader against llvm-dwarfdump: every row of every line table, and where every function's code lies. */

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { type ConcreteInstance, readEntries } from "../../../../src/coverage/sources/dwarf/entries.ts";
import { ROW, readLineTable } from "../../../../src/coverage/sources/dwarf/line_program.ts";
import { Reader } from "../../../../src/coverage/sources/dwarf/reader.ts";
import { type DwarfSections, dwarfSections, stringsOf } from "../../../../src/coverage/sources/dwarf/sections.ts";
import { hasDwarfdump, hasWasmCompiler, hasWasmCxx, NEEDS_LLVM, runTool } from "../../../support/llvm.ts";
import { compileRust, hasRust } from "../../../support/rust.ts";

const directory = mkdtempSync(join(tmpdir(), "dwarf-oracle-"));
afterAll(() => rmSync(directory, { recursive: true }));

const C = `
static int twice(int x) { return x + x; }
int sum(const int *v, int n) {
  int s = 0;
  for (int k = 0; k < n; k++) s += twice(v[k]);
  return s;
}
int main(void) { int v[] = {1, 2, 3}; return sum(v, 3); }
`;

const CXX = `
#include <vector>
namespace shapes {
struct Shape { virtual ~Shape() {} virtual int area() const = 0; };
template <typename T> struct Box : Shape { T a, b; Box(T x, T y) : a(x), b(y) {} int area() const override { return int(a * b); } };
namespace { int total(const std::vector<Shape *> &all) { int t = 0; for (auto *s : all) t += s->area(); return t; } }
}
int main() { shapes::Box<int> a(2, 3); shapes::Box<double> b(1.5, 2); std::vector<shapes::Shape *> v{&a, &b}; return shapes::total(v); }
`;

const TARGET = ["--target=wasm32-wasi", "--sysroot=/usr", "-fdebug-compilation-dir=.", "-w"];

function build(name: string, text: string, flags: readonly string[]): string {
  writeFileSync(join(directory, name), text);
  const output = join(directory, `${name}${flags.join("")}.wasm`);
  if (existsSync(output)) return output;
  const compiler = name.endsWith("cpp") ? ["clang++-19", "-fno-exceptions"] : ["clang-19"];
  runTool([...compiler, ...TARGET, ...flags, name, "-o", output], directory);
  return output;
}

/** With the standard library, which has debug information of its own. */
function buildRust(): string {
  const output = join(directory, "shapes.wasm");
  if (!existsSync(output)) compileRust("test/coverage/sources", "shapes.rs", output, ["-g", "-O"]);
  return output;
}

interface Subject {
  readonly name: string;
  readonly isThere: boolean;
  readonly path: () => string;
}

const subjects: readonly Subject[] = [
  { name: "web-tree-sitter", isThere: true, path: () => "node_modules/web-tree-sitter/debug/web-tree-sitter.wasm" },
  { name: "md4w, of Zig and C", isThere: true, path: () => "node_modules/md4w/js/md4w-fast.wasm" },
  { name: "Rust", isThere: hasRust, path: buildRust },
  ...["-gdwarf-4", "-gdwarf-5"].flatMap((version) =>
    ["-O0", "-O2"].flatMap((level) => [
      { name: `C ${version} ${level}`, isThere: hasWasmCompiler, path: () => build("sum.c", C, [version, level]) },
      { name: `C++ ${version} ${level}`, isThere: hasWasmCxx, path: () => build("box.cpp", CXX, [version, level]) },
    ]),
  ),
];

describe.each(subjects)("$name", ({ isThere, path }) => {
  const isSkipped = !hasDwarfdump || !isThere;
  it.skipIf(isSkipped)(`has the rows that llvm-dwarfdump prints (${NEEDS_LLVM})`, () => {
    const file = path();
    const printed = runTool(["llvm-dwarfdump-19", "--debug-line", file], ".");
    const expected = rowsOf(printed);
    expect(expected.length).toBeGreaterThan(20);
    expect(ourRows(sectionsOf(file))).toEqual(expected);
  });

  // Dropped functions are at -1 in both, and llvm-dwarfdump prints them in a way of its own.
  it.skipIf(isSkipped)(`has the functions that llvm-dwarfdump prints (${NEEDS_LLVM})`, () => {
    const file = path();
    const printed = runTool(["llvm-dwarfdump-19", "--debug-info", file], ".");
    const sections = sectionsOf(file);
    const { code, functions, damage } = readEntries(sections, stringsOf(sections));
    expect(damage).toBeUndefined();
    const ours = code
      .filter(isKept)
      .map(({ entry, ranges }) => `${entry} ${ranges.map((range) => range.join("-")).join(" ")}`);
    const expected = codeOf(printed);
    expect(expected.length).toBeGreaterThan(2);
    expect(ours).toEqual(expected);
    expect([...functions.values()].filter(({ name }) => name !== undefined).map(({ name }) => name)).toEqual(
      namesOf(printed),
    );
  });
});

function sectionsOf(path: string): DwarfSections {
  const sections = dwarfSections(readFileSync(path));
  if (!sections) throw new Error(`${path} has no DWARF`);
  return sections;
}

/** `address line column file flags`, a row each. */
function rowsOf(printed: string): string[] {
  const rows: string[] = [];
  for (const line of printed.split("\n")) {
    const match = /^0x([0-9a-f]{16}) +(\d+) +(\d+) +(\d+) +\d+ +\d+ +\d+ +(.*)$/.exec(line);
    if (!match) continue;
    const [, address = "", row, column, file, flags = ""] = match;
    const isStmt = flags.includes("is_stmt") ? ROW.isStmt : 0;
    const end = flags.includes("end_sequence") ? ROW.endSequence : 0;
    rows.push(`${Number.parseInt(address, 16)} ${row} ${column} ${file} ${isStmt | end}`);
  }
  return rows;
}

function ourRows(sections: DwarfSections): string[] {
  const rows: string[] = [];
  const strings = stringsOf(sections);
  for (let offset = 0; offset < sections.line.length; ) {
    const table = readLineTable(new Reader(sections.line, ".debug_line", offset), strings, "");
    const { address, line, column, file, flags } = table.rows;
    for (let k = 0; k < address.length; k++) {
      if ((address[k] as number) >= TOMBSTONES) continue;
      rows.push(`${address[k]} ${line[k]} ${column[k]} ${file[k]} ${flags[k]}`);
    }
    offset = table.end;
  }
  return rows;
}

/** Not one that the linker dropped, which it puts at an address that is none. */
function isKept({ ranges }: ConcreteInstance): boolean {
  return ranges.every(([low]) => low < TOMBSTONES);
}

const TOMBSTONES = 0xfffffffe;

/** `entry low-high …` of every function with code, inlined copies included. */
function codeOf(printed: string): string[] {
  const found: string[] = [];
  for (const { offset, tag, text } of entriesOf(printed)) {
    if (tag !== "subprogram" && tag !== "inlined_subroutine") continue;
    const low = /DW_AT_low_pc\s+\((0x[0-9a-f]+)\)/.exec(text)?.[1];
    const high = /DW_AT_high_pc\s+\((0x[0-9a-f]+)\)/.exec(text)?.[1];
    const list = /DW_AT_ranges\s+\(([^)]*(?:\)[^)]*)*?)\)\n\s+(?:DW_AT|$)/.exec(`${text}\nDW_AT`)?.[1] ?? "";
    const ranges = [...list.matchAll(/\[(0x[0-9a-f]+), (0x[0-9a-f]+)\)/g)].map(
      ([, a, b]) => `${Number(a)}-${Number(b)}`,
    );
    if (low !== undefined && high !== undefined && Number(low) < Number(high))
      ranges.push(`${Number(low)}-${Number(high)}`);
    // What was dropped has ranges that count from such an address.
    if (ranges.length > 0 && ranges.every((range) => Number.parseInt(range, 10) < TOMBSTONES)) {
      found.push(`${offset} ${ranges.join(" ")}`);
    }
  }
  return found;
}

function namesOf(printed: string): string[] {
  return entriesOf(printed).flatMap(({ tag, text }) => {
    const name = /DW_AT_name\s+\("(.*)"\)/.exec(text)?.[1];
    return (tag === "subprogram" || tag === "inlined_subroutine") && name !== undefined ? [name] : [];
  });
}

function entriesOf(printed: string): { offset: number; tag: string; text: string }[] {
  return printed.split(/\n(?=0x[0-9a-f]{8}: +DW_TAG_)/).flatMap((text) => {
    const match = /^0x([0-9a-f]{8}): +DW_TAG_(\w+)/.exec(text);
    return match ? [{ offset: Number.parseInt(match[1] as string, 16), tag: match[2] as string, text }] : [];
  });
}
