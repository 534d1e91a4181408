/** Modules that a compiler has instrumented: its hooks are adopted, in code that imitates what compilers write. */

import { describe, expect, it } from "vitest";
import {
  deriveCounts,
  hasMultiMemory,
  instrument,
  originalFunction,
  type PcSite,
} from "../../../src/instrument/index.ts";
import { OP } from "../../../src/instrument/wasm/operators.ts";
import { createBench } from "../../support/instrumented.ts";
import { wat } from "../../support/wat.ts";

type Run = (...values: unknown[]) => unknown;

const LINKS = hasMultiMemory() ? (["fused", "import"] as const) : (["import"] as const);

/** Guards at 64, 68 and 72; a function of the module's own comes between the imports. */
const GUARDED = wat(`(module
  (import "env" "__sanitizer_cov_trace_pc_guard" (func $guard (param i32)))
  (import "host" "call" (func $host (param i32)))
  (import "env" "__sanitizer_cov_trace_pc_guard_init" (func $init (param i32 i32)))
  (import "env" "__sanitizer_cov_trace_const_cmp4" (func $cmp (param i32 i32)))
  (memory (export "memory") 1)
  (func $start (call $init (i32.const 64) (i32.const 76)) (call $init (i32.const 64) (i32.const 76)))
  (func (export "run") (param i32) (result i32)
    (call $guard (i32.const 64))
    (call $cmp (i32.const 7) (local.get 0))
    (if (i32.eq (local.get 0) (i32.const 7))
      (then (call $guard (i32.const 68)) (call $host (i32.const 1)))
      (else (call $guard (i32.const 72))))
    (local.get 0))
  (func (export "plain") (param i32) (result i32)
    (if (result i32) (i32.lt_s (local.get 0) (i32.const 3)) (then (i32.const 1)) (else (i32.const 2))))
  (start $start))`);

function instantiate(binary: Uint8Array<ArrayBuffer>, imports: WebAssembly.Imports): Record<string, Run> {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(binary), imports);
  return exports as unknown as Record<string, Run>;
}

function importsOf(binary: Uint8Array<ArrayBuffer>): string[] {
  return WebAssembly.Module.imports(new WebAssembly.Module(binary))
    .filter(({ module }) => module !== "kcov")
    .map(({ module, name }) => `${module}.${name}`);
}

/** Offsets of the calls of a function, in the order of the binary. */
function callsOf(bytes: Uint8Array, func: number): bigint[] {
  const offsets: bigint[] = [];
  bytes.forEach((byte, k) => {
    if (byte === OP.call && bytes[k + 1] === func && k > bytes.length / 3) offsets.push(BigInt(k));
  });
  return offsets;
}

function offsetsOf(sites: readonly PcSite[], kind: string): bigint[] {
  return sites.filter((site) => site.kind === kind).map(({ pc }) => pc);
}

