/** What a reset puts back, and what each mode keeps. */

import { describe, expect, test } from "vitest";
import { STATE_EXPORTS } from "../../../src/abi/hooks.ts";
import { GuestMemory } from "../../../src/fuzz/targets/guest_memory.ts";
import { Snapshot } from "../../../src/fuzz/targets/snapshot.ts";
import { Kcov } from "../../../src/index.ts";
import {
  type FunctionFilter,
  hasMultiMemory,
  instrument,
  type LinkMode,
  type StateScope,
} from "../../../src/instrument/index.ts";
import { MALLOC, openWat, outcome } from "../../support/fuzz_target.ts";
import { wat } from "../../support/wat.ts";

const LINKS: readonly LinkMode[] = hasMultiMemory() ? ["import", "fused"] : ["import"];
const PAGE = 4096;

/** An instance whose snapshot was taken. */
async function open(
  text: string,
  link: LinkMode,
  state: StateScope = "memory",
  imports: WebAssembly.Imports = {},
  functions: FunctionFilter = {},
) {
  const kcov = await Kcov.create();
  const module = new WebAssembly.Module(instrument(wat(text), { link, state, functions, trace: ["counters"] }).binary);
  const { exports } = new WebAssembly.Instance(module, { ...kcov.imports, ...imports });
  const memory = new GuestMemory(exports[STATE_EXPORTS.memory] as WebAssembly.Memory);
  const snapshot = new Snapshot(exports, state, memory, kcov.dirtyMaps[0]);
  const call = (name: string, ...args: (number | bigint)[]): unknown =>
    (exports[name] as (...args: (number | bigint)[]) => unknown)(...args);
  return { exports, memory, snapshot, call, map: kcov.dirtyMaps[0] };
}

/** Every way to write to memory, each an export with an address. */
const WRITES = `(module
  (memory (export "memory") 2)
  (data $bytes "0123456789abcdef")
  (data (i32.const 100) "initial")
  (func (export "i32.store8") (param $at i32) (i32.store8 (local.get $at) (i32.const 0x55)))
  (func (export "i64.store") (param $at i32) (i64.store (local.get $at) (i64.const 0x5555555555555555)))
  (func (export "i64.store32 offset") (param $at i32)
    (i64.store32 offset=4094 (i32.sub (local.get $at) (i32.const 4094)) (i64.const 0x55555555)))
  (func (export "f64.store") (param $at i32) (f64.store (local.get $at) (f64.const 1.5)))
  (func (export "v128.store") (param $at i32)
    (v128.store (local.get $at) (v128.const i32x4 0x55555555 0x55555555 0x55555555 0x55555555)))
  (func (export "v128.store16_lane") (param $at i32)
    (v128.store16_lane 3 (local.get $at) (v128.const i32x4 0x55555555 0x55555555 0x55555555 0x55555555)))
  (func (export "memory.fill") (param $at i32) (memory.fill (local.get $at) (i32.const 0x55) (i32.const 9000)))
  (func (export "memory.copy") (param $at i32) (memory.copy (local.get $at) (i32.const 100) (i32.const 7)))
  (func (export "memory.init") (param $at i32) (memory.init $bytes (local.get $at) (i32.const 0) (i32.const 16)))
  (func (export "i32.atomic.store") (param $at i32) (i32.atomic.store (local.get $at) (i32.const 0x55)))
  (func (export "i64.atomic.rmw.add") (param $at i32) (drop (i64.atomic.rmw.add (local.get $at) (i64.const 0x55))))
  (func (export "i32.atomic.rmw.cmpxchg") (param $at i32)
    (drop (i32.atomic.rmw.cmpxchg (local.get $at) (i32.const 0) (i32.const 0x55))))
  (func (export "store of a store's address") (param $at i32)
    (i32.store (local.get $at)
      (block (result i32)
        (i32.store (local.tee $at (i32.add (local.get $at) (i32.const 8192))) (i32.const 0x66))
        (i32.const 0x55)))))`;

