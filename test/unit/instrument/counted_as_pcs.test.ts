/** `prune: "implied"`: counters count what PCs of the same sites would have been recorded. */

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { describe, expect, it } from "vitest";
import { CounterStore, Kcov } from "../../../src/index.ts";
import { counterPcs, hasMultiMemory, instrument } from "../../../src/instrument/index.ts";
import { nearestCounterIn } from "../../../src/instrument/nearest_site.ts";
import { wat } from "../../support/wat.ts";

const LINKS = hasMultiMemory() ? (["fused", "import"] as const) : (["import"] as const);
const COUNTED = { trace: ["counters"], counters: "64bit", counterStorage: "memory", prune: "implied" } as const;

const MODULE = wat(`(module
  (import "env" "leave" (func $leave (param i32)))
  (memory 1)
  (func $check (param i32) (result i32)
    (if (result i32) (i32.and (local.get 0) (i32.const 1)) (then (i32.const 1)) (else (i32.const 2)))
    (if (i32.eq (local.get 0) (i32.const 50)) (then (call $leave (local.get 0))))
    (i32.load (i32.mul (local.get 0) (i32.const 900)))
    (i32.add))
  (func (export "run") (param i32) (local i32)
    (loop $next
      (drop (call $check (local.get 1)))
      (br_if $next (i32.lt_u (local.tee 1 (i32.add (local.get 1) (i32.const 1))) (local.get 0))))))`);

const env = {
  leave() {
    throw new Error("the host's own");
  },
};

describe.each(LINKS)("link %s", (link) => {
  it.each<[string, number, (() => void) | undefined]>([
    ["a run that returns", 40, undefined],
    ["one that a host function ends", 60, undefined],
    ["one that traps", 100, () => {}],
  ])("%s", async (_, iterations, leave) => {
    const imports = { env: leave === undefined ? env : { leave } };
    const recorded = instrument(MODULE, { link });
    const kcov = await Kcov.create();
    const { pcs } = kcov.trace(() => endure(recorded.binary, { ...imports, ...(kcov.imports as object) }, iterations), {
      size: 4096,
    }) as { pcs: BigUint64Array };
    const expected = new Map<bigint, bigint>();
    for (const pc of pcs) expected.set(pc, (expected.get(pc) ?? 0n) + 1n);

    const counted = instrument(MODULE, { ...COUNTED, link });
    const store = new CounterStore();
    endure(counted.binary, { ...imports, ...(store.imports as object) }, iterations);
    const counters = store.modules[0]?.read() as BigUint64Array;
    const counts = Array.from(counterPcs(counted.pcTable), (pc, k) => [pc, counters[k] as bigint] as const);
    expect(new Map(counts.filter(([, count]) => count > 0n))).toEqual(expected);
  });

  it("leaves out the sites that PC tracing leaves out, and derives no counts", () => {
    const { resolve } = createRequire(import.meta.url);
    const binary = readFileSync(resolve("sql.js/dist/sql-wasm.wasm"));
    const sites = instrument(binary, { link }).pcTable.sites;
    const counted = instrument(binary, { ...COUNTED, link });
    expect(counted.pcTable.sites).toEqual(sites);
    expect(counted.stats.sites.pruned).toBeGreaterThan(1000);
  });

  it("a place in the code leads to the counter before it", () => {
    const { binary, pcTable } = instrument(MODULE, { ...COUNTED, link });
    const store = new CounterStore();
    const error = endure(binary, { env: { leave() {} }, ...(store.imports as object) }, 100);
    const [, func, offset] = /wasm-function\[(\d+)\]:0x([0-9a-f]+)/.exec(error?.stack ?? "") ?? [];
    const counter = nearestCounterIn(binary, pcTable).of(Number(func), Number.parseInt(offset ?? "", 16));
    const site = pcTable.sites.find(({ pc }) => pc === counterPcs(pcTable)[counter ?? -1]);
    expect(site?.function).toBe(1);
  });
});

/** @returns what ended the run */
function endure(binary: Uint8Array<ArrayBuffer>, imports: object, iterations: number): Error | undefined {
  const instance = new WebAssembly.Instance(new WebAssembly.Module(binary), imports as WebAssembly.Imports);
  try {
    (instance.exports.run as (iterations: number) => void)(iterations);
    return undefined;
  } catch (error) {
    return error as Error;
  }
}
