/** What a program can see of a loader: nothing that it would not see without. */

import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { installLoader, Kcov, type Loader } from "../../../src/index.ts";
import { hasMultiMemory, instrument } from "../../../src/instrument/index.ts";
import { wat } from "../../support/wat.ts";

/** (import … (memory …)), (import … (func …)), (import … (global …)), (import … (func …)): Binaryen would sort them. */
const IMPORTS = moduleOf(
  [1, 2, ...[0x60, 0, 1, 0x7f], ...[0x60, 0, 0]],
  [2, 4, ...text("a"), ...text("memory"), 2, 0, 1, ...text("b"), ...text("f"), 0, 0].concat(
    [...text("c"), ...text("g"), 3, 0x7f, 0],
    [...text("a"), ...text("h"), 0, 1],
  ),
  [3, 1, 0],
  [7, 1, ...text("run"), 0, 2],
  [10, 1, 4, 0, 0x10, 0, 0x0b],
);
const PURE = wat(`(module (memory (export "memory") 1) (func (export "run") (result i32) (i32.const 7)))`);
const BAD = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 5, 4, 1, 0x7f, 1, 1);
const OWN_KCOV = wat(
  `(module (import "kcov" "answer" (func $f (result i32))) (func (export "run") (result i32) (call $f)))`,
);

function text(name: string): number[] {
  return [name.length, ...new TextEncoder().encode(name)];
}

/** @param sections id and contents of each */
function moduleOf(...sections: readonly (readonly number[])[]): Uint8Array<ArrayBuffer> {
  const bytes = sections.flatMap(([id = 0, ...contents]) => [id, contents.length, ...contents]);
  return Uint8Array.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, ...bytes]);
}

let loader: Loader | undefined;
let kcov: Kcov;
let calls: string[] = [];

beforeEach(async () => {
  kcov = await Kcov.create();
  calls = [];
});
afterEach(() => loader?.[Symbol.dispose]());

/** What this engine can run. */
const LINKS = hasMultiMemory() ? (["fused", "import"] as const) : (["import"] as const);