const AT = new Map(
  [...WRITES.matchAll(/export "([^"]+)"/g)].map(([, name = ""]) => [
    name,
    name.includes("atomic") ? 8 * PAGE : 5 * PAGE - 2,
  ]),
);
AT.delete("memory");

describe.each(LINKS)("link %s", (link) => {
  test.each([...AT])("%s is put back", async (name, at) => {
    const { memory, snapshot, call, map } = await open(WRITES, link);
    const before = memory.bytes.slice();
    call(name, at);
    expect(memory.bytes.slice(), "it wrote").not.toEqual(before);
    expect(map?.bytes.some((mark) => mark !== 0)).toBe(true);
    snapshot.restore(false);
    expect(memory.bytes.slice()).toEqual(before);
    expect(map?.bytes.some((mark) => mark !== 0)).toBe(false);
  });

  test("functions without hooks mark, too", async () => {
    const { memory, snapshot, call } = await open(WRITES, link, "memory", {}, { exclude: ["*"] });
    const before = memory.bytes.slice();
    call("v128.store", 5000);
    snapshot.restore(false);
    expect(memory.bytes.slice()).toEqual(before);
  });

  test("a write that traps marks nothing, wherever it points", async () => {
    const { snapshot, call, map, memory } = await open(WRITES, link);
    for (const name of ["i32.store8", "i64.store32 offset", "v128.store", "memory.fill", "memory.init"]) {
      expect(() => call(name, -3)).toThrow(WebAssembly.RuntimeError);
    }
    expect(map?.bytes.some((mark) => mark !== 0)).toBe(false);
    snapshot.restore(false);
    expect(memory.text(100, 7)).toBe("initial");
  });

  test("globals that nobody exports are put back, of every type", async () => {
    const { snapshot, call, exports } = await open(
      `(module
        (memory (export "memory") 1)
        (global $i (mut i32) (i32.const 1)) (global $l (mut i64) (i64.const 2)) (global $d (mut f64) (f64.const 3))
        (global $v (mut v128) (v128.const i64x2 4 4))
        (table $nothing 1 funcref)
        (global $f (mut funcref) (ref.func $sum))
        (global $exported (export "exported") (mut i32) (i32.const 6))
        (func $sum (export "sum") (result i64)
          (i64.add (i64.add (i64.extend_i32_u (global.get $i)) (global.get $l))
            (i64.add (i64.trunc_f64_u (global.get $d))
              (i64.add (i64x2.extract_lane 1 (global.get $v))
                (i64.extend_i32_u (ref.is_null (global.get $f)))))))
        (func (export "change")
          (global.set $i (i32.const 10)) (global.set $l (i64.const 20)) (global.set $d (f64.const 30))
          (global.set $v (v128.const i64x2 40 40)) (global.set $f (table.get $nothing (i32.const 0))) (global.set $exported (i32.const 60))))`,
      link,
      "globals",
    );
    expect(call("sum")).toBe(10n);
    call("change");
    expect(call("sum")).toBe(101n);
    snapshot.restore(false);
    expect(call("sum")).toBe(10n);
    expect((exports.exported as WebAssembly.Global).value).toBe(6);
  });

  test("tables are put back, also what they grew", async () => {
    const { snapshot, call } = await open(
      `(module
        (memory (export "memory") 1)
        (table $t 2 10 funcref)
        (elem $e declare func $one $two)
        (elem (table $t) (i32.const 0) func $one)
        (func $one (result i32) (i32.const 1))
        (func $two (result i32) (i32.const 2))
        (func (export "call") (param i32) (result i32) (call_indirect $t (result i32) (local.get 0)))
        (func (export "set") (table.set $t (i32.const 0) (ref.func $two)))
        (func (export "fill") (table.fill $t (i32.const 0) (ref.func $two) (i32.const 2)))
        (func (export "grow") (drop (table.grow $t (ref.func $two) (i32.const 3)))))`,
      link,
    );
    for (const change of ["set", "fill"]) {
      expect(call("call", 0)).toBe(1);
      call(change);
      expect(call("call", 0)).toBe(2);
      snapshot.restore(false);
    }
    expect(call("call", 0)).toBe(1);
    expect(() => call("call", 1)).toThrow(WebAssembly.RuntimeError);
    call("grow");
    expect(call("call", 4)).toBe(2);
    snapshot.restore(false);
    expect(() => call("call", 4)).toThrow(WebAssembly.RuntimeError);
  });

  test("a memory that grew has its former size, and what grew is clear", async () => {
    const { snapshot, call, memory } = await open(
      `(module
        (memory (export "memory") 1 5)
        (func (export "size") (result i32) (memory.size))
        (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
        (func (export "poke") (param i32) (i64.store (local.get 0) (i64.const -1))))`,
      link,
    );
    for (let round = 0; round < 3; round++) {
      expect(call("size")).toBe(1);
      expect(call("grow", 2)).toBe(1);
      expect(call("size")).toBe(3);
      expect(call("grow", 3), "the maximum is 5").toBe(-1);
      expect(call("grow", -1)).toBe(-1);
      expect(call("grow", 2)).toBe(3);
      call("poke", 65536 - 4);
      call("poke", 5 * 65536 - 8);
      snapshot.restore(false);
      expect(memory.bytes.length, "it has grown once").toBe(5 * 65536);
      expect(memory.bytes.every((byte) => byte === 0)).toBe(true);
    }
  });

  test.skipIf(!hasMultiMemory())("a memory with 64-bit addresses is put back as a whole", async () => {
    const { snapshot, call, memory, map } = await open(
      `(module (memory (export "memory") i64 1)
        (func (export "poke") (param i64) (i64.store (local.get 0) (i64.const -1))))`,
      link,
    );
    expect(map).toBeUndefined();
    call("poke", 5000n);
    snapshot.restore(false);
    expect(memory.bytes.every((byte) => byte === 0)).toBe(true);
  });
});

