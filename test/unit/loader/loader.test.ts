/** The loader: every way to load a module is transformed, and the program sees no difference. */

import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { installLoader, Kcov, type Loader } from "../../../src/index.ts";
import { instrument } from "../../../src/instrument/index.ts";
import { wat } from "../../support/wat.ts";

const PLAIN = wat(`(module
  (import "env" "base" (func $base (result i32)))
  (func (export "run") (result i32) (call $base)))`);
const PURE = wat(`(module (func (export "run") (result i32) (i32.const 7)))`);

let kcov: Kcov;
let loader: Loader | undefined;
let transformed = 0;

beforeEach(async () => {
  kcov = await Kcov.create();
  transformed = 0;
  loader = installLoader({
    imports: kcov.imports,
    transform: (binary) => {
      transformed++;
      return WebAssembly.validate(binary) ? instrument(binary).binary : binary;
    },
  });
});

afterEach(() => loader?.[Symbol.dispose]());

const env = { base: (): number => 42 };
const response = (type = "application/wasm", status = 200): Response =>
  new Response(PLAIN, { headers: { "content-type": type }, status });

type Run = WebAssembly.Exports & { run(): number };

describe.each<[string, () => Promise<WebAssembly.Instance> | WebAssembly.Instance]>([
  ["new Module, new Instance", () => new WebAssembly.Instance(new WebAssembly.Module(PLAIN), { env })],
  ["compile, new Instance", async () => new WebAssembly.Instance(await WebAssembly.compile(PLAIN), { env })],
  ["instantiate bytes", async () => (await WebAssembly.instantiate(PLAIN, { env })).instance],
  ["instantiate a buffer", async () => (await WebAssembly.instantiate(PLAIN.buffer, { env })).instance],
  ["instantiate a module", async () => WebAssembly.instantiate(await WebAssembly.compile(PLAIN), { env })],
  ["compileStreaming", async () => WebAssembly.instantiate(await WebAssembly.compileStreaming(response()), { env })],
  ["instantiateStreaming", async () => (await WebAssembly.instantiateStreaming(response(), { env })).instance],
  [
    "instantiateStreaming of a promise",
    async () => (await WebAssembly.instantiateStreaming(Promise.resolve(response()), { env })).instance,
  ],
])("%s", (_name, load) => {
  test("is instrumented", async () => {
    const instance = await load();
    expect(instance).toBeInstanceOf(WebAssembly.Instance);
    const { pcs, result } = kcov.trace(() => (instance.exports as Run).run());
    expect(result).toBe(42);
    expect(pcs).toHaveLength(1);
    expect(transformed).toBe(1);
  });
});

test("a module without imports needs no import object", async () => {
  const { instance } = await WebAssembly.instantiate(PURE);
  expect(kcov.trace(() => (instance.exports as Run).run()).pcs).toHaveLength(1);
});

test("import objects may compute their properties", async () => {
  const imports = new Proxy({}, { get: (_, name) => (name === "env" ? env : undefined) });
  const { instance } = await WebAssembly.instantiate(PLAIN, imports);
  expect((instance.exports as Run).run()).toBe(42);
});

test("Module.imports does not show what the pass added", () => {
  expect(WebAssembly.Module.imports(new WebAssembly.Module(PLAIN))).toEqual([
    { module: "env", name: "base", kind: "function" },
  ]);
});

test("the engine's own errors are what the program sees", async () => {
  await expect(WebAssembly.compile(Uint8Array.of(1, 2, 3))).rejects.toThrow(WebAssembly.CompileError);
  await expect(WebAssembly.instantiate(PLAIN, {})).rejects.toThrow(TypeError);
  await expect(WebAssembly.instantiate(PLAIN, 5 as never)).rejects.toThrow(TypeError);
  await expect(WebAssembly.compile("text" as never)).rejects.toThrow(TypeError);
  await expect(WebAssembly.compileStreaming(response("text/html"))).rejects.toThrow(TypeError);
  await expect(WebAssembly.compileStreaming(response("application/wasm", 404))).rejects.toThrow(TypeError);
  expect(() => new WebAssembly.Module(Uint8Array.of(0))).toThrow(WebAssembly.CompileError);
});