function install(link: "fused" | "import" = "import"): void {
  const transform = (binary: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> => {
    calls.push("transform");
    try {
      return instrument(binary, { link }).binary;
    } catch {
      return binary;
    }
  };
  loader = installLoader({ imports: kcov.imports, transform, repeated: () => calls.push("repeated") });
}

/** The same thing without a loader and with one. */
async function bothWays<T>(make: () => T): Promise<{ without: Awaited<T>; under: Awaited<T> }> {
  const without = await make();
  install();
  return { without, under: await make() };
}

const imports = (): WebAssembly.Imports => ({
  a: { memory: new WebAssembly.Memory({ initial: 1 }), h: () => {} },
  b: { f: () => 42 },
  c: { g: 1 },
});

const messageOf = async (run: () => unknown): Promise<string> => {
  try {
    await run();
    return "nothing was thrown";
  } catch (error) {
    return `${(error as Error).constructor.name} ${error}`;
  }
};

/** Whether it was thrown, or came as a rejection. */
const howItFails = (run: () => unknown): string => {
  try {
    (run() as Promise<unknown>).catch(() => {});
    return "rejected";
  } catch {
    return "thrown";
  }
};

test("the namespace: keys, attributes, names, lengths", async () => {
  const { without, under } = await bothWays(() =>
    Object.entries(Object.getOwnPropertyDescriptors(WebAssembly)).map(([name, { value, ...attributes }]) => [
      name,
      attributes,
      (value as { name?: string; length?: number } | undefined)?.name,
      (value as { name?: string; length?: number } | undefined)?.length,
    ]),
  );
  expect(under).toEqual(without);
  expect(Object.keys(WebAssembly)).toContain("instantiate");
});

test("constructors", async () => {
  install();
  const module = new WebAssembly.Module(PURE);
  const instance = await WebAssembly.instantiate(module);
  expect(module.constructor).toBe(WebAssembly.Module);
  expect(instance.constructor).toBe(WebAssembly.Instance);
  expect(Object.getPrototypeOf(instance)).toBe(WebAssembly.Instance.prototype);
  class Sub extends WebAssembly.Module {
    readonly mine = 1;
  }
  const sub = new Sub(PURE);
  expect([sub instanceof Sub, sub instanceof WebAssembly.Module, sub.mine]).toEqual([true, true, 1]);
  expect(new WebAssembly.Instance(sub).exports.memory).toBeInstanceOf(WebAssembly.Memory);
});

test("everything is put back", () => {
  const values = (): unknown[] => {
    const { compile, instantiate, compileStreaming, instantiateStreaming, Module, Instance } = WebAssembly;
    const all = [compile, instantiate, compileStreaming, instantiateStreaming, Module, Instance, Module.imports];
    return [...all, Module.prototype.constructor, Instance.prototype.constructor];
  };
  const before = values();
  install();
  expect(values().filter((value, k) => value === before[k])).toEqual([]);
  loader?.[Symbol.dispose]();
  expect(values().filter((value, k) => value !== before[k])).toEqual([]);
});

describe("errors are those of the original", () => {
  test.each<[string, () => unknown]>([
    ["compile, no module", () => WebAssembly.compile(Uint8Array.of(1, 2, 3, 4))],
    ["compile, refused", () => WebAssembly.compile(BAD)],
    ["compile, text", () => WebAssembly.compile("text" as never)],
    ["instantiate, no module", () => WebAssembly.instantiate(Uint8Array.of(1, 2, 3, 4), {})],
    ["instantiate, nothing", () => WebAssembly.instantiate(undefined as never)],
    ["instantiate, no imports", () => WebAssembly.instantiate(IMPORTS)],
    ["instantiate, a number for imports", () => WebAssembly.instantiate(IMPORTS, 5 as never)],
    ["instantiate, null for imports", () => WebAssembly.instantiate(PURE, null as never)],
    ["instantiate, a module that is missing", () => WebAssembly.instantiate(IMPORTS, { ...imports(), c: 1 } as never)],
    ["instantiate, the second import is no function", () => WebAssembly.instantiate(IMPORTS, { ...imports(), b: {} })],
    [
      "instantiate, the third is no global",
      () => WebAssembly.instantiate(IMPORTS, { ...imports(), c: { g: "x" as never } }),
    ],
    ["instantiate, several are wrong", () => WebAssembly.instantiate(IMPORTS, { a: imports().a ?? {}, b: {}, c: {} })],
    ["Module, refused", () => new WebAssembly.Module(BAD)],
    ["Module, without new", () => (WebAssembly.Module as unknown as () => void)()],
    ["Instance, the first import", () => new WebAssembly.Instance(new WebAssembly.Module(IMPORTS), { a: {} })],
    ["Instance, no imports", () => new WebAssembly.Instance(new WebAssembly.Module(IMPORTS))],
    ["Instance, no module", () => new WebAssembly.Instance({} as never)],
    ["new compile", () => new (WebAssembly.compile as never as new () => unknown)()],
    ["streaming, no response", () => WebAssembly.compileStreaming({} as never)],
    ["streaming, another type", () => WebAssembly.compileStreaming(new Response("x"))],
    [
      "streaming, a bad status",
      () =>
        WebAssembly.instantiateStreaming(
          new Response("x", { status: 404, headers: { "content-type": "application/wasm" } }),
        ),
    ],
    [
      "streaming, refused",
      () => WebAssembly.compileStreaming(new Response(BAD, { headers: { "content-type": "application/wasm" } })),
    ],
    ["Module.imports of no module", () => WebAssembly.Module.imports({} as never)],
  ])("%s", async (_name, run) => {
    const { without, under } = await bothWays(async () => [await messageOf(run), howItFails(run)]);
    expect(without[0]).not.toBe("nothing was thrown");
    expect(under).toEqual(without);
  });
});

test("what Module says of a module, in its order", async () => {
  const { without, under } = await bothWays(() => {
    const module = new WebAssembly.Module(IMPORTS);
    const { Module } = WebAssembly;
    return [Module.imports(module), Module.exports(module), Module.customSections(module, "name").length];
  });
  expect(under).toEqual(without);
  expect(calls).toContain("transform");
});

test.each(LINKS)("the order of imports in the instrumented module itself, %s", (link) => {
  const names = (binary: Uint8Array<ArrayBuffer>): string[] =>
    WebAssembly.Module.imports(new WebAssembly.Module(binary)).map(({ name }) => name);
  expect(names(instrument(IMPORTS, { link }).binary).slice(0, 4)).toEqual(names(IMPORTS));
});

describe("import objects", () => {
  /** An object that tells what is read of it, with private members. */
  class Told {
    readonly #values: object;
    readonly #log: string[];
    readonly #path: string;

    constructor(values: object, log: string[], path = "") {
      this.#values = values;
      this.#log = log;
      this.#path = path;
      for (const name of Object.keys(values)) {
        Object.defineProperty(this, name, { get: () => this.read(name), enumerable: true });
      }
    }

    read(name: string): unknown {
      this.#log.push(this.#path + name);
      const value = (this.#values as Record<string, unknown>)[name];
      return value?.constructor === Object ? new Told(value, this.#log, `${name}.`) : value;
    }
  }

  test("getters and private members: the same reads, in the same order", async () => {
    const { without, under } = await bothWays(async () => {
      const log: string[] = [];
      await WebAssembly.instantiate(IMPORTS, new Told(imports(), log) as never);
      return log;
    });
    expect(without).toHaveLength(8);
    expect(under).toEqual(without);
  });

  test("a getter that needs its own object", async () => {
    class Environment {
      readonly #f = (): number => 42;
      get f(): () => number {
        return this.#f;
      }
    }
    install();
    const { instance } = await WebAssembly.instantiate(IMPORTS, { ...imports(), b: new Environment() as never });
    expect((instance.exports as { run(): number }).run()).toBe(42);
  });

  test("a frozen one, and a proxy", async () => {
    install();
    const frozen = Object.freeze({ ...imports(), kcov: Object.freeze({}) });
    await WebAssembly.instantiate(IMPORTS, frozen);
    const traps: string[] = [];
    const target = imports();
    const proxy = new Proxy(target, {
      get: (_, name) => {
        traps.push(String(name));
        return target[name as string];
      },
    });
    await WebAssembly.instantiate(IMPORTS, proxy);
    expect(traps).toEqual(["a", "b", "c", "a"]);
  });

  test("a module with imports of its own from a module called kcov", async () => {
    install();
    const { instance } = await WebAssembly.instantiate(OWN_KCOV, { kcov: { answer: () => 6 } });
    expect(kcov.trace(() => (instance.exports as { run(): number }).run())).toMatchObject({ result: 6 });
    expect(kcov.trace(() => (instance.exports as { run(): number }).run()).pcs).toHaveLength(1);
    expect(WebAssembly.Module.imports(new WebAssembly.Module(OWN_KCOV))).toEqual([
      { module: "kcov", name: "answer", kind: "function" },
    ]);
  });
});

describe("a program with a device of its own", () => {
  const run = ({ exports }: WebAssembly.Instance): unknown => (exports as { run(): number }).run();

  test.each(LINKS)("modules that it has instrumented are its own, %s", async (link) => {
    install();
    const own = await Kcov.create();
    const { binary } = instrument(PURE, { link });
    const { instance } = await WebAssembly.instantiate(binary, own.imports as never);
    const other = new WebAssembly.Instance(new WebAssembly.Module(binary), own.imports as never);
    for (const each of [instance, other]) {
      expect(own.trace(() => run(each)).pcs).toHaveLength(1);
      expect(kcov.trace(() => run(each)).pcs).toHaveLength(0);
    }
    expect(calls).toEqual([]);
  });

  test("the hooks of another copy of this library", () => {
    install();
    const hooks = wat(`(module (import "kcov" "mode" (global $mode (mut i32)))
      (func (export "run") (result i32) (global.get $mode)))`);
    const mode = new WebAssembly.Global({ value: "i32", mutable: true }, 77);
    expect(run(new WebAssembly.Instance(new WebAssembly.Module(hooks), { kcov: { mode } }))).toBe(77);
    expect(calls).toEqual([]);
  });
});

describe("programs that change the language", () => {
  const saved: [object, PropertyKey, PropertyDescriptor | undefined][] = [];
  const change = (object: object, name: PropertyKey, value: unknown): void => {
    saved.push([object, name, Object.getOwnPropertyDescriptor(object, name)]);
    Object.defineProperty(object, name, { value, writable: true, configurable: true });
  };
  afterEach(() => {
    for (const [object, name, before] of saved.splice(0).reverse()) {
      if (before) Object.defineProperty(object, name, before);
      else delete (object as Record<PropertyKey, unknown>)[name];
    }
  });

  test.each<[string, () => void]>([
    ["Error.prepareStackTrace", () => change(Error, "prepareStackTrace", () => [])],
    ["Error.stackTraceLimit", () => change(Error, "stackTraceLimit", 0)],
    ["Object.prototype.get", () => change(Object.prototype, "get", () => 1)],
    ["Reflect.get", () => change(Reflect, "get", () => undefined)],
    ["Reflect.apply", () => change(Reflect, "apply", () => undefined)],
    ["Promise.prototype.then", () => change(Promise.prototype, "then", () => undefined)],
    ["WeakMap.prototype.get", () => change(WeakMap.prototype, "get", () => undefined)],
    ["Array.prototype.filter", () => change(Array.prototype, "filter", () => [])],
  ])("%s", async (_name, spoil) => {
    install();
    const later = Promise.prototype.then;
    new WebAssembly.Module(PURE);
    spoil();
    const module = new WebAssembly.Module(IMPORTS);
    const instance = new WebAssembly.Instance(module, imports());
    const compiled = WebAssembly.compile(IMPORTS);
    const names = WebAssembly.Module.imports(module).length;
    for (const [object, name, before] of saved.splice(0).reverse()) {
      if (before) Object.defineProperty(object, name, before);
      else delete (object as Record<PropertyKey, unknown>)[name];
    }
    expect(names).toBe(4);
    expect((instance.exports as { run(): number }).run()).toBe(42);
    await new Promise((resolve) => later.call(compiled, resolve));
  });
});

test("a content is transformed once", async () => {
  install();
  for (let round = 0; round < 5; round++) await WebAssembly.compile(PURE.slice());
  await WebAssembly.instantiate(PURE);
  new WebAssembly.Module(IMPORTS);
  expect(calls).toEqual(["transform", "repeated", "repeated", "repeated", "repeated", "repeated", "transform"]);
});

test("a second loader is put on top of the first, and taken away again", async () => {
  install();
  const seen: number[] = [];
  const second = installLoader({
    imports: kcov.imports,
    transform(binary) {
      seen.push(binary.length);
      return binary;
    },
  });
  const { instance } = await WebAssembly.instantiate(PURE);
  expect(kcov.trace(() => (instance.exports as { run(): number }).run()).pcs).toHaveLength(1);
  expect(seen).toEqual([PURE.length]);
  await Kcov.create();
  expect(seen).toHaveLength(1);
  second[Symbol.dispose]();
  await WebAssembly.compile(PURE);
  expect(seen).toHaveLength(1);
});
