import { expect, test } from "vitest";
import { MapLayout } from "../../../../src/fuzz/afl/map_layout.ts";
import { MAX_MAP_BYTES } from "../../../../src/fuzz/afl/protocol.ts";

const module = (id: bigint, length: number) => ({ id, pcs: { length } });

test("modules begin at pages, and one byte behind them is set always", () => {
  const layout = new MapLayout([module(1n, 5000), module(2n, 10), module(1n, 5000)]);
  expect([layout.offsetOf(1n), layout.offsetOf(2n), layout.offsetOf(3n)]).toEqual([0, 8192, undefined]);
  expect(layout.always).toBe(8202);
  expect(layout.bytes).toBe(8256);
});

test("there is room for the byte when counters end at a border", () => {
  const layout = new MapLayout([module(1n, 64)]);
  expect([layout.always, layout.bytes]).toEqual([64, 128]);
});

test("a target without modules has a map", () => {
  expect(new MapLayout([]).bytes).toBe(64);
});

test("what does not fit is an error", () => {
  expect(() => new MapLayout([module(1n, MAX_MAP_BYTES)])).toThrow(RangeError);
});
