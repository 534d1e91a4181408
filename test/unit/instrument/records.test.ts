/** What the hooks of instrumented code record, in both link modes. */

import { setFlagsFromString } from "node:v8";
import { describe, expect, it } from "vitest";
import { STATE_EXPORTS } from "../../../src/abi/hooks.ts";
import { hasMultiMemory, instrument, type LinkMode, type TraceKind } from "../../../src/instrument/index.ts";
import { createBench } from "../../support/instrumented.ts";
import { wat } from "../../support/wat.ts";

if (Number(process.versions.node.split(".")[0]) >= 22) setFlagsFromString("--experimental-wasm-exnref");

const LINKS: LinkMode[] = hasMultiMemory() ? ["import", "fused"] : ["import"];
const U32 = 2n ** 32n;

/** Calls the export `f` and returns the records as [type, arg1, arg2]. */
function record(link: LinkMode, trace: TraceKind, text: string, ...args: unknown[]): bigint[][] {
  const { binary, pcTable } = instrument(wat(text), { link, trace: [trace] });
  const bench = createBench();
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(binary), bench.imports);
  const records = bench.traceComparisons(() => {
    try {
      (exports.f as (...values: unknown[]) => unknown)(...args);
    } catch (error) {
      expect(error).toBeInstanceOf(WebAssembly.RuntimeError);
    }
  });
  const pcs = new Set(pcTable.sites.map(({ pc }) => pc));
  for (const { pc } of records) expect(pcs).toContain(pc);
  return records.map(({ type, arg1, arg2 }) => [type, arg1, arg2]);
}

const func = (params: string, body: string) => `(module (memory 1) (data (i32.const 0) "\\41\\ff\\80\\01")
  (func (export "f") (param ${params}) ${body}))`;

