import { sha256 as portable } from "@noble/hashes/sha2";
import fc from "fast-check";
import { expect, test } from "vitest";
import { sha256 } from "../../../src/cache/content.ts";
import { CounterSums, encodeCounts } from "../../../src/coverage/profile/counts.ts";
import * as format from "../../../src/coverage/profile/format.ts";
import { mergeProfiles, profileOfModule, StoredMerger } from "../../../src/coverage/profile/merge.ts";
import type { ModuleProfile } from "../../../src/coverage/profile/profile.ts";
import { instrument, type PcTable } from "../../../src/instrument/index.ts";
import { wat } from "../../support/wat.ts";

const count = fc.oneof(fc.constant(0n), fc.bigInt(0n, 300n), fc.bigInt(0n, (1n << 64n) - 1n));

test("sums of encoded counts are those of the counts, whatever their size", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(count, count), { maxLength: 60 }), (pairs) => {
      const [a, b] = [0, 1].map((side) => BigUint64Array.from(pairs, (pair) => pair[side] as bigint));
      const sums = new CounterSums(pairs.length);
      sums.addEncoded(encodeCounts(a as BigUint64Array));
      sums.add(b as BigUint64Array);
      expect([...sums.words]).toEqual(pairs.map(([x, y]) => BigInt.asUintN(64, x + y)));
    }),
  );
});

test("flags are counts, too", () => {
  const sums = new CounterSums(4);
  sums.add(Uint8Array.of(0, 1, 0, 1));
  sums.addEncoded(encodeCounts(Uint8Array.of(0, 1, 0, 0)));
  expect([...sums.words]).toEqual([0n, 2n, 0n, 1n]);
});

test("counts of another length, or cut short, are refused", () => {
  const encoded = encodeCounts(BigUint64Array.of(1n, 1n << 40n, 0n, 0n));
  expect(() => new CounterSums(3).addEncoded(encoded)).toThrow("it has 4 counts where the module has 3 counters");
  expect(() => new CounterSums(5).addEncoded(encoded)).toThrow("it has 4 counts where the module has 5 counters");
  expect(() => new CounterSums(4).addEncoded(encoded.subarray(0, 3))).toThrow("its counts end early");
  expect(() => new CounterSums(4).add(new BigUint64Array(3))).toThrow("it has 3 counts");
});

type StoredModule = format.StoredModule;
const encodeProfile = (profile: format.StoredProfile) => format.encodeProfile(profile, sha256);
const decodeProfile = (bytes: Uint8Array) => format.decodeProfile(bytes, sha256);

const process = { pid: 12, command: "node a.js", node: "v24.0.0", notes: ["a line"], leftOut: [] };

function stored(counts: readonly bigint[], more: Partial<StoredModule> = {}): StoredModule {
  return {
    sha256: "aa",
    name: "a.wasm",
    locations: ["/a.wasm"],
    scripts: [],
    bytes: 100,
    kind: "counts",
    pcTable: "t1",
    counters: counts.length,
    counts: encodeCounts(BigUint64Array.from(counts)),
    ...more,
  };
}

test("a file is read as it was written", () => {
  const profile = { process, modules: [stored([1n, 2n]), stored([0n], { sha256: "bb", scripts: ["/b.js"] })] };
  expect(decodeProfile(encodeProfile(profile))).toEqual(profile);
  expect(format.encodeProfile(profile, portable)).toEqual(encodeProfile(profile));
});

test("what is no profile, of another version, damaged or cut short is refused with a word", () => {
  const file = encodeProfile({ process, modules: [stored([1n, 2n])] });
  const changed = (offset: number, value: number) => {
    const copy = Uint8Array.from(file);
    copy[offset] = value;
    return copy;
  };
  expect(() => decodeProfile(new Uint8Array(3))).toThrow("it is not a profile of wasm-kcov");
  expect(() => decodeProfile(changed(0, 0))).toThrow("it is not a profile of wasm-kcov");
  expect(() => decodeProfile(changed(8, 9))).toThrow("it is a profile of version 9; this wasm-kcov reads version 1");
  expect(() => decodeProfile(changed(60, 0))).toThrow("it is damaged or was cut short");
  expect(() => decodeProfile(file.subarray(0, file.length - 1))).toThrow("it is damaged or was cut short");
});

