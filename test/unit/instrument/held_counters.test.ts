/** Counters that short loops hold in locals: they count what PCs of the same sites would have been recorded. */

import { describe, expect, it } from "vitest";
import { CounterStore } from "../../../src/index.ts";
import { counterPcs, hasMultiMemory, instrument } from "../../../src/instrument/index.ts";
import { nearestCounterIn } from "../../../src/instrument/nearest_site.ts";
import { createBench } from "../../support/instrumented.ts";
import { toWat, wat } from "../../support/wat.ts";

const COUNTED = { trace: ["counters"], counters: "8bit", counterStorage: "memory" } as const;
const STEP = "(local.tee 0 (i32.sub (local.get 0) (i32.const 1)))";

/** Bodies of a function of one i32, and how many counters they hold in front of loops. */
const FUNCTIONS: readonly { what: string; body: string; held: number }[] = [
  { what: "a loop of one block", body: `(loop $next (br_if $next ${STEP}))`, held: 1 },
  {
    what: "a loop with two arms, which it leaves in the middle",
    body: `(loop $next
      (if (i32.and (local.get 0) (i32.const 1)) (then (local.set 1 (i32.const 3))) (else (local.set 1 (i32.const 4))))
      (if (i32.eq (local.get 0) (i32.const 7)) (then (return)))
      (br_if $next ${STEP}))`,
    held: 3,
  },
  {
    what: "the inner one of two loops, which is entered again and again",
    body: `(loop $outer
      (local.set 1 (i32.const 5))
      (loop $inner (br_if $inner (local.tee 1 (i32.sub (local.get 1) (i32.const 1)))))
      (br_if $outer ${STEP}))`,
    held: 1,
  },
  {
    what: "a loop that traps",
    body: `(loop $next (drop (i32.load (i32.mul (local.get 0) (i32.const 300)))) (br_if $next (local.tee 0 (i32.add (local.get 0) (i32.const 1)))))`,
    held: 1,
  },
  { what: "a loop that calls", body: `(loop $next (call $host) (br_if $next ${STEP}))`, held: 0 },
  {
    what: "a loop with many sites",
    body: `(loop $next
      ${[1, 2, 4, 8]
        .map(
          (bit) =>
            `(if (i32.and (local.get 0) (i32.const ${bit})) (then (local.set 1 (i32.const ${bit}))) (else (nop)))`,
        )
        .join("\n")}
      (br_if $next ${STEP}))`,
    held: 0,
  },
  {
    what: "two loops, which use the same locals",
    body: `(loop $next (br_if $next ${STEP})) (local.set 0 (i32.const 9)) (loop $next (br_if $next ${STEP}))`,
    held: 2,
  },
];

function moduleOf(body: string): Uint8Array<ArrayBuffer> {
  return wat(`(module (import "env" "host" (func $host)) (memory 1)
    (func (export "run") (param i32) (local i32) ${body}))`);
}

const host = (): void => {};

function attempt(binary: Uint8Array<ArrayBuffer>, imports: WebAssembly.Imports, argument: number): Error | undefined {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(binary), { ...imports, env: { host } });
  try {
    (exports.run as (n: number) => void)(argument);
    return undefined;
  } catch (error) {
    return error as Error;
  }
}

describe.runIf(hasMultiMemory())("counters that loops hold", () => {
  it.each(FUNCTIONS)("$what", ({ body, held }) => {
    const module = moduleOf(body);
    const { binary, pcTable } = instrument(module, COUNTED);
    const loads = toWat(binary).match(/\(local\.set \$\d+\n\s*\(i32\.load8_u /g) ?? [];
    expect(loads).toHaveLength(held);
    for (const argument of [1, 2, 6, 13, 300]) {
      const bench = createBench();
      const recorded = instrument(module, { link: "import" }).binary;
      const expected = new Map<bigint, number>();
      for (const pc of bench.tracePcs(() => attempt(recorded, bench.imports, argument)))
        expected.set(pc, ((expected.get(pc) ?? 0) + 1) % 256);
      const store = new CounterStore();
      attempt(binary, { ...store.imports }, argument);
      const counters = store.modules[0]?.read() ?? [];
      const counts = new Map(Array.from(counterPcs(pcTable), (pc, k) => [pc, Number(counters[k])]));
      for (const [pc, count] of counts) expect(count).toBe(expected.get(pc) ?? 0);
      expect(counts.size).toBeGreaterThan(0);
    }
  });

  it("are not taken for incremented where they are loaded", () => {
    const { binary, pcTable } = instrument(moduleOf(FUNCTIONS[3]?.body ?? ""), COUNTED);
    const error = attempt(binary, { ...new CounterStore().imports }, 1);
    const [, func, offset] = /wasm-function\[(\d+)\]:0x([0-9a-f]+)/.exec(error?.stack ?? "") ?? [];
    const counter = nearestCounterIn(binary, pcTable).of(Number(func), Number.parseInt(offset ?? "", 16));
    // The loop's own counter is behind the place that traps.
    expect(pcTable.sites.find(({ pc }) => pc === counterPcs(pcTable)[counter ?? -1])?.kind).toBe("entry");
  });
});