describe.each(LINKS)("%s link", (link) => {
  const compare = (params: string, expression: string, ...args: unknown[]) =>
    record(link, "cmp", func(params, `(drop ${expression})`), ...args);

  it.each([
    ["two variables", "(i32.lt_u (local.get 0) (local.get 1))", [4n, 5n, U32 - 2n]],
    ["a constant behind", "(i32.eq (local.get 0) (i32.const 77))", [5n, 77n, 5n]],
    ["a constant in front", "(i32.eq (i32.const -1) (local.get 0))", [5n, U32 - 1n, 5n]],
    ["eqz", "(i32.eqz (local.get 0))", [5n, 0n, 5n]],
    ["eqz of a comparison", "(i32.eqz (i32.ne (local.get 0) (local.get 1)))", [4n, 5n, U32 - 2n]],
    ["an unsigned byte", "(i32.eq (i32.load8_u (i32.const 1)) (i32.const 200))", [1n, 200n, 255n]],
    ["a signed byte", "(i32.eq (i32.load8_s (i32.const 1)) (i32.const -2))", [1n, 254n, 255n]],
    ["a byte against what no byte is", "(i32.eq (i32.load8_u (i32.const 0)) (i32.const 300))", [3n, 300n, 65n]],
    ["a mask", "(i32.ne (i32.and (local.get 1) (i32.const 0xff)) (local.get 0))", [4n, 254n, 5n]],
    [
      "two masks",
      "(i32.ne (i32.and (local.get 1) (i32.const 0xff)) (i32.and (local.get 0) (i32.const 7)))",
      [0n, 254n, 5n],
    ],
    ["halves", "(i32.gt_s (i32.extend16_s (local.get 1)) (i32.load16_s (i32.const 2)))", [2n, 65534n, 384n]],
    ["64 bits", "(i64.eq (local.get 2) (i64.const -3))", [7n, 2n ** 64n - 3n, 1n << 40n]],
    ["64 bits of a byte", "(i64.eq (i64.load8_u (i32.const 0)) (i64.const 66))", [1n, 66n, 65n]],
  ])("records %s", (_what, expression, expected) => {
    expect(compare("i32 i32 i64", expression, 5, -2, 1n << 40n)).toEqual([expected]);
  });

  it("records nothing of comparisons of constants", () => {
    expect(compare("", "(i32.eq (i32.const 1) (i32.const 2))")).toEqual([]);
  });

  it("keeps the first operand while the second assigns it", () => {
    expect(compare("i32", "(i32.eq (local.get 0) (local.tee 0 (i32.load (i32.const 4))))", 9)).toEqual([[4n, 9n, 0n]]);
    const nested =
      "(i32.eq (i32.mul (local.get 0) (i32.const 2)) (i32.lt_s (i32.clz (local.get 0)) (i32.ctz (local.get 0))))";
    expect(compare("i32", nested, 6)).toEqual([
      [4n, 29n, 1n],
      [4n, 12n, 0n],
    ]);
  });

  it("records the cases of a switch, the bias undone and the holes left out", () => {
    const table = (index: string) =>
      func("i32 i64", `(block $d (block $b (block $a (br_table $a $b $d $a $d ${index}))))`);
    const cases = (type: bigint, ...values: bigint[]) => values.map((value) => [type, value, 11n]);
    const sub = "(i32.sub (local.get 0) (i32.const 10))";
    expect(record(link, "switch", table(sub), 11, 0n)).toEqual(cases(5n, 10n, 11n, 13n));
    const add = "(i32.add (local.get 0) (i32.const 1))";
    expect(record(link, "switch", table(add), 11, 0n)).toEqual(cases(5n, U32 - 1n, 0n, 2n));
    const wide = "(i32.wrap_i64 (i64.sub (local.get 1) (i64.const 0x100000000)))";
    const wideCases = [U32, U32 + 1n, U32 + 3n].map((value) => [7n, value, U32 + 1n]);
    expect(record(link, "switch", table(wide), 0, U32 + 1n)).toEqual(wideCases);
    const byte = "(i32.sub (i32.load8_u (i32.const 0)) (i32.const 65))";
    expect(record(link, "switch", table(byte), 0, 0n)).toEqual([65n, 66n, 68n].map((value) => [1n, value, 65n]));
  });

  it("records divisors, also the one that traps", () => {
    const body = "(drop (i32.div_u (i32.const 9) (local.get 0))) (drop (i64.div_s (i64.const 9) (local.get 1)))";
    expect(record(link, "div", func("i32 i64", body), 3, 0n)).toEqual([
      [5n, 0n, 3n],
      [7n, 0n, 0n],
    ]);
  });

  it("records loads and stores with their size and address, also the one that traps", () => {
    const body = `(i32.store8 offset=3 (local.get 0) (i32.load16_u (i32.const 16)))
      (v128.store (i32.const 32) (v128.load8_splat (local.get 0))) (drop (i64.load offset=8 (i32.const -1)))`;
    expect(record(link, "loads", func("i32", body), 5)).toEqual([
      [514n, 16n, 0n],
      [512n, 5n, 0n],
      [518n, U32 + 7n, 0n],
    ]);
    expect(record(link, "stores", func("i32", body), 5)).toEqual([
      [768n, 8n, 0n],
      [776n, 32n, 0n],
    ]);
  });

  it.runIf(hasMultiMemory())("records addresses of 64 bits", () => {
    const text = `(module (memory i64 1) (func (export "f") (param i64) (drop (i32.load offset=0x200000010 (local.get 0)))))`;
    expect(record(link, "loads", text, 5n)).toEqual([[516n, 0x200000015n, 0n]]);
    const store = `(module (memory i64 1) (func (export "f") (param i64)
      (v128.store32_lane offset=0x300000010 1 (local.get 0) (v128.const i32x4 1 2 3 4))))`;
    expect(record(link, "stores", store, 6n)).toEqual([[772n, 0x300000016n, 0n]]);
  });

  it("records the functions that are called indirectly", () => {
    const text = `(module (type $t (func)) (import "kcov" "mode" (global (mut i32)))
      (table 3 funcref) (elem (i32.const 0) $a $b) (func $a) (func $b (call $a)) (func $direct (call $a))
      (func (export "f") (call $direct) (call_indirect (type $t) (i32.const 1)) (call_indirect (type $t) (i32.const 0))))`;
    expect(record(link, "indirect-calls", text)).toEqual([
      [256n, 1n, 0n],
      [256n, 0n, 0n],
    ]);
  });

  it("records a call of a function that does not report as unknown", () => {
    const text = `(module (type $t (func (result i32))) (import "kcov" "foreign" (func $foreign (result i32)))
      (table 1 funcref) (elem (i32.const 0) $foreign) (func (export "f") (result i32) (call_indirect (type $t) (i32.const 0))))`;
    const { binary } = instrument(wat(text), { link, trace: ["indirect-calls"] });
    const bench = createBench();
    const imports = { kcov: { ...bench.imports.kcov, foreign: () => 5 } };
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(binary), imports);
    let result: unknown;
    const records = bench.traceComparisons(() => {
      result = (exports.f as () => number)();
    });
    expect(result).toBe(5);
    expect(records.map(({ type, arg1 }) => [type, arg1])).toEqual([[256n, 2n ** 64n - 1n]]);
  });

  it("forgets an indirect call that trapped when the state is put back", () => {
    const text = `(module (type $t (func)) (table 1 funcref)
      (func (export "f") (call_indirect (type $t) (i32.const 0))) (func (export "g")))`;
    const { binary } = instrument(wat(text), { link, trace: ["indirect-calls"], state: "globals" });
    const bench = createBench();
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(binary), bench.imports);
    const call = (name: string) => (exports[name] as () => void)();
    call(STATE_EXPORTS.save);
    expect(() => call("f")).toThrow(WebAssembly.RuntimeError);
    call(STATE_EXPORTS.restore);
    expect(bench.traceComparisons(() => call("g"))).toEqual([]);
  });

  it("records the depth of the stack where a function makes room", () => {
    const text = `(module (memory 1) (global (mut i32) (i32.const 65536))
      (func $f (export "f") (param i32) (local i32)
        (global.set 0 (local.tee 1 (i32.sub (global.get 0) (i32.const 16))))
        (if (local.get 0) (then (call $f (i32.sub (local.get 0) (i32.const 1)))))
        (global.set 0 (i32.add (local.get 1) (i32.const 16)))))`;
    expect(record(link, "stack-depth", text, 2)).toEqual([65520n, 65504n, 65488n].map((sp) => [1024n, sp, 0n]));
  });

  it("records nothing while another mode is on, and stops at the end of the area", () => {
    const text = func("i32", "(drop (i32.eq (local.get 0) (i32.const 1)))".repeat(20));
    const { binary } = instrument(wat(text), { link, trace: ["pc", "cmp"] });
    const bench = createBench(1 + 4 * 7 + 3);
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(binary), bench.imports);
    const run = () => (exports.f as (a: number) => void)(3);
    expect(bench.tracePcs(run)).toHaveLength(1);
    expect(bench.traceComparisons(run)).toHaveLength(7);
  });
});

describe("pruning", () => {
  it("implies nothing across a call that may throw", () => {
    const text = `(module (import "env" "call" (func $call))
      (func (export "f") (param i32) (if (local.get 0) (then (call $call) (if (local.get 0) (then (nop)))))))`;
    const { sites } = instrument(wat(text), { link: "import" }).pcTable;
    const [, outer] = sites;
    expect(outer).toMatchObject({ kind: "then", impliedBy: undefined });
    const without = instrument(wat(text.replace("(call $call) (if", "(if")), { link: "import" }).pcTable;
    expect(without.sites[1]).toMatchObject({ kind: "then", impliedBy: [3, 4] });
  });
});