const MODULE = wat(`(module
  (func (export "f") (param i32) (result i32)
    (if (result i32) (local.get 0) (then (i32.const 1)) (else (i32.const 2))))
  (func (export "g")))`);

function tableOf(options: Parameters<typeof instrument>[1] = {}): PcTable {
  return instrument(MODULE, { trace: ["counters"], ...options }).pcTable;
}

const noOriginal = () => Promise.reject(new Error("there is none"));

function moduleProfile(pcTable: PcTable, counts: readonly bigint[], more: Partial<ModuleProfile> = {}): ModuleProfile {
  return {
    sha256: "aa",
    name: "a.wasm",
    locations: [],
    scripts: [],
    bytes: MODULE.length,
    kind: "counts",
    pcTable,
    counts: BigUint64Array.from(counts),
    original: noOriginal,
    ...more,
  };
}

test("files merge in any order, with other links and other pruning, and never with other sites", () => {
  const pruned = tableOf();
  const whole = tableOf({ prune: false, link: "import" });
  const functions = tableOf({ level: "func" });
  expect(whole.sites.length).toBe(4);
  const tables = new Map([pruned, whole, functions].map((table, k) => [`t${k}`, table]));
  const countersOf = (table: PcTable) => table.sites.filter(({ impliedBy }) => impliedBy === undefined).length;
  const files = [
    stored([5n, 2n, 3n, 1n], { pcTable: "t1", locations: ["/z.wasm"] }),
    stored([7n, 7n], { pcTable: "t2" }),
    stored([1n, 1n, 0n, 0n], { pcTable: "t1", name: "/made/by.js" }),
    stored(Array(countersOf(pruned)).fill(1n), { pcTable: "t0", kind: "hits" }),
  ];
  const results = [files, files.toReversed()].map((order) => {
    const merger = new StoredMerger();
    for (const module of order) merger.add({ process, modules: [module] });
    const lines: string[] = [];
    const [merged] = merger.finish();
    if (merged === undefined) throw new Error("there is no module");
    const profile = profileOfModule(merged, tables, noOriginal, (line) => lines.push(line));
    return { ...profile, counts: [...(profile?.counts ?? [])], pcTable: undefined, lines };
  });
  expect(results[0]).toEqual(results[1]);
  expect(results[0]).toMatchObject({ kind: "hits", counts: [1n, 1n, 1n, 1n], name: "a.wasm" });
  expect(results[0]?.locations).toEqual(["/a.wasm", "/z.wasm"]);
  expect(results[0]?.lines).toEqual([
    "1 profile of a.wasm left out: made by another version of wasm-kcov, with other sites; make all of them with one version",
  ]);
});

test("profiles merge by module and site", () => {
  const table = tableOf({ prune: false });
  const other = tableOf({ level: "func" });
  const lines: string[] = [];
  const merged = mergeProfiles(
    [
      {
        modules: [moduleProfile(table, [5n, 2n, 3n, 1n]), moduleProfile(other, [1n, 1n], { sha256: "cc", name: "c" })],
      },
      { modules: [moduleProfile(table, [1n, 1n, 0n, 0n])] },
      { modules: [moduleProfile(other, [9n, 9n])] },
    ],
    (line) => lines.push(line),
  );
  expect(merged.modules.map(({ name, counts }) => [name, [...counts]])).toEqual([
    ["a.wasm", [6n, 3n, 3n, 1n]],
    ["c", [1n, 1n]],
  ]);
  expect(lines).toHaveLength(1);
});
