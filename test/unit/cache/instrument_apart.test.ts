/** The process that instruments, as it is built. */

import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { sha256Hex } from "../../../src/cache/content.ts";
import { instrumentApart } from "../../../src/cache/instrument_apart.ts";
import { ModuleCache } from "../../../src/cache/module_cache.ts";
import { nested } from "../../support/nested.ts";
import { wat } from "../../support/wat.ts";

const dist = (path: string): string => fileURLToPath(new URL(`../../../dist/${path}`, import.meta.url));
const PROGRAM = dist("cache/instrument_main.js");

let directory = "";
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "wasm-kcov-cache-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function apart(binary: Uint8Array): ReturnType<typeof instrumentApart> {
  const module = { binary, sha256: sha256Hex(binary), options: { link: "import" } as const };
  return instrumentApart(new ModuleCache(directory), module, PROGRAM);
}

test("a module is made once, and found then", () => {
  const binary = wat(`(module (func (export "f")))`);
  const made = apart(binary);
  expect(WebAssembly.validate(made.binary as Uint8Array<ArrayBuffer>)).toBe(true);
  expect(readdirSync(join(directory, "modules"))).toHaveLength(1);
  const module = { binary, sha256: sha256Hex(binary), options: { link: "import" } as const };
  const none = join(directory, "there is no such program");
  expect(instrumentApart(new ModuleCache(directory), module, none)).toEqual(made);
});

test("code that nests deeply finds its thread", () => {
  const { binary, notes } = apart(nested("sums", 20_000));
  expect(notes).toEqual([]);
  expect(WebAssembly.validate(binary as Uint8Array<ArrayBuffer>)).toBe(true);
});

/** What a script prints. */
function printed(script: string): string {
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" });
  expect(stderr).toBe("");
  return stdout;
}

test("Binaryen is loaded from a file of its own, and has all that it has in its package", () => {
  const load = (what: string): string => `Object.keys((await import(${JSON.stringify(what)})).default).sort().join()`;
  const url = (path: string): string => pathToFileURL(dist(path)).href;
  const [own, packaged] = printed(
    `console.log(${load(url("binaryen/index.js"))}); console.log(${load("binaryen")});`,
  ).split("\n");
  expect(own).toContain("_BinaryenModuleReadWithFeatures");
  expect(own).toBe(packaged);
  expect(statSync(dist("binaryen/glue.js")).size).toBeLessThan(500_000);
  const loaded = printed(`
    const instantiate = WebAssembly.instantiate;
    WebAssembly.instantiate = (bytes, imports) => (console.log(Buffer.isBuffer(bytes)), instantiate(bytes, imports));
    await import(${JSON.stringify(url("instrument/index.js"))});
  `);
  expect(loaded, "a buffer that was read, not bytes of a string").toBe("true\n");
});

test("the engine is told to optimise late", () => {
  const tuning = JSON.stringify(pathToFileURL(dist("cache/engine_tuning.js")).href);
  // A digest of the flags, among others.
  const tag = "v8.cachedDataVersionTag()";
  const said = printed(`
    import v8 from "node:v8";
    const before = ${tag};
    (await import(${tuning})).optimizeLate();
    console.log(before === ${tag});
  `);
  expect(said).toBe("false\n");
});
