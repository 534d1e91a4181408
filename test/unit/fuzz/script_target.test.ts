/** Targets that are JavaScript modules, whose WebAssembly is instrumented when they load it. */

import { afterEach, expect, test } from "vitest";
import { Features } from "../../../src/fuzz/builtin/features.ts";
import type { FuzzTarget } from "../../../src/fuzz/engine.ts";
import { openTarget } from "../../../src/fuzz/index.ts";
import { outcome, run, temporaryFile } from "../../support/fuzz_target.ts";
import { wat } from "../../support/wat.ts";

const BINARY = JSON.stringify([
  ...wat(
    `(module (func $deep (param i32) (if (i32.eq (local.get 0) (i32.const 33)) (then (unreachable))))
      (func (export "check") (param i32) (call $deep (local.get 0))))`,
    true,
  ),
]);
const LOAD = `const { instance } = await WebAssembly.instantiate(new Uint8Array(${BINARY}));`;

let target: FuzzTarget | undefined;

afterEach(() => {
  target?.[Symbol.dispose]();
  target = undefined;
});

async function open(code: string, options: Parameters<typeof openTarget>[1] = {}): Promise<FuzzTarget> {
  target = await openTarget(temporaryFile("target.mjs", code), { cache: false, ...options });
  return target;
}

test("a named export", async () => {
  const script = await open(`${LOAD} export function fuzz(bytes) { instance.exports.check(bytes[0]); }`);
  expect(await outcome(script, "a")).toBe("ok");
  const crashed = await run(script, "!");
  if (crashed.kind !== "crash") throw new Error("no crash");
  expect(crashed.crash.reason).toBe("unreachable");
  expect(crashed.crash.frames.map(({ name }) => name)).toEqual(["deep", "check", "Object.fuzz"]);
  expect(script.modules).toHaveLength(1);
  expect(script.counters.map(({ length }) => length)).toEqual([script.modules[0]?.pcs.length]);
});

test("an asynchronous default export, with a module for each of two instances", async () => {
  const script = await open(`${LOAD}
    let initialized = 0;
    export const initialize = async () => { initialized++; };
    export default async function (bytes) {
      await undefined;
      if (initialized !== 1) throw new Error("initialize");
      const other = await WebAssembly.instantiate(new Uint8Array(${BINARY}));
      if (bytes[0] === 45) return -1;
      other.instance.exports.check(bytes[0]);
    }`);
  expect(await outcome(script, "a")).toBe("ok");
  expect(await outcome(script, "-")).toBe("rejected");
  expect(await outcome(script, "!")).toBe("unreachable");
  expect(script.modules, "of the same contents").toHaveLength(1);
  expect(script.counters, "for all of its four instances").toHaveLength(1);
});

test("modules have PCs of their own", async () => {
  const other = JSON.stringify([...wat(`(module (func (export "f")))`)]);
  const script = await open(`${LOAD} await WebAssembly.instantiate(new Uint8Array(${other}));
    export const fuzz = () => {};`);
  const [first, second] = script.modules;
  const pc = second?.pcs[0] ?? 0n;
  expect(second?.functionOf(pc)).toBe(0);
  expect(first?.functionOf(pc)).toBeUndefined();
});

test("what JavaScript throws is a crash", async () => {
  const script = await open(`export default { fuzz(bytes) {
    if (bytes[0] === 97) throw new TypeError("a is no type");
    if (bytes[0] === 98) throw "b";
    if (bytes[0] === 99) { const again = () => again() + 1; again(); }
    if (bytes[0] === 100) return Promise.reject(new Error("later"));
  } }`);
  expect(await outcome(script, "a")).toBe("TypeError: a is no type");
  expect(await outcome(script, "b")).toBe("threw b");
  expect(await outcome(script, "c")).toBe("stack overflow");
  expect(await outcome(script, "d")).toBe("Error: later");
  expect(await outcome(script, "e")).toBe("ok");
});

test.each([
  ["export const parse = () => {};", "does not export a function fuzz(bytes); it exports parse"],
  ["throw new Error('no database')", "cannot be imported: Error: no database"],
  [
    "export const fuzz = () => {}; export const initialize = () => { throw new Error('no'); }",
    "initialize() failed: Error: no",
  ],
])("%s: a clear error, and nothing is instrumented any more", async (code, message) => {
  const before = WebAssembly.instantiate;
  await expect(open(code)).rejects.toThrow(message);
  expect(WebAssembly.instantiate).toBe(before);
});

test("no reset but none", async () => {
  await expect(open("export const fuzz = () => {};", { reset: "memory" })).rejects.toThrow(
    "reset memory is for WebAssembly modules",
  );
});

test("glue code of an npm package", async () => {
  const script = await open(
    `import initSqlJs from ${JSON.stringify(new URL("../../../node_modules/sql.js/dist/sql-wasm.js", import.meta.url).href)};
    const SQL = await initSqlJs();
    export function fuzz(bytes) {
      const database = new SQL.Database();
      try { database.exec(new TextDecoder().decode(bytes)); } catch {} finally { database.close(); }
    }`,
  );
  expect(await outcome(script, "select 1")).toBe("ok");
  expect(script.modules).toHaveLength(1);
  const hit = script.counters[0]?.bytes.filter((count) => count !== 0).length ?? 0;
  expect(hit).toBeGreaterThan(1000);
});

test("what the engine loads for itself is no part of what is fuzzed", async () => {
  const script = await open(`${LOAD} export function fuzz(bytes) { instance.exports.check(bytes[0]); }`);
  using features = Features.create(script);
  await run(script, "a");
  expect(features.collect(false)).toBeGreaterThan(0);
  expect([script.modules.length, script.counters.length]).toEqual([1, 1]);
});
