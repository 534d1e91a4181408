/** Names change nothing: whatever imports, exports and functions are called, sites, PCs and runs are those of plain names. */

import { describe, expect, it } from "vitest";
import { hasMultiMemory, instrument, type LinkMode } from "../../../src/instrument/index.ts";
import { createBench } from "../../support/instrumented.ts";
import { wat } from "../../support/wat.ts";

/** Names of one length, so that offsets are the same: in the escapes of the text format, and as they are. */
const NAMES: readonly (readonly [what: string, escaped: string, name: string])[] = [
  ["NUL", "a\\00bc", "a\0bc"],
  ["NULs alone", "\\00\\00\\00\\00", "\0\0\0\0"],
  ["quotes", "\\22\\27\\22\\5c", '"\'"\\'],
  ["not ASCII", "\\f0\\9f\\a6\\80", "🦀"],
  ["escapes", "\\1b[0m", "\x1b[0m"],
  ["the hooks' module", "kcov", "kcov"],
  ["Binaryen's kind", "fimp", "fimp"],
];

/** @param name in the place of every name of an import's module and field, and of exports */
function moduleWith(name: string): Uint8Array<ArrayBuffer> {
  return wat(`(module
    (import "${name}" "${name}" (func $i (param i32)))
    (import "${name}" "${name}" (memory 1))
    (import "${name}" "${name}" (func $j (param i32)))
    (import "${name}" "${name}" (global $g (mut i32)))
    (import "${name}" "${name}" (table 4 funcref))
    (import "${name}" "${name}" (tag (param i32)))
    (func $first (export "${name}1") (param i32) (if (local.get 0) (then (call $i (i32.const 1))) (else (call $j (i32.const 2)))))
    (func $last (export "${name}2") (export "${name}3") (param i32)
      (global.set $g (i32.add (global.get $g) (i32.eqz (local.get 0))))
      (i32.store (i32.const 8) (local.get 0))
      (call $first (i32.load (i32.const 8)))))`);
}

interface Run {
  offsets: readonly (readonly [string, number, number])[];
  pcs: readonly bigint[];
  calls: readonly number[];
}

/** Instruments and runs every function with 0 and 1. */
function run(binary: Uint8Array<ArrayBuffer>, link: LinkMode, name: string): Run {
  const result = instrument(binary, { link });
  const bench = createBench();
  const calls: number[] = [];
  const values: Record<string, WebAssembly.ImportValue> = {
    function: (value: number) => calls.push(value),
    memory: new WebAssembly.Memory({ initial: 1 }),
    global: new WebAssembly.Global({ value: "i32", mutable: true }, 0),
    table: new WebAssembly.Table({ initial: 4, element: "anyfunc" }),
    tag: new (WebAssembly as unknown as { Tag: new (type: object) => object }).Tag({ parameters: ["i32"] }) as never,
  };
  // One name for values of five kinds: each is asked for in the order of the imports.
  const order = WebAssembly.Module.imports(new WebAssembly.Module(binary)).map(({ kind }) => values[kind] ?? 0);
  const own = new Proxy({}, { get: () => order.shift() });
  const field = new Proxy(bench.imports.kcov, {
    get: (kcov, key) => (typeof key === "string" && Object.hasOwn(kcov, key) ? kcov[key] : order.shift()),
  });
  const module = new WebAssembly.Module(result.binary);
  const { exports } = new WebAssembly.Instance(module, { [name]: own as never, kcov: field as never });
  const pcs = bench.tracePcs(() => {
    for (const each of Object.values(exports)) {
      (each as (value: number) => void)(0);
      (each as (value: number) => void)(1);
    }
  });
  const offsets = result.pcTable.sites.map((site) => [site.kind, site.function, Number(site.pc)] as const);
  return { offsets, pcs, calls };
}

describe.each(hasMultiMemory() ? (["import", "fused"] as const) : (["import"] as const))("%s", (link) => {
  const plain = run(moduleWith("aaaa"), link, "aaaa");

  it("runs what is to be compared", () => {
    expect(new Set(plain.offsets.map(([, index]) => index))).toEqual(new Set([2, 3]));
    expect(plain.pcs.length).toBeGreaterThan(6);
    expect(plain.calls).toEqual([2, 1, 2, 1, 2, 1]);
  });

  it.each(NAMES)("imports and exports: %s", (_what, escaped, name) => {
    expect(run(moduleWith(escaped), link, name)).toEqual(plain);
  });

  it('imports: ""', () => {
    const { offsets, pcs, calls } = run(moduleWith(""), link, "");
    expect(offsets.map(([kind, index]) => [kind, index])).toEqual(plain.offsets.map(([kind, index]) => [kind, index]));
    expect(pcs).toHaveLength(plain.pcs.length);
    expect(calls).toEqual(plain.calls);
  });
});
