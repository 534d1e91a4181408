/** Source maps of real compilers: AssemblyScript's, beside the module and inside of it, and Emscripten's. */

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { makeCoverageMap } from "../../../../src/coverage/map/make_coverage_map.ts";
import { nodeFiles } from "../../../../src/coverage/node/source_access.ts";
import { findSources } from "../../../../src/coverage/sources/find_sources.ts";
import { customSection, readSections, withoutSections } from "../../../../src/instrument/wasm/sections.ts";
import { countRun } from "../../../support/counted.ts";

const directory = mkdtempSync(join(tmpdir(), "source-map-"));
afterAll(() => rmSync(directory, { recursive: true }));

const TEXT = `export function sign(x: i32): i32 {
  if (x < 0) {
    return -1;
  }
  let found = 0;
  for (let k = 0; k < x; k++) {
    found += k;
  }
  return found;
}
export function never(): i32 {
  return 7;
}
`;

beforeAll(() => {
  writeFileSync(join(directory, "sign.ts"), TEXT);
  const asc = resolve("node_modules/assemblyscript/bin/asc.js");
  execFileSync(process.execPath, [asc, "sign.ts", "-o", "sign.wasm", "--sourceMap", "--runtime", "stub", "--debug"], {
    cwd: directory,
  });
});

it("covers AssemblyScript in its own lines", async () => {
  const path = join(directory, "sign.wasm");
  const profile = countRun(new Uint8Array(readFileSync(path)), ({ sign }) => sign?.(3), { locations: [path] });
  const map = await makeCoverageMap({ modules: [profile] }, { files: nodeFiles(directory) });
  const file = map[join(directory, "sign.ts")];
  if (!file) throw new Error(`only ${Object.keys(map)}`);
  const lines = linesOf(file.statementMap, file.s);
  expect(lines.get(2)).toBe(1);
  expect(lines.get(3)).toBe(0);
  expect(lines.get(7)).toBe(3);
  expect(lines.get(9)).toBe(1);
  expect(lines.get(12)).toBe(0);
  const calls = Object.entries(file.fnMap).map(([key, { name }]) => [name, file.f[key]]);
  expect(calls).toEqual(
    expect.arrayContaining([
      [expect.stringContaining("sign"), 1],
      [expect.stringContaining("never"), 0],
    ]),
  );
});

it("reads a map inside of the module", () => {
  const bytes = readFileSync(join(directory, "sign.wasm"));
  const url = `data:application/json;base64,${readFileSync(join(directory, "sign.wasm.map")).toString("base64")}`;
  const without = withoutSections(bytes, readSections(bytes), ({ name }) => name === "sourceMappingURL");
  const text = Buffer.from(url);
  const length = [(text.length & 0x7f) | 0x80, ((text.length >> 7) & 0x7f) | 0x80, text.length >> 14];
  const module = Buffer.concat([
    without,
    ...customSection("sourceMappingURL", Buffer.concat([Buffer.from(length), text])),
  ]);
  const { debug } = findSources(module, { locations: [join(directory, "sign.wasm")] });
  expect(debug?.kind).toBe("source map");
  expect(debug?.files.some(({ path }) => path.endsWith("sign.ts"))).toBe(true);
});

it("reads Emscripten's", () => {
  const path = resolve("node_modules/web-tree-sitter/web-tree-sitter.wasm");
  const { debug } = findSources(readFileSync(path), { files: nodeFiles("/"), locations: [path] });
  expect(debug?.kind).toBe("source map");
  expect(debug?.files.map((file) => file.path)).toContainEqual(expect.stringMatching(/parser\.c$/));
  expect(debug?.rows.length).toBeGreaterThan(1000);
});

function linesOf(
  map: Record<string, { start: { line: number } }>,
  counts: Record<string, number>,
): Map<number, number> {
  const lines = new Map<number, number>();
  for (const [key, { start }] of Object.entries(map)) {
    lines.set(start.line, Math.max(lines.get(start.line) ?? 0, counts[key] ?? 0));
  }
  return lines;
}

it("gives files that DWARF only names the texts that the map carries", () => {
  const module = resolve("node_modules/web-tree-sitter/debug/web-tree-sitter.wasm");
  const { debug } = findSources(readFileSync(module), { files: nodeFiles(directory), locations: [module] });
  expect(debug?.kind).toBe("DWARF");
  const texts = new Map(debug?.files.map(({ path, content }) => [path.split("/").at(-1), content]));
  expect(texts.get("alloc.c")).toContain("static void *ts_malloc_default(size_t size) {");
  expect(texts.get("subtree.h")).toContain("#ifndef TREE_SITTER_SUBTREE_H_");
});
