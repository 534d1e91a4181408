/**
 * Modules that clang has instrumented, against clang's own callbacks: the original runs with callbacks that log, the
 * instrumented one records, and both have seen the same, in the same order, with the same operands.
 */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  KCOV_ACCESS_MASK,
  KCOV_EVENT_INDIRECT_CALL,
  KCOV_EVENT_LOAD,
  KCOV_EVENT_STORE,
} from "../../../src/abi/events.ts";
import { deriveCounts, hasMultiMemory, instrument, type TraceKind } from "../../../src/instrument/index.ts";
import { OperatorKind, operatorKind } from "../../../src/instrument/wasm/operator_kinds.ts";
import { OP } from "../../../src/instrument/wasm/operators.ts";
import { createBench } from "../../support/instrumented.ts";
import { hasWasmCompiler, NEEDS_LLVM, runTool } from "../../support/llvm.ts";

/** What this engine can run. */
const LINKS = hasMultiMemory() ? (["fused", "import"] as const) : (["import"] as const);

const PROGRAM = `
static int choose(int a) { switch (a) { case 1: return 10; case 1000: return 3; case 70000: return 9; } return a; }
static int twice(int x) { return x * 2; }
static int less(int x) { return x - 3; }
int (*volatile table[2])(int) = { twice, less };
int values[100];
__attribute__((export_name("run"))) int run(int a, int b, long long c, int s) {
  int r = 0;
  for (int i = 0; i < a; i++) {
    if (b > i * 3) r += table[i & 1](i); else r -= choose(i * 100);
    values[(i + b) & 63] += r;
  }
  if (c == 0x1234567890ll + b) r /= b + 7;
  if ((short)s == (short)b) r++;
  if ((signed char)s == (signed char)a) r += 2;
  switch (c) { case 5: r ^= 1; break; case 6: r ^= 9; break; case 7: r ^= 77; break; case 9: r ^= 33; break; }
  return r + choose(b) + (int)(c / ((long long)a + 1)) + values[a & 7];
}`;

const CALLS: readonly (readonly [number, number, bigint, number])[] = [
  [0, 0, 0n, 0],
  [3, 4, 5n, 3],
  [12, 70000, 0x1234567890n + 70000n, 70000],
  [-5, -1, -9n, 65535],
  [300, 1000, 7n, 300],
];

const PC_KINDS = ["trace-pc", "trace-pc-guard", "inline-8bit-counters", "inline-bool-flag"] as const;
const ALL_DATA: readonly TraceKind[] = ["cmp", "switch", "div", "indirect-calls", "loads", "stores"];

/** What a callback was called with, and which. */
interface Logged {
  readonly name: string;
  readonly operands: readonly bigint[];
}

