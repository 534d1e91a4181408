/** Where a fused function loads its cursor: as seldom as it can, and never too late. */

import binaryen from "binaryen";
import { describe, expect, it } from "vitest";
import { hasMultiMemory, instrument, type LinkMode } from "../../../src/instrument/index.ts";
import { createBench } from "../../support/instrumented.ts";
import { wat } from "../../support/wat.ts";

/** A function whose host may do anything at each call. `loads` is how often the code reads where PCs go. */
const FUNCTIONS: readonly { what: string; body: string; loads: number }[] = [
  {
    what: "once for both arms after a call",
    body: "(call $host) (if (local.get 0) (then (call $host)) (else (call $host)))",
    loads: 2,
  },
  {
    what: "once for both arms after a call that is the condition",
    body: "(if (call $ask) (then (call $host)) (else (call $host)))",
    loads: 2,
  },
  {
    what: "once for all cases after a call in the middle of an expression",
    body: `(block $a (block $b (block $c
      (br_table $a $b $c (i32.and (call $ask) (i32.const 3)))) (call $host)) (call $host))`,
    // After each call of the host, too, since the case after it is reached without one.
    loads: 4,
  },
  {
    what: "in front of a loop that calls nothing",
    body: `(call $host)
      (loop $next (br_if $next (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))`,
    loads: 2,
  },
  {
    what: "where a loop ends that calls",
    body: "(loop $next (call $host) (br_if $next (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))",
    loads: 2,
  },
  {
    what: "at the only site after a call",
    body: "(call $host) (block $past (br_if $past (local.get 0)) (unreachable))",
    loads: 2,
  },
  {
    what: "in a handler by itself",
    body: `(block $caught
      (try_table (catch_all $caught) (call $host) (if (local.get 0) (then (call $host)) (else (call $host)))))`,
    // At the end, too, which is reached from both arms and from the handler.
    loads: 4,
  },
];

function moduleOf(body: string): Uint8Array<ArrayBuffer> {
  return wat(`(module
    (import "env" "host" (func $host)) (import "env" "ask" (func $ask (result i32)))
    (func (export "run") (param i32) ${body}))`);
}

/** What a run records, while its host clears the count at every other call. */
function pcsOf(module: Uint8Array<ArrayBuffer>, link: LinkMode, argument: number): bigint[] {
  const bench = createBench();
  const memory = bench.imports.kcov.memory as WebAssembly.Memory;
  let calls = 0;
  const host = (): number => {
    if (calls++ % 2 === 1) new BigUint64Array(memory.buffer, 1 << 16, 1)[0] = 0n;
    return calls % 4;
  };
  const { binary } = instrument(module, { link });
  const instance = new WebAssembly.Instance(new WebAssembly.Module(binary), {
    ...bench.imports,
    env: { host, ask: host },
  });
  return bench.tracePcs(() => (instance.exports.run as (n: number) => void)(argument));
}

describe.runIf(hasMultiMemory())("the cursor is loaded", () => {
  it.each(FUNCTIONS)("$what", ({ body, loads }) => {
    const module = moduleOf(body);
    const read = binaryen.readBinary(instrument(module, { link: "fused" }).binary);
    expect(read.emitText().match(/global\.get/g)).toHaveLength(loads);
    read.dispose();
    for (const argument of [1, 2, 5]) {
      expect(pcsOf(module, "fused", argument)).toEqual(pcsOf(module, "import", argument));
    }
  });
});
