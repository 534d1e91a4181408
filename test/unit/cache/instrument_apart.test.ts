/** The process that instruments, as it is built. */

import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import { afterEach, beforeEach, expect, test } from "vitest";
import { sha256Hex } from "../../../src/cache/content.ts";
import { instrumentApart, instrumentLater } from "../../../src/cache/instrument_apart.ts";
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

const SMALL = wat(`(module (func (export "f")))`);
const moduleOf = (binary: Uint8Array): Parameters<typeof instrumentApart>[1] => ({
  binary,
  sha256: sha256Hex(binary),
  options: { link: "import" },
});

function apart(binary: Uint8Array, program = PROGRAM): ReturnType<typeof instrumentApart> {
  return instrumentApart(new ModuleCache(directory), moduleOf(binary), program);
}

test("a module is made once, and found then", () => {
  const made = apart(SMALL);
  expect(WebAssembly.validate(made.binary as Uint8Array<ArrayBuffer>)).toBe(true);
  expect(readdirSync(join(directory, "modules"))).toHaveLength(1);
  expect(apart(SMALL, join(directory, "there is no such program"))).toEqual(made);
});

test("the same is made while the event loop turns", async () => {
  const module = moduleOf(SMALL);
  const later = instrumentLater(new ModuleCache(directory), module, PROGRAM, spawn);
  expect(later).toBeInstanceOf(Promise);
  let turns = 0;
  const turn = setInterval(() => turns++, 1);
  const made = await later;
  clearInterval(turn);
  expect(turns).toBeGreaterThan(0);
  // The lock is gone, and no promise is made for what is there.
  expect(readdirSync(join(directory, "modules"))).toHaveLength(1);
  expect(instrumentLater(new ModuleCache(directory), module, PROGRAM, spawn)).toEqual(made);
  expect(apart(SMALL)).toEqual(made);
});

test("a thread that cannot wait for what it began itself gets it all the same", async () => {
  const cache = new ModuleCache(directory);
  const later = instrumentLater(cache, moduleOf(SMALL), PROGRAM, spawn);
  // Until this returns nothing of this thread can give the lock back.
  expect(instrumentApart(cache, moduleOf(SMALL), PROGRAM)).toEqual(await later);
});

test("a process that fails is told, and leaves no lock", async () => {
  mkdirSync(join(directory, "modules"), { mode: 0o700 });
  const none = join(directory, "there is no such program");
  const { binary, notes } = await instrumentLater(new ModuleCache(directory), moduleOf(SMALL), none, spawn);
  expect([binary, notes.length]).toEqual([undefined, 1]);
  expect(notes[0]).toMatch(/^the process that instruments failed: /);
  expect(readdirSync(join(directory, "modules"))).toEqual([]);
  const refuse = (() => {
    throw new Error("not permitted");
  }) as unknown as typeof spawn;
  const refused = await instrumentLater(new ModuleCache(directory), moduleOf(SMALL), none, refuse);
  expect(refused.notes).toEqual(["the process that instruments failed: not permitted"]);
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

test("a bundle for Node.js, which has no file beside it, has Binaryen as its package does", async () => {
  const outfile = join(directory, "bundle.mjs");
  await build({
    stdin: {
      contents: `import { instrument } from "./instrument/index.js";
        console.log(instrument(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0)).link);`,
      resolveDir: dist(""),
    },
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    logLevel: "error",
  });
  const { stdout, stderr } = spawnSync(process.execPath, [outfile], { encoding: "utf8" });
  expect(stdout, stderr).toMatch(/^(fused|import)\n$/);
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
