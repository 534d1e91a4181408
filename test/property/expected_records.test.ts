/**
 * What instrumented modules record is what an interpreter of the original, which shares no code with the pass, says that
 * they should: every PC, and every operand in its width. That both links agree would not show what they both do wrong.
 */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hasMultiMemory, type Idle, instrument, type LinkMode, type TraceKind } from "../../src/instrument/index.ts";
import { createBench } from "../support/instrumented.ts";
import { type ExpectedRun, Interpreter, Undetermined } from "../support/interpreter/run.ts";
import { randomModule } from "../support/random_wat.ts";
import { wat } from "../support/wat.ts";

const LINKS: readonly LinkMode[] = hasMultiMemory() ? ["import", "fused"] : ["import"];
const RUNS = Number(process.env.WASM_KCOV_RANDOM_MODULES ?? 15);
/** What is enabled before a function is entered is recorded in either way. */
const WAYS: readonly { link: LinkMode; idle: Idle }[] = LINKS.flatMap((link) => [
  { link, idle: "exact" },
  { link, idle: "fast" },
]);
const TRACE: readonly TraceKind[] = ["pc", "cmp", "switch", "div", "indirect-calls", "loads", "stores", "stack-depth"];

/** A call of an export. */
type Call = readonly [name: string, ...args: (number | bigint)[]];

/** Calls exports one after the other, in one instance of each kind, and compares. */
function check(module: Uint8Array<ArrayBuffer>, calls: readonly Call[]): void {
  const expected = runAll(module, calls);
  for (const { link, idle } of WAYS) {
    const { binary, leftOut } = instrument(module, { link, idle, trace: TRACE, prune: false });
    expect(leftOut).toEqual([]);
    for (const mode of ["pcs", "records"] as const) {
      const bench = createBench(1 << 18);
      const { exports } = new WebAssembly.Instance(new WebAssembly.Module(binary), bench.imports);
      for (const [k, [name, ...args]] of calls.entries()) {
        let result: unknown;
        const run = () => {
          try {
            result = (exports[name] as (...args: unknown[]) => unknown)(...args);
          } catch {
            result = undefined;
          }
        };
        const actual = mode === "pcs" ? bench.tracePcs(run) : bench.traceComparisons(run);
        const what = `${link}, ${idle}, call ${k} of ${name}(${args.join(", ")})`;
        expect(numberOf(result), what).toEqual(numberOf(expected[k]?.result));
        expect(actual, what).toEqual(expected[k]?.[mode]);
      }
    }
  }
}

function runAll(module: Uint8Array, calls: readonly Call[]): ExpectedRun[] {
  const interpreter = new Interpreter(module);
  return calls.map(([name, ...args]) =>
    interpreter.call(
      name,
      ...args.map((arg) => (typeof arg === "bigint" ? BigInt.asUintN(64, arg) : BigInt.asUintN(32, BigInt(arg)))),
    ),
  );
}

/** Integers of either side as one kind of number. */
function numberOf(value: unknown): unknown {
  if (typeof value === "number") return BigInt.asUintN(64, BigInt(value) & 0xffffffffn);
  return typeof value === "bigint" ? BigInt.asUintN(64, value) : value;
}

it("of random modules", { timeout: 180_000 + 4000 * RUNS }, () => {
  const calls = [0, 1, 2, 3, 4].flatMap((k): Call[] => [
    ["refuel"],
    [`f${k}`, 0, 0n],
    ["refuel"],
    [`f${k}`, -77, 1n << 40n],
    ["refuel"],
    [`f${k}`, 255, 65n],
  ]);
  let determined = 0;
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const module = wat(randomModule(seed, { exceptions: false }));
      try {
        check(module, calls);
        determined++;
      } catch (error) {
        if (!(error instanceof Undetermined)) throw error;
      }
    }),
    { numRuns: RUNS },
  );
  expect(determined).toBeGreaterThan(RUNS / 2);
});