test("bytes that the program changes after the call do not matter", async () => {
  const bytes = PURE.slice();
  const compiled = WebAssembly.compile(bytes);
  bytes.fill(0);
  await expect(compiled).resolves.toBeInstanceOf(WebAssembly.Module);
});

test("after dispose nothing is transformed", async () => {
  loader?.[Symbol.dispose]();
  await WebAssembly.compile(PURE);
  new WebAssembly.Module(PURE);
  expect(transformed).toBe(0);
});

describe("what the program waits for by a promise", () => {
  /** Contents that are transformed, and what lets them be done. */
  let waiting: (() => void)[] = [];
  let repeated = 0;

  beforeEach(() => {
    loader?.[Symbol.dispose]();
    [waiting, repeated] = [[], 0];
    loader = installLoader({
      imports: kcov.imports,
      transform: (binary) => {
        transformed++;
        return WebAssembly.validate(binary) ? instrument(binary).binary : binary;
      },
      transformLater: async (binary) => {
        await new Promise<void>((resume) => waiting.push(resume));
        return WebAssembly.validate(binary) ? instrument(binary).binary : binary;
      },
      repeated: () => repeated++,
    });
  });

  const begun = async (count: number): Promise<void> => {
    while (waiting.length < count) await new Promise((resume) => setImmediate(resume));
  };
  const finish = async (): Promise<void> => {
    await begun(1);
    for (const resume of waiting) resume();
  };

  test.each<[string, () => Promise<WebAssembly.Instance>]>([
    ["compile", async () => new WebAssembly.Instance(await WebAssembly.compile(PLAIN), { env })],
    ["instantiate", async () => (await WebAssembly.instantiate(PLAIN, { env })).instance],
    ["compileStreaming", async () => new WebAssembly.Instance(await WebAssembly.compileStreaming(response()), { env })],
    ["instantiateStreaming", async () => (await WebAssembly.instantiateStreaming(response(), { env })).instance],
  ])("%s: is instrumented without waiting", async (_, load) => {
    const loading = load();
    await finish();
    const { exports } = await loading;
    const { pcs, result } = kcov.trace(() => (exports as Run).run());
    expect([result, pcs.length, transformed]).toEqual([42, 1, 0]);
  });

  test("the engine's own errors are what the program sees", async () => {
    const broken = PURE.slice(0, -2);
    const compiled = expect(WebAssembly.compile(broken)).rejects.toThrow(WebAssembly.CompileError);
    const linked = expect(WebAssembly.instantiate(PLAIN, {})).rejects.toThrow(TypeError);
    const given = expect(WebAssembly.instantiate(PURE, 5 as never)).rejects.toThrow(TypeError);
    await begun(3);
    await finish();
    await Promise.all([compiled, linked, given]);
    await expect(WebAssembly.compile("text" as never)).rejects.toThrow(TypeError);
  });

  test("bytes that the program changes after the call do not matter, nor do they for what stays as it is", async () => {
    for (const original of [PURE, Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0)]) {
      const bytes = original.slice();
      const compiled = WebAssembly.compile(bytes);
      bytes.fill(0);
      await finish();
      waiting = [];
      await expect(compiled).resolves.toBeInstanceOf(WebAssembly.Module);
    }
  });

  test("a content that is being transformed is not transformed twice", async () => {
    const all = Promise.all([WebAssembly.compile(PURE), WebAssembly.compile(PURE.slice())]);
    await finish();
    await all;
    await WebAssembly.compile(PURE);
    expect([waiting.length, repeated, transformed]).toEqual([1, 2, 0]);
  });

  test("one that is asked for at once meanwhile is the same then", async () => {
    const later = WebAssembly.instantiate(PURE);
    const now = new WebAssembly.Instance(new WebAssembly.Module(PURE));
    await finish();
    const { instance } = await later;
    const pcs = [now, instance].map(({ exports }) => kcov.trace(() => (exports as Run).run()).pcs);
    expect(pcs[0]).toHaveLength(1);
    expect(pcs[1]).toEqual(pcs[0]);
    expect(transformed).toBe(1);
  });
});