/** Crashes when it sees what an earlier run left in a global, in memory. */
const REMEMBERS = `(module ${MALLOC}
  (global $runs (mut i32) (i32.const 0))
  (func (export "LLVMFuzzerTestOneInput") (param $data i32) (param $size i32) (result i32)
    (if (global.get $runs) (then (unreachable)))
    (if (i32.load8_u (i32.const 8)) (then (drop (i32.div_u (i32.const 1) (i32.const 0)))))
    (if (i32.eq (i32.load8_u (local.get $data)) (i32.const 0x67)) (then (global.set $runs (i32.const 1))))
    (if (i32.eq (i32.load8_u (local.get $data)) (i32.const 0x6d)) (then (i32.store8 (i32.const 8) (i32.const 1))))
    (i32.const 0)))`;

test.each([
  ["none", "unreachable", "division by zero"],
  ["globals", "ok", "division by zero"],
  ["memory", "ok", "ok"],
  ["instance", "ok", "ok"],
] as const)("reset %s: behind a change of a global %s, of memory %s", async (reset, afterGlobal, afterMemory) => {
  for (const [change, expected] of [
    ["g", afterGlobal],
    ["m", afterMemory],
  ] as const) {
    const target = await openWat(REMEMBERS, { reset });
    expect(await outcome(target, change)).toBe("ok");
    expect(await outcome(target, "?")).toBe(expected);
    expect(await outcome(target, "?"), "after a crash").toBe("ok");
  }
});

test("what a function of the user's writes is put back, too", async () => {
  let memory: WebAssembly.Memory | undefined;
  const scribble = (): void => {
    if (memory) new Uint8Array(memory.buffer)[8] = 1;
  };
  const imports = {
    env: {
      memory: new WebAssembly.Memory({ initial: 2 }),
      scribble,
    },
  };
  memory = imports.env.memory;
  const target = await openWat(
    `(module
      (import "env" "memory" (memory 2))
      (import "env" "scribble" (func $scribble))
      (func (export "run") (param i32 i32) (if (i32.load8_u (i32.const 8)) (then (unreachable))) (call $scribble)))`,
    { entry: "run", buffer: { address: 1024, bytes: 64 }, imports },
  );
  expect(await outcome(target, "a")).toBe("ok");
  expect(await outcome(target, "b")).toBe("ok");
});