const VALUES = [
  0, 1, -1, 127, 128, 255, 256, -128, -129, 32767, 32768, 65535, 65536, -32768, -32769, 0x7fffffff, -0x80000000,
];

describe("of operands", () => {
  const narrow = [
    "(i32.load8_u (local.get 0))",
    "(i32.load8_s (local.get 0))",
    "(i32.load16_s (local.get 0))",
    "(i32.load16_u (local.get 0))",
    "(i32.extend8_s (local.get 0))",
    "(i32.extend16_s (local.get 0))",
    "(i32.and (local.get 0) (i32.const 255))",
    "(i32.and (local.get 0) (i32.const 65535))",
    "(i32.and (local.get 0) (i32.extend8_s (local.get 0)))",
    "(i32.shr_u (local.get 0) (i32.const 24))",
    "(i32.shr_u (local.get 0) (i32.const 48))",
    "(i32.eqz (local.get 0))",
    "(local.get 0)",
    "(local.tee 1 (i32.and (local.get 0) (i32.const 15)))",
  ];
  const constants = [0, 1, -1, 127, 128, 255, 256, -128, -129, 32767, 32768, 65535, -32768, -32769, 65536].map(
    (value) => `(i32.const ${value})`,
  );

  it.each(narrow)("%s", (operand) => {
    const other = [...constants, ...narrow];
    const body = other.flatMap((each) => [
      `(drop (i32.lt_s ${operand} ${each}))`,
      `(drop (i32.eq ${each} ${operand}))`,
      `(drop (i64.ge_u (i64.extend_i32_u ${operand}) (i64.extend_i32_s ${each})))`,
      `(drop (i64.ne (i64.extend_i32_s ${operand}) (i64.extend_i32_u ${each})))`,
      `(drop (i64.eqz (i64.extend_i32_u ${operand})))`,
      `(drop (i32.eqz ${operand}))`,
    ]);
    const data = '(data (i32.const 0) "\\00\\01\\7f\\80\\ff\\fe\\ff\\ff")';
    const module = wat(`(module (memory 1) ${data} (func (export "f") (param i32) (local i32) ${body.join(" ")}))`);
    check(
      module,
      VALUES.map((value): Call => ["f", value]),
    );
  });
});

describe("of switches", () => {
  const values = [
    "(local.get 0)",
    "(i32.extend16_s (local.get 0))",
    "(i32.extend8_s (local.get 0))",
    "(i32.load16_u (local.get 0))",
    "(i32.load8_u (local.get 0))",
  ];
  const wide = [
    "(local.get 1)",
    "(i64.extend16_s (local.get 1))",
    "(i64.extend_i32_u (local.get 0))",
    "(i64.and (local.get 1) (i64.const 0xffff))",
  ];
  const biases = [0, 1, 5, -3, 97, 250, -130, 40000, -40000];
  const body = (value: string): string =>
    `(block $a (block $b (block $c (br_table $c $b $a $c $a ${value})) (drop (i32.const 1))) (drop (i32.const 2)))`;
  const sums = (type: string, value: string): string[] =>
    biases.flatMap((bias) => [
      `(${type}.sub ${value} (${type}.const ${bias}))`,
      `(${type}.add ${value} (${type}.const ${bias}))`,
    ]);

  it.each(values)("over 32 bits: %s", (value) => {
    const functions = [value, ...sums("i32", value)].map(body).join(" ");
    check(wat(`(module (memory 1) (func (export "f") (param i32 i64) ${functions}))`), callsOf());
  });

  it.each(wide)("over 64 bits: %s", (value) => {
    const functions = [value, ...sums("i64", value)].map((each) => body(`(i32.wrap_i64 ${each})`)).join(" ");
    check(wat(`(module (memory 1) (func (export "f") (param i32 i64) ${functions}))`), callsOf());
  });

  function callsOf(): Call[] {
    return [...VALUES, 2, 3, 4, 5, 97, 98, 99, 250, 251, -130, -129].map(
      (value): Call => ["f", value & 0xffff, BigInt(value)],
    );
  }
});