describe.skipIf(!hasWasmCompiler)(`as clang's callbacks see it (${NEEDS_LLVM})`, () => {
  let directory = "";
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), "adopt-"));
    writeFileSync(join(directory, "program.c"), PROGRAM);
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  const compile = (coverage: string, level: string): Uint8Array<ArrayBuffer> => {
    const flags = ["--target=wasm32-wasi", `-O${level}`, "-mexec-model=reactor", "-nostartfiles", "-nodefaultlibs"];
    const linked = [
      "-Wl,--no-entry,--allow-undefined,--export=__wasm_call_ctors,--export-table",
      "program.c",
      "-o",
      "program.wasm",
    ];
    runTool(["clang-19", ...flags, `-fsanitize-coverage=${coverage}`, ...linked], directory);
    return new Uint8Array(readFileSync(join(directory, "program.wasm")));
  };

  describe.each(["0", "2"])("-O%s", (level) => {
    it.each(PC_KINDS)("%s", (kind) => {
      const bytes = compile(`edge,${kind}`, level);
      const { logged, counters } = runWithCallbacks(bytes);
      for (const link of LINKS) {
        const { pcTable, binary, leftOut, adopted } = instrument(bytes, {
          link,
          functions: { include: ["run", "choose", "twice", "less"] },
        });
        expect(leftOut).toEqual([]);
        expect(adopted.map(({ calls, sites }) => sites === calls || calls === 1 || sites)).not.toContain(0);
        expect(new Set(pcTable.sites.map((site) => site.kind))).toEqual(new Set(["adopted"]));
        const pcs = tracePcs(binary);
        expect(pcs.length).toBeGreaterThan(100);
        for (const pc of pcs) expect(operatorAt(bytes, pc)).toBe(kind.startsWith("inline") ? "load" : "call");
        if (kind === "trace-pc") expect(pcs.length).toBe(logged.length);
        if (kind === "trace-pc-guard")
          expectSameOrder(
            pcs,
            logged.map(({ operands }) => operands[0] ?? 0n),
          );
        if (kind === "inline-8bit-counters") expect(countsOf(pcs)).toEqual(counters);
        if (kind === "inline-bool-flag") expect(new Set(pcs).size).toBe(counters.length);
      }
    });

    it.each(["edge,trace-pc-guard,trace-cmp,trace-div,trace-gep,indirect-calls,trace-loads,trace-stores"])(
      "%s",
      (kinds) => {
        const bytes = compile(kinds, level);
        const { logged, exports } = runWithCallbacks(bytes);
        for (const link of LINKS) {
          const { binary, pcTable } = instrument(bytes, {
            ...{ link, trace: ALL_DATA, functions: { include: ["run", "choose", "twice", "less"] } },
          });
          const bench = createBench();
          const instance = instantiate(binary, bench.imports);
          const records = bench.traceComparisons(() => runAll(instance));
          expect(records.map(({ type, arg1, arg2 }) => [type, arg1, arg2])).toEqual(
            logged.flatMap(({ name, operands }) => expected(name, operands, exports)),
          );
          for (const { pc } of records) expect(operatorAt(bytes, pc)).toBe("call");
          expect(pcTable.sites.length).toBeGreaterThan(10);
          expect(readImports(binary).filter((name) => name.startsWith("env."))).toEqual([]);
        }
      },
    );
  });

  it("guards are numbered", () => {
    const bytes = compile("edge,trace-pc-guard", "2");
    const ranges: [number, number][] = [];
    runWithCallbacks(bytes, ranges);
    const { binary } = instrument(bytes);
    const instance = instantiate(binary, createBench().imports);
    const [start, stop] = ranges[0] ?? [0, 0];
    const guards = new Uint32Array((instance.exports.memory as WebAssembly.Memory).buffer.slice(start, stop));
    expect(guards.length).toBeGreaterThan(10);
    expect([...guards]).toEqual(Array.from(guards, (_, k) => k + 1));
  });

  it("counts that follow from others are those of a counter at every site", () => {
    const bytes = compile("edge,trace-pc-guard,trace-cmp", "2");
    const countsOf = (prune: boolean): bigint[] => {
      const { binary, pcTable } = instrument(bytes, {
        ...{ trace: ["counters"], counters: "64bit", counterStorage: "globals", link: "import", prune },
      });
      const globals = WebAssembly.Module.imports(new WebAssembly.Module(binary));
      const imports = Object.fromEntries(
        globals.map(({ name }) => [name, new WebAssembly.Global({ value: "i64", mutable: true }, 0n)]),
      );
      runAll(instantiate(binary, { kcov: imports }));
      const counters = BigUint64Array.from(globals, ({ name }) => (imports[name] as WebAssembly.Global<"i64">).value);
      expect(counters.length < pcTable.sites.length).toBe(prune);
      return [...deriveCounts(pcTable, counters)];
    };
    const counts = countsOf(false);
    expect(counts.filter((count) => count > 0n).length).toBeGreaterThan(20);
    expect(countsOf(true)).toEqual(counts);
  });

  it("coverage counts what clang leaves out, too", () => {
    const bytes = compile("edge,trace-pc-guard", "0");
    const plain = compile("no-prune,edge,trace-pc-guard", "0");
    expect(bytes.length).toBeLessThan(plain.length);
    const { pcTable } = instrument(bytes, { trace: ["counters"], counters: "64bit" });
    const kinds = new Set(pcTable.sites.map(({ kind }) => kind));
    expect(kinds).toContain("adopted");
    expect(kinds).toContain("taken");
  });
});

function readImports(binary: Uint8Array<ArrayBuffer>): string[] {
  return WebAssembly.Module.imports(new WebAssembly.Module(binary)).map(({ module, name }) => `${module}.${name}`);
}

function instantiate(binary: Uint8Array<ArrayBuffer>, imports: WebAssembly.Imports): WebAssembly.Instance {
  const instance = new WebAssembly.Instance(new WebAssembly.Module(binary), imports);
  (instance.exports.__wasm_call_ctors as () => void)();
  return instance;
}

function runAll(instance: WebAssembly.Instance): void {
  for (const args of CALLS) (instance.exports.run as (...args: unknown[]) => void)(...args);
}

function tracePcs(binary: Uint8Array<ArrayBuffer>): bigint[] {
  const bench = createBench();
  const instance = instantiate(binary, bench.imports);
  return bench.tracePcs(() => runAll(instance));
}

interface Reference {
  readonly logged: Logged[];
  readonly exports: WebAssembly.Exports;
  /** What the inline counters hold afterwards, but for zeros, ascending. */
  readonly counters: number[];
}