describe.each(LINKS)("in the %s link", (link) => {
  it("calls of guards are the sites of a function that has some, and of no other", () => {
    const { binary, pcTable, adopted } = instrument(GUARDED, { link });
    const guards = callsOf(GUARDED, 0);
    expect(offsetsOf(pcTable.sites, "adopted")).toEqual(guards);
    expect(new Set(pcTable.sites.filter(({ function: func }) => func === 5).map(({ kind }) => kind))).toEqual(
      new Set(["adopted"]),
    );
    expect(pcTable.sites.filter(({ function: func }) => func === 6).map(({ kind }) => kind)).toContain("then");
    expect(importsOf(binary)).toEqual(["host.call"]);
    expect(adopted).toContainEqual({ name: "__sanitizer_cov_trace_pc_guard", calls: 3, sites: 3 });
    expect(adopted).toContainEqual({ name: "__sanitizer_cov_trace_const_cmp4", calls: 1, sites: 0 });
    const bench = createBench();
    const { run } = instantiate(binary, { ...bench.imports, host: { call: () => {} } });
    expect(bench.tracePcs(() => run?.(7))).toEqual([guards[0], guards[1]]);
    expect(bench.tracePcs(() => run?.(8))).toEqual([guards[0], guards[2]]);
  });

  it("guards are numbered from 1, once", () => {
    const { binary } = instrument(GUARDED, { link });
    const { memory } = instantiate(binary, { ...createBench().imports, host: { call: () => {} } });
    const { buffer } = memory as unknown as WebAssembly.Memory;
    expect([...new Uint32Array(buffer, 60, 5)]).toEqual([0, 1, 2, 3, 0]);
  });

  it("comparisons are those of the compiler in functions that have some", () => {
    const { binary, pcTable } = instrument(GUARDED, { link, trace: ["cmp"] });
    const [call] = callsOf(GUARDED, 3);
    expect(pcTable.sites.filter(({ function: func }) => func === 5).map(({ pc }) => pc)).toEqual([call]);
    const bench = createBench();
    const { run, plain } = instantiate(binary, { ...bench.imports, host: { call: () => {} } });
    expect(bench.traceComparisons(() => run?.(9))).toEqual([{ type: 5n, arg1: 7n, arg2: 9n, pc: call }]);
    expect(bench.traceComparisons(() => plain?.(9))).toHaveLength(1);
  });

  it("functions that are left out lose their calls, too", () => {
    const { binary, pcTable } = instrument(GUARDED, { link, functions: { include: ["plain"] } });
    expect(importsOf(binary)).toEqual(["host.call"]);
    expect(new Set(pcTable.sites.map(({ function: func }) => func))).toEqual(new Set([6]));
    const { run } = instantiate(binary, { ...createBench().imports, host: { call: () => {} } });
    expect(run?.(7)).toBe(7);
  });

  it("the table tells which function is which", () => {
    const { binary, pcTable } = instrument(GUARDED, { link, trace: ["pc", "cmp"] });
    expect(pcTable.removedFunctions).toEqual([0, 2, 3]);
    const added = WebAssembly.Module.imports(new WebAssembly.Module(binary)).filter(
      ({ module, kind }) => module === "kcov" && kind === "function",
    ).length;
    const exported = instantiate(binary, { ...createBench().imports, host: { call: () => {} } });
    const index = Number((exported.run as unknown as { name: string }).name);
    expect(originalFunction(index, pcTable)).toBe(5);
    expect(originalFunction(0, pcTable)).toBe(1);
    for (let k = 1; k <= added; k++) expect(originalFunction(k, pcTable)).toBeUndefined();
  });

  it("counters count the compiler's sites", () => {
    const { pcTable } = instrument(GUARDED, { link, trace: ["counters"] });
    expect(offsetsOf(pcTable.sites, "adopted")).toEqual(callsOf(GUARDED, 0));
  });
});

it("what coverage counts is complete, and counts nothing twice", () => {
  const { pcTable, binary, adopted } = instrument(GUARDED, {
    trace: ["counters"],
    counters: "64bit",
    counterStorage: "globals",
    link: "import",
  });
  const globals = WebAssembly.Module.imports(new WebAssembly.Module(binary)).filter(({ kind }) => kind === "global");
  const imports = Object.fromEntries(
    globals.map(({ name }) => [name, new WebAssembly.Global({ value: "i64", mutable: true }, 0n)]),
  );
  const { run } = instantiate(binary, { kcov: imports, host: { call: () => {} } });
  for (const value of [7, 8, 8, 9]) run?.(value);
  const counters = BigUint64Array.from(globals, ({ name }) => (imports[name] as WebAssembly.Global<"i64">).value);
  const counts = deriveCounts(pcTable, counters);
  const countOf = (kind: string): bigint[] =>
    pcTable.sites.flatMap((site, k) => (site.function === 5 && site.kind === kind ? [counts[k] ?? -1n] : []));
  expect(countOf("adopted")).toEqual([4n, 1n, 3n]);
  expect([countOf("entry"), countOf("then"), countOf("else")]).toEqual([[4n], [1n], [3n]]);
  expect(adopted).toContainEqual({ name: "__sanitizer_cov_trace_pc_guard", calls: 3, sites: 3 });
  const hooked = pcTable.sites.filter((site) => site.function === 5 && !site.impliedBy);
  expect(hooked.length).toBeLessThan(4);
});

