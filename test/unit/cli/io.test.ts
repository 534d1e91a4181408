/** What the commands take for a module: what is in a file decides, not what it is called. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { isModuleFile, readModuleFile } from "../../../src/cli/io.ts";

const MODULE = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
let directory = "";

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "wasm-kcov-io-"));
});

afterAll(() => rmSync(directory, { recursive: true }));

function file(name: string, contents: string | Uint8Array): string {
  const path = join(directory, name);
  writeFileSync(path, contents);
  return path;
}

it.each(["noext", "parser.js", "a.wat"])("%s may hold one", (name) => {
  const path = file(name, MODULE);
  expect(isModuleFile(path)).toBe(true);
  expect(readModuleFile(path)).toEqual(MODULE);
});

it.each([
  ["empty.wasm", "", "is empty"],
  ["text.wat", "(module)", "is the text form of a module"],
  ["named.wasm", "\ufeff;; a comment (module\n(; another ;) \n (module $m)", "is the text form of a module"],
])("%s is said to be none", (name, contents, message) => {
  expect(() => readModuleFile(file(name, contents))).toThrow(message);
});

it("a directory, and what is not there, are said", () => {
  expect(() => readModuleFile(directory)).toThrow("it is a directory");
  expect(() => readModuleFile(join(directory, "nothing.wasm"))).toThrow("there is no such file");
});

it("scripts are none", () => {
  expect(isModuleFile(file("a.mjs", "// (module"))).toBe(false);
  expect(isModuleFile(join(directory, "nothing.mjs"))).toBe(false);
});
