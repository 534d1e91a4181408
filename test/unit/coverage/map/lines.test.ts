/** From a C++ program to lines, functions and branches: templates, inlining, early returns; DWARF 4 and 5, both levels. */

import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CoverageMapData } from "istanbul-lib-coverage";
import libCoverage from "istanbul-lib-coverage";
import { afterAll, describe, expect, it } from "vitest";
import { makeCoverageMap } from "../../../../src/coverage/map/make_coverage_map.ts";
import { nodeFiles } from "../../../../src/coverage/node/source_access.ts";
import { countRun } from "../../../support/counted.ts";
import { hasWasmCompiler, NEEDS_LLVM, runTool } from "../../../support/llvm.ts";

const directory = realpathSync(mkdtempSync(join(tmpdir(), "lines-")));
afterAll(() => rmSync(directory, { recursive: true }));

const TEXT = `namespace shapes {
template <typename T> struct Box {
  T side;
  T area() const {
    if (side < 0)
      return 0;
    return side * side;
  }
};
}
static int limited(int x) {
  if (x > 100) {
    return 100;
  } else {
    x += 1;
  }
  return x;
}
extern "C" int run(int n) {
  int sum = 0;
  for (int k = 0; k < n; k++) {
    sum += limited(k);
  }
  shapes::Box<int> whole{n};
  shapes::Box<float> real{1.5f};
  if (n > 2 && sum > 1000)
    sum = -1;
  return sum + whole.area() + int(real.area());
}
extern "C" int never(int n) {
  return n;
}
`;

describe.each([
  ["-O0", "-gdwarf-4"],
  ["-O0", "-gdwarf-5"],
  ["-O2", "-gdwarf-5"],
])("%s %s", (level, version) => {
  it.skipIf(!hasWasmCompiler)(`covers lines and functions (${NEEDS_LLVM})`, async () => {
    const { lines, functions } = await cover(level, version);
    expect(lines[22]).toBeGreaterThan(0);
    expect(lines[31]).toBe(0);
    // The copies for int and for float are one line and one function.
    if (level === "-O0") {
      expect(lines[7]).toBe(2);
      expect(lines).toMatchObject({ 13: 0, 27: 0 });
      expect(lines).toMatchObject({ 12: 4, 15: 4, 17: 4, 20: 1, 26: 1, 28: 1 });
      expect(functions).toEqual({ "shapes::Box::area": 2, limited: 4, run: 1, never: 0 });
    }
  });
});

it.skipIf(!hasWasmCompiler)("has both arms of conditions", async () => {
  const { map, file } = await cover("-O0", "-gdwarf-5");
  const { branchMap, b } = map[file] as CoverageMapData[string] & {
    branchMap: Record<string, { loc: { start: { line: number } } }>;
  };
  const arms = Object.entries(branchMap).map(([key, { loc }]) => [loc.start.line, b[key]]);
  expect(arms).toEqual(
    expect.arrayContaining([
      // True first: x > 100 never held, side < 0 neither, k < n held four times.
      [5, [0, 2]],
      [12, [0, 4]],
      [21, [4, 1]],
    ]),
  );
  // n > 2 held, sum > 1000 did not.
  expect(arms.filter(([line]) => line === 26).map(([, counts]) => counts)).toEqual([
    [1, 0],
    [0, 1],
  ]);
});

it.skipIf(!hasWasmCompiler)("leaves out what is excluded, and says which files are missing", async () => {
  const notes: string[] = [];
  const profile = profileOf("-O0", "-gdwarf-5");
  const files = nodeFiles(directory);
  const note = (line: string): unknown => notes.push(line);
  expect(await makeCoverageMap({ modules: [profile] }, { files, exclude: ["*.cpp"], note })).toEqual({});
  expect(notes).toEqual([]);
  const elsewhere = nodeFiles("/");
  expect(await makeCoverageMap({ modules: [{ ...profile, locations: [] }] }, { files: elsewhere, note })).toEqual({});
  expect(notes).toEqual([expect.stringMatching(/no such files: shapes\.cpp/)]);
  const kept = await makeCoverageMap(
    { modules: [{ ...profile, locations: [] }] },
    { files: elsewhere, allSources: true },
  );
  expect(Object.keys(kept)).toEqual(["/shapes.cpp"]);
  const mapped = await makeCoverageMap(
    { modules: [profile] },
    { files: elsewhere, pathMap: [["shapes.cpp", join(directory, "shapes.cpp")]] },
  );
  expect(Object.keys(mapped)).toEqual([join(directory, "shapes.cpp")]);
});

it.skipIf(!hasWasmCompiler)("leaves out what is the compiler's, unless it is asked for", async () => {
  const notes: string[] = [];
  const profile = profileOf("-O0", "-gdwarf-5");
  const there = { ...nodeFiles(directory), isFile: (): boolean => true, read: (): undefined => undefined };
  const pathMap = [["shapes.cpp", "/usr/include/shapes.cpp"]] as const;
  const files = (more: object): Promise<string[]> =>
    makeCoverageMap({ modules: [profile] }, { files: there, pathMap, ...more }).then(Object.keys);
  expect(await files({ note: (line: string) => notes.push(line) })).toEqual([]);
  expect(notes).toEqual([expect.stringMatching(/as files of compilers and libraries: shapes\.cpp/)]);
  expect(await files({ allSources: true })).toEqual(["/usr/include/shapes.cpp"]);
  expect(await files({ include: ["/usr/include/**"] })).toEqual(["/usr/include/shapes.cpp"]);
});

function profileOf(level: string, version: string) {
  writeFileSync(join(directory, "shapes.cpp"), TEXT);
  const output = join(directory, `shapes${level}${version}.wasm`);
  const target = ["--target=wasm32-wasi", "-nostdlib", "-Wl,--no-entry", "-Wl,--export=run", "-Wl,--export=never"];
  runTool(
    ["clang++-19", ...target, level, version, "-fdebug-compilation-dir=.", "shapes.cpp", "-o", output],
    directory,
  );
  return countRun(new Uint8Array(readFileSync(output)), ({ run }) => run?.(4), { locations: [output] });
}

async function cover(level: string, version: string) {
  const file = join(directory, "shapes.cpp");
  const map = await makeCoverageMap({ modules: [profileOf(level, version)] }, { files: nodeFiles(directory) });
  const coverage = libCoverage.createCoverageMap(map).fileCoverageFor(file);
  const functions = Object.fromEntries(
    Object.entries(coverage.fnMap).map(([key, { name }]) => [name, coverage.f[key]]),
  );
  return { map, file, lines: coverage.getLineCoverage() as Record<number, number>, functions };
}