describe("hooks in the module itself", () => {
  const text = (exported: string): string => `(module
    (memory (export "memory") 1)
    (func $__sanitizer_cov_trace_pc_guard ${exported} (param i32)
      (i32.store (i32.const 0) (i32.add (i32.load (i32.const 0)) (i32.const 1))))
    (func $__sanitizer_cov_trace_pc_guard_init (param i32 i32) (i32.store (i32.const 4) (i32.const 5)))
    (func (export "init") (call $__sanitizer_cov_trace_pc_guard_init (i32.const 64) (i32.const 68)))
    (func (export "run") (call $__sanitizer_cov_trace_pc_guard (i32.const 64))))`;

  it.each([
    ["by the name section", wat(text(""), true)],
    ["by an export", wat(text('(export "__sanitizer_cov_trace_pc_guard")'))],
  ])("are found %s", (_, bytes) => {
    const { binary, pcTable } = instrument(bytes);
    const run = callsOf(bytes, 0);
    expect(offsetsOf(pcTable.sites, "adopted")).toEqual(run);
    expect(pcTable.sites.filter(({ function: func }) => func === 0)).toEqual([]);
    const bench = createBench();
    const exports = instantiate(binary, bench.imports);
    expect(bench.tracePcs(() => exports.run?.())).toEqual(run);
    exports.init?.();
    expect([...new Uint32Array((exports.memory as unknown as WebAssembly.Memory).buffer, 0, 2)]).toEqual([0, 5]);
  });

  it("are something else with other parameters", () => {
    const { adopted, pcTable } = instrument(
      wat(`(module (func $f (export "__sanitizer_cov_trace_pc") (param i64))
        (func (export "run") (call $f (i64.const 1))))`),
    );
    expect(adopted).toEqual([]);
    expect(pcTable.sites.map(({ kind }) => kind)).toEqual(["entry", "entry"]);
  });
});

describe("inline counters", () => {
  const step = (address: string, offset = 0): string =>
    `(i32.store8 offset=${offset} ${address} (i32.add (i32.load8_u offset=${offset} ${address}) (i32.const 1)))`;
  const bytes = wat(`(module
    (import "env" "__sanitizer_cov_8bit_counters_init" (func $init (param i32 i32)))
    (import "env" "__sanitizer_cov_pcs_init" (func $pcs (param i32 i32)))
    (memory (export "memory") 1)
    (func $start (local i32)
      (local.set 0 (i32.const 1000))
      (call $init (local.get 0) (i32.add (local.get 0) (i32.const 2)))
      (call $pcs (i32.const 2000) (i32.const 2016)))
    (func (export "run") (param i32) (local i32)
      ${step("(i32.const 0)", 1000)}
      (local.set 1 (i32.add (i32.const 1000) (i32.const 1)))
      (if (local.get 0) (then ${step("(local.get 1)")}))
      ${step("(i32.const 1002)")} ${step("(local.get 0)")})
    (start $start))`);

  it("are sites by the loads of those in the range", () => {
    const { binary, pcTable, adopted } = instrument(bytes);
    const run = pcTable.sites.filter(({ function: func }) => func === 3);
    expect(run.map(({ kind }) => kind)).toEqual(["adopted", "adopted"]);
    for (const { pc } of run) expect(bytes[Number(pc)]).toBe(OP.i32_load8_u);
    expect(adopted).toContainEqual({ name: "inline counters", calls: 2, sites: 2 });
    expect(importsOf(binary)).toEqual([]);
    const bench = createBench();
    const exports = instantiate(binary, bench.imports);
    expect(bench.tracePcs(() => exports.run?.(0))).toEqual([run[0]?.pc]);
    expect(bench.tracePcs(() => exports.run?.(1))).toEqual(run.map(({ pc }) => pc));
    const { buffer } = exports.memory as unknown as WebAssembly.Memory;
    expect([...new Uint8Array(buffer, 1000, 3)]).toEqual([2, 1, 2]);
  });

  it("are no accesses of the program", () => {
    const { pcTable } = instrument(bytes, { trace: ["loads", "stores"] });
    const run = pcTable.sites.filter(({ function: func }) => func === 3);
    expect(run.map(({ kind }) => kind).sort()).toEqual(["load", "load", "store", "store"]);
  });
});

