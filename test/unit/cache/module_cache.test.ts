import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { afterEach, beforeEach, expect, test } from "vitest";
import { crc32Of } from "../../../src/cache/checksum.ts";
import { decodeEntry, encodeEntry } from "../../../src/cache/entry.ts";
import { cacheKey, ModuleCache } from "../../../src/cache/module_cache.ts";

let directory = "";
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "wasm-kcov-cache-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const bytes = (length: number, fill: number): Uint8Array<ArrayBuffer> => new Uint8Array(length).fill(fill);

test("what was kept is found, with its notes, and so is what could not be made", () => {
  const cache = new ModuleCache(join(directory, "cache"));
  expect(cache.find("a")).toBeUndefined();
  const made = { binary: bytes(10, 7), notes: ["function 3 is not counted: too large"], unmatched: ["malloc"] };
  expect(cache.keep("a", made)).toBe(true);
  expect(cache.keep("b", { binary: undefined, notes: ["not a module"] })).toBe(true);
  expect(cache.find("a")).toEqual(made);
  expect(cache.find("b")).toEqual({ binary: undefined, notes: ["not a module"], unmatched: [] });
  expect(cache.stats()).toMatchObject({ entries: 2, directory: join(directory, "cache") });
  expect(cache.clear().entries).toBe(2);
  expect(cache.find("a")).toBeUndefined();
});

test("only the user can read it, and what others could have written is not used", () => {
  const cache = new ModuleCache(join(directory, "cache"));
  cache.keep("a", { binary: bytes(1, 1), notes: [] });
  for (const path of ["cache", "cache/modules"]) expect(statSync(join(directory, path)).mode & 0o777).toBe(0o700);
  chmodSync(join(directory, "cache/modules"), 0o777);
  expect(cache.find("a")).toBeUndefined();
  expect(cache.keep("a", { binary: bytes(1, 1), notes: [] })).toBe(false);
});

test("damaged and foreign entries are none", () => {
  const cache = new ModuleCache(directory);
  cache.keep("a", { binary: bytes(5000, 1), notes: [] });
  truncateSync(cache.pathOf("a"), 4000);
  expect(cache.find("a")).toBeUndefined();
  writeFileSync(cache.pathOf("a"), "something else altogether");
  expect(cache.find("a")).toBeUndefined();
  const entry = encodeEntry({ binary: bytes(100, 1), notes: [] });
  entry[60] = 2;
  expect(decodeEntry(entry)).toBeUndefined();
});

test("above its size, what was not used for the longest time goes", () => {
  const cache = new ModuleCache(directory, 2500);
  cache.keep("old", { binary: bytes(1000, 1), notes: [] });
  cache.keep("older", { binary: bytes(1000, 2), notes: [] });
  utimesSync(cache.pathOf("old"), 1000, 1000);
  utimesSync(cache.pathOf("older"), 500, 500);
  // A use makes it new.
  expect(cache.find("older")?.binary?.length).toBe(1000);
  cache.keep("new", { binary: bytes(1000, 3), notes: [] });
  expect([cache.find("old"), cache.find("older")?.binary, cache.find("new")?.binary]).toEqual([
    undefined,
    bytes(1000, 2),
    bytes(1000, 3),
  ]);
});

test("nothing is left behind where nothing can be kept", () => {
  writeFileSync(join(directory, "file"), "");
  const cache = new ModuleCache(join(directory, "file", "below"));
  expect(cache.keep("a", { binary: bytes(1, 1), notes: [] })).toBe(false);
  expect(cache.find("a")).toBeUndefined();
  expect(readdirSync(directory)).toEqual(["file"]);
});

test("a key is that of the module and its options, in whatever order they are", () => {
  const key = cacheKey("ab", { trace: ["counters"], counters: "8bit", pcBase: 1n });
  expect(cacheKey("ab", { pcBase: 1n, counters: "8bit", trace: ["counters"] })).toBe(key);
  expect(cacheKey("ac", { trace: ["counters"], counters: "8bit", pcBase: 1n })).not.toBe(key);
  expect(cacheKey("ab", { trace: ["counters"], counters: "8bit", pcBase: 2n })).not.toBe(key);
});

test("the checksum is the same on every Node.js", () => {
  const data = Uint8Array.from({ length: 1000 }, (_, k) => (k * 7919) % 251);
  expect(crc32Of(data)).toBe(crc32(data));
});