/** Runs the original with callbacks. Switches are logged with their cases. */
function runWithCallbacks(bytes: Uint8Array<ArrayBuffer>, ranges: [number, number][] = []): Reference {
  const logged: Logged[] = [];
  const module = new WebAssembly.Module(bytes);
  let memory = new WebAssembly.Memory({ initial: 1 });
  const env: Record<string, (...operands: (number | bigint)[]) => void> = {};
  for (const { name } of WebAssembly.Module.imports(module)) {
    env[name] = (...operands) => {
      if (name.endsWith("_init")) ranges.push([Number(operands[0]), Number(operands[1])]);
      else logged.push({ name: name.replace("__sanitizer_cov_", ""), operands: read(name, operands, memory) });
    };
  }
  const instance = new WebAssembly.Instance(module, { env });
  memory = instance.exports.memory as WebAssembly.Memory;
  (instance.exports.__wasm_call_ctors as () => void)();
  logged.length = 0;
  const before = ranges.flatMap(([start, stop]) => [...new Uint8Array(memory.buffer.slice(start, stop))]);
  runAll(instance);
  const after = ranges.flatMap(([start, stop]) => [...new Uint8Array(memory.buffer.slice(start, stop))]);
  const counters = after.map((count, k) => (count - (before[k] ?? 0)) & 0xff).filter((count) => count !== 0);
  return { logged, exports: instance.exports, counters: counters.sort((a, b) => a - b) };
}

function read(name: string, operands: readonly (number | bigint)[], memory: WebAssembly.Memory): bigint[] {
  const values = operands.map((operand) =>
    typeof operand === "bigint" ? BigInt.asUintN(64, operand) : BigInt(operand >>> 0),
  );
  if (!name.endsWith("trace_switch")) return values;
  const cases = new DataView(memory.buffer, Number(values[1]));
  const count = Number(cases.getBigUint64(0, true));
  return [values[0] ?? 0n, ...Array.from({ length: count + 1 }, (_, k) => cases.getBigUint64(8 + 8 * k, true))];
}

const LOG2: Readonly<Record<string, number>> = { 1: 0, 2: 1, 4: 2, 8: 3, 16: 4 };

/** The records that a call of a callback stands for. */
function expected(name: string, operands: readonly bigint[], exports: WebAssembly.Exports): bigint[][] {
  const [first = 0n, second = 0n, ...rest] = operands;
  const log2 = LOG2[/\d+$/.exec(name)?.[0] ?? ""] ?? 0;
  const mask = (1n << BigInt(8 << log2)) - 1n;
  if (/^trace_(const_)?cmp/.test(name)) {
    return [[BigInt((log2 << 1) | (name.includes("const") ? 1 : 0)), first & mask, second & mask]];
  }
  if (name === "trace_switch")
    return rest.map((each) => [BigInt((Math.log2(Number(second) / 8) << 1) | 1), each, first]);
  if (name.startsWith("trace_div")) return [[BigInt((log2 << 1) | 1), 0n, first]];
  if (name === "trace_pc_indir")
    return [[BigInt(KCOV_EVENT_INDIRECT_CALL), BigInt(indexOf(exports, Number(first))), 0n]];
  const access = BigInt((log2 << 1) & KCOV_ACCESS_MASK);
  if (name.startsWith("load")) return [[BigInt(KCOV_EVENT_LOAD) | access, first, 0n]];
  if (name.startsWith("store")) return [[BigInt(KCOV_EVENT_STORE) | access, first, 0n]];
  return [];
}

/** Index of a function in the module, by its place in the table: engines name functions by index. */
function indexOf(exports: WebAssembly.Exports, place: number): number {
  return Number((exports.__indirect_function_table as WebAssembly.Table).get(place)?.name);
}

function operatorAt(bytes: Uint8Array, pc: bigint): string {
  const opcode = bytes[Number(pc)] ?? 0;
  if (opcode === OP.call) return "call";
  return operatorKind(opcode) === OperatorKind.load ? "load" : `0x${opcode.toString(16)}`;
}

/** One pc stands for one guard, in every place of the sequence. */
function expectSameOrder(pcs: readonly bigint[], guards: readonly bigint[]): void {
  const pcOf = new Map(guards.map((guard, k) => [guard, pcs[k] ?? 0n]));
  expect(pcs).toEqual(guards.map((guard) => pcOf.get(guard)));
  expect(new Set(pcOf.values()).size).toBe(pcOf.size);
}

/** As bytes, but for zeros, ascending. */
function countsOf(pcs: readonly bigint[]): number[] {
  const counts = new Map<bigint, number>();
  for (const pc of pcs) counts.set(pc, (counts.get(pc) ?? 0) + 1);
  return [...counts.values()]
    .map((count) => count & 0xff)
    .filter((count) => count !== 0)
    .sort((a, b) => a - b);
}