describe("all that is around a call of a hook", () => {
  const bytes = wat(`(module
    (type $callback (func (param i32)))
    (import "other" "__sanitizer_cov_trace_pc" (func $pc))
    (import "other" "__sanitizer_cov_trace_cmp8" (func $cmp (param i64 i64)))
    (import "other" "__sanitizer_cov_trace_gep" (func $gep (param i32)))
    (import "other" "__sanitizer_cov_trace_switch" (func $switch (param i64 i32)))
    (import "host" "log" (func $log (param i32) (result i32)))
    (memory 1)
    (table (export "table") 1 funcref)
    (elem (i32.const 0) $gep)
    (data (i32.const 16) "\\02\\00\\00\\00\\00\\00\\00\\00\\20\\00\\00\\00\\00\\00\\00\\00\\05\\00\\00\\00\\00\\00\\00\\00\\ff\\ff\\ff\\ff\\00\\00\\00\\00")
    (func (export "operands") (call $gep (call $log (i32.const 1)))
      (call $cmp (i64.extend_i32_s (call $log (i32.const 2))) (i64.extend_i32_s (call $log (i32.const 3))))
      (call $gep (if (result i32) (call $log (i32.const 4)) (then (call $pc) (i32.const 5)) (else (i32.const 6)))))
    (func (export "tail") (return_call $pc))
    (func (export "dead") (call $pc) (return) (call $pc) (call $cmp (i64.const 1) (i64.const 2)))
    (func (export "switch") (call $switch (i64.const 6) (i32.const 16)) (call $switch (i64.const 6) (i32.const 0x10000)))
    (func (export "call") (call_indirect (type $callback) (i32.const 3) (i32.const 0))))`);
  const logged: number[] = [];
  const host = {
    log: (value: number) => {
      logged.push(value);
      return value;
    },
  };

  it.each(LINKS)("stays as it was, %s", (link) => {
    const { binary, leftOut, inexact } = instrument(bytes, { link, trace: ["pc", "cmp", "switch"] });
    expect([leftOut, inexact, importsOf(binary)]).toEqual([[], [], ["host.log"]]);
    const bench = createBench();
    const { operands, tail, dead, call, switch: choose } = instantiate(binary, { ...bench.imports, host });
    logged.length = 0;
    expect(bench.traceComparisons(() => operands?.())).toMatchObject([{ type: 6n, arg1: 2n, arg2: 3n }]);
    expect(logged).toEqual([1, 2, 3, 4]);
    expect(bench.tracePcs(() => operands?.())).toHaveLength(1);
    expect(bench.tracePcs(() => tail?.())).toHaveLength(1);
    expect(bench.tracePcs(() => dead?.())).toHaveLength(1);
    expect(bench.traceComparisons(() => choose?.())).toMatchObject([
      { type: 5n, arg1: 5n, arg2: 6n },
      { type: 5n, arg1: 0xffff_ffffn, arg2: 6n },
    ]);
    expect(() => call?.()).not.toThrow();
  });
});
