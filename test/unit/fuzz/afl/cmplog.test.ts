import { describe, expect, test } from "vitest";
import { KCOV_EVENT_LOAD } from "../../../../src/abi/events.ts";
import { CmpLog } from "../../../../src/fuzz/afl/cmplog.ts";

const ENTRIES = 65536;
const PAIRS = 32;

/** A kcov buffer as u32. */
function area(records: readonly (readonly [type: number, arg1: bigint, arg2: bigint, pc: bigint])[]): Uint32Array {
  const words = [BigInt(records.length), ...records.flatMap(([type, ...rest]) => [BigInt(type), ...rest])];
  return new Uint32Array(BigUint64Array.from(words).buffer);
}

/** The entries that have hits. */
function entries(table: Uint8Array, layout: { headerBytes: number; operandBytes: number; other: number }) {
  const view = new DataView(table.buffer);
  const found = [];
  for (let entry = 0; entry < ENTRIES; entry++) {
    const header =
      layout.headerBytes === 8 ? view.getBigUint64(8 * entry, true) : BigInt(view.getUint16(2 * entry, true));
    if (header === 0n) continue;
    const bits = (from: bigint, count: bigint) => Number((header >> from) & ((1n << count) - 1n));
    const pair = (k: number) => {
      const at = ENTRIES * layout.headerBytes + (entry * PAIRS + k) * layout.operandBytes;
      return [view.getBigUint64(at, true), view.getBigUint64(at + layout.other, true)];
    };
    const wide = layout.headerBytes === 8;
    const hits = bits(0n, wide ? 24n : 6n);
    found.push({
      hits,
      shape: wide ? bits(48n, 5n) : bits(6n, 5n),
      type: wide ? bits(53n, 2n) : bits(11n, 1n),
      attribute: wide ? bits(55n, 4n) : bits(12n, 4n),
      pairs: Array.from({ length: Math.min(hits, PAIRS) }, (_, k) => pair(k)),
    });
  }
  return found;
}

const VERSIONS = [
  { name: "4.04", bytes: 67_633_152, headerBytes: 8, operandBytes: 32, other: 8, type: 1 },
  { name: "4.20", bytes: 88_211_456, headerBytes: 2, operandBytes: 42, other: 8, type: 0 },
  { name: "4.22", bytes: 151_126_016, headerBytes: 2, operandBytes: 72, other: 32, type: 0 },
  { name: "with sites", bytes: 151_126_016 + 6 * ENTRIES, headerBytes: 2, operandBytes: 72, other: 32, type: 0 },
];

describe.each(VERSIONS)("the table of AFL++ $name", (version) => {
  const { bytes, type } = version;
  const write = (...records: Parameters<typeof area>[0]) => {
    const table = new Uint8Array(bytes);
    CmpLog.open(table)?.write(area(records));
    return entries(table, version);
  };

  test("has both operands of a comparison, and its width", () => {
    expect(write([4, 0x1badf00dn, 7n, 0x1234n])).toEqual([
      { hits: 1, shape: 3, type, attribute: 1, pairs: [[0x1badf00dn, 7n]] },
    ]);
    expect(write([7, 0x1122334455667788n, 0xffffffffffffffffn, 0x1234n])).toEqual([
      { hits: 1, shape: 7, type, attribute: 1, pairs: [[0x1122334455667788n, 0xffffffffffffffffn]] },
    ]);
  });

  test("has one entry a site", () => {
    const one = write([0, 1n, 2n, 0x10n], [0, 3n, 4n, 0x10n]);
    expect(one).toEqual([
      {
        hits: 2,
        shape: 0,
        type,
        attribute: 1,
        pairs: [
          [1n, 2n],
          [3n, 4n],
        ],
      },
    ]);
    expect(write([0, 1n, 2n, 0x10n], [0, 3n, 4n, 0x11n])).toHaveLength(2);
  });

  test("leaves out what is equal, and what is no comparison", () => {
    expect(write([4, 9n, 9n, 0x10n], [KCOV_EVENT_LOAD, 1n, 0n, 0x11n])).toEqual([]);
  });

  test("keeps 32 pairs of a site", () => {
    const [entry] = write(...Array.from({ length: 40 }, (_, k) => [4, BigInt(k), 100n, 0x10n] as const));
    expect(entry?.pairs).toHaveLength(PAIRS);
  });

  test("is not written to behind a full area's end", () => {
    const full = area([[4, 1n, 2n, 0x10n]]);
    full[0] = 1000;
    const table = new Uint8Array(bytes);
    CmpLog.open(table)?.write(full);
    expect(entries(table, version)).toHaveLength(1);
  });
});

test("a table of an unknown version is not opened", () => {
  expect(CmpLog.open(new Uint8Array(88_211_455))).toBeUndefined();
});
