/** Targets that cannot be fuzzed, or make it hard: each gets one line that says what is wrong. */

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openTarget, TargetError } from "../../../src/fuzz/index.ts";
import type { TargetOptions } from "../../../src/fuzz/targets/options.ts";
import { hasMultiMemory, instrument } from "../../../src/instrument/index.ts";
import { MALLOC, openWat, outcome, temporaryFile } from "../../support/fuzz_target.ts";
import { wat } from "../../support/wat.ts";

const ENTRY = `(func (export "LLVMFuzzerTestOneInput") (param i32 i32) (result i32) (i32.const 0))`;
const BUFFER = { address: 0, bytes: 100 };

const REFUSED: readonly [what: string, text: string, options: TargetOptions, code: string, message: string][] = [
  [
    "no entry",
    `(module (func (export "parse") (param i32 i32)) (func (export "free") (param i32)))`,
    {},
    "ERR_TARGET_EXPORT",
    "neither LLVMFuzzerTestOneInput nor _start is exported: name the function to call (entry); it exports parse, free",
  ],
  ["no exports", "(module)", {}, "ERR_TARGET_EXPORT", "it exports no function"],
  [
    "another entry",
    `(module ${ENTRY})`,
    { entry: "parse" },
    "ERR_TARGET_EXPORT",
    "no exported function parse; it exports LLVMFuzzerTestOneInput",
  ],
  [
    "an entry of another type",
    `(module (func (export "f") (param i32 f64)))`,
    { entry: "f", buffer: BUFFER },
    "ERR_TARGET_EXPORT",
    "f takes (i32, f64), not an address and a length",
  ],
  [
    "no malloc",
    `(module (memory 1) ${ENTRY})`,
    {},
    "ERR_TARGET_BUFFER",
    "nowhere to put inputs: name one that allocates",
  ],
  [
    "another malloc",
    `(module ${MALLOC} ${ENTRY})`,
    { malloc: "alloc_bytes" },
    "ERR_TARGET_EXPORT",
    "no function alloc_bytes that allocates; it exports malloc",
  ],
  [
    "malloc gives 0",
    `(module (memory (export "memory") 1) (func (export "malloc") (param i32) (result i32) (i32.const 0)) ${ENTRY})`,
    {},
    "ERR_TARGET_BUFFER",
    "malloc(4096) gave 0: give a smaller maxInputBytes, another malloc, or a buffer",
  ],
  [
    "malloc gives nonsense",
    `(module (memory (export "memory") 1) (func (export "malloc") (param i32) (result i32) (i32.const -16)) ${ENTRY})`,
    { maxInputBytes: 100 },
    "ERR_TARGET_BUFFER",
    "malloc(100) gave 4294967280, which does not leave so much of a memory of 65536 bytes",
  ],
  [
    "a buffer outside of the memory",
    `(module (memory (export "memory") 1) ${ENTRY})`,
    { buffer: { address: 65000, bytes: 1000 } },
    "ERR_TARGET_BUFFER",
    "the buffer of 1000 bytes at 65000 is not inside its memory of 65536 bytes",
  ],
  [
    "imports",
    `(module (import "env" "log" (func (param i32))) (import "env" "table" (table 1 funcref)) ${MALLOC} ${ENTRY})`,
    { stubImports: false },
    "ERR_TARGET_IMPORT",
    "nobody provides its imports env.table (a table), env.log: give a module that exports them (imports)",
  ],
  [
    "an import of another type",
    `(module (import "env" "g" (global i64)) ${MALLOC} ${ENTRY})`,
    { imports: { env: { g: 1 } } },
    "ERR_TARGET_IMPORT",
    "an import is not what the module needs",
  ],
  [
    "a start function that traps",
    `(module (func $boom (unreachable)) (start $boom) ${MALLOC} ${ENTRY})`,
    {},
    "ERR_TARGET_INITIALIZATION",
    "its start function failed before the first input: unreachable in boom",
  ],
  [
    "an _initialize that traps",
    `(module (func $boom (drop (i32.div_u (i32.const 1) (i32.const 0)))) (func (export "_initialize") (call $boom)) ${MALLOC} ${ENTRY})`,
    {},
    "ERR_TARGET_INITIALIZATION",
    "_initialize failed before the first input: division by zero in boom",
  ],
  [
    "an initialisation that exits",
    `(module (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
      (func (export "LLVMFuzzerInitialize") (param i32 i32) (result i32) (call $exit (i32.const 3)) (i32.const 0)) ${MALLOC} ${ENTRY})`,
    {},
    "ERR_TARGET_INITIALIZATION",
    "LLVMFuzzerInitialize failed before the first input: exit 3",
  ],
];

const SEVERAL_MEMORIES: typeof REFUSED = [
  [
    "several memories, one of them shared with others",
    `(module (import "env" "memory" (memory 1)) (memory 1) ${ENTRY})`,
    { buffer: BUFFER, reset: "memory", imports: { env: { memory: new WebAssembly.Memory({ initial: 1 }) } } },
    "ERR_TARGET_RESET",
    "reset memory cannot put back its 2 memories; reset instance cannot put back what it imports and shares (memory); " +
      "reset none leaves everything as it is",
  ],
];

test.each(hasMultiMemory() ? [...REFUSED, ...SEVERAL_MEMORIES] : REFUSED)(
  "%s",
  async (_what, text, options, code, message) => {
    const error = await openWat(text, options).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(TargetError);
    expect((error as TargetError).message).toContain(message);
    expect((error as TargetError).message).not.toContain("\n");
    expect((error as TargetError).code).toBe(code);
  },
);

test("what is no target", async () => {
  await expect(openTarget("/nowhere/target.wasm")).rejects.toThrow("/nowhere/target.wasm cannot be read: ENOENT");
  await expect(openTarget(temporaryFile("notes.txt", "hello"))).rejects.toThrow("is neither a WebAssembly module");
  const damaged = wat(`(module ${MALLOC} ${ENTRY})`).slice(0, -3);
  await expect(openTarget(temporaryFile("bad.wasm", damaged), { cache: false })).rejects.toThrow(
    "beyond the end of the file",
  );
});

test("a module that is instrumented already is used as it is, if it can be", async () => {
  const binary = wat(`(module ${MALLOC} ${ENTRY})`, true);
  const open = (options: Parameters<typeof instrument>[1], target: TargetOptions = {}) =>
    openTarget(temporaryFile("made.wasm", instrument(binary, options).binary), { cache: false, ...target });
  await expect(open({ trace: ["pc"] })).rejects.toThrow("is instrumented, but without counters");
  const wide = { trace: ["counters"], counters: "64bit", counterStorage: "memory" } as const;
  await expect(open(wide)).rejects.toThrow("is instrumented, but without counters");
  if (hasMultiMemory()) {
    const { counters } = await open({ trace: ["counters"], counterStorage: "memory" });
    expect(counters.map(({ memory, address }) => [memory.buffer.byteLength, address])).toEqual([[65_536, 0]]);
  }
  await expect(open({ trace: ["counters"] }, { reset: "globals" })).rejects.toThrow("without state: globals");
  await expect(open({ trace: ["counters"], state: "globals" }, { reset: "memory" })).rejects.toThrow(
    "with state: globals",
  );
  const target = await open({ trace: ["counters"], state: "memory" }, { reset: "memory" });
  expect(await outcome(target, "a")).toBe("ok");
  expect(target.modules[0]?.functionName(1)).toBe("LLVMFuzzerTestOneInput");
});

test("functions that nobody provides can be made to do nothing, and the user is told", async () => {
  const warnings: string[] = [];
  const text = `(module
    (import "env" "i" (func $i (result i32))) (import "env" "l" (func $l (result i64))) (import "env" "v" (func $v))
    ${MALLOC}
    (func (export "LLVMFuzzerTestOneInput") (param i32 i32) (result i32)
      (call $v)
      (if (i32.or (call $i) (i64.ne (call $l) (i64.const 0))) (then (unreachable)))
      (i32.const 0)))`;
  const target = await openWat(text, { stubImports: true, onWarning: (message) => warnings.push(message) });
  expect(await outcome(target, "a")).toBe("ok");
  expect(warnings).toEqual([expect.stringMatching(/imports that do nothing and return 0: env\.i, env\.l, env\.v$/)]);
});

test.each(["none", "memory", "instance"] as const)("memory that grows at each call: reset %s", async (reset) => {
  const target = await openWat(
    `(module (memory (export "memory") 1 40)
      (func (export "LLVMFuzzerTestOneInput") (param i32 i32) (result i32)
        (if (i32.eq (memory.grow (i32.const 10)) (i32.const -1)) (then (unreachable)))
        (i32.const 0)))`,
    { buffer: { address: 0, bytes: 16 }, reset },
  );
  const outcomes: string[] = [];
  for (let k = 0; k < 6; k++) outcomes.push(await outcome(target, "a"));
  const failing = reset === "none" ? ["ok", "ok", "ok", "unreachable", "ok", "ok"] : Array(6).fill("ok");
  expect(outcomes).toEqual(failing);
});

test("the cache gives the same module again, and damaged entries are made anew", async () => {
  const cacheDirectory = `${temporaryFile("cache", "")}.d`;
  const directory = join(cacheDirectory, "modules");
  const path = temporaryFile("target.wasm", wat(`(module ${MALLOC} ${ENTRY})`));
  const open = (options: TargetOptions = {}) => openTarget(path, { cacheDirectory, ...options });
  const pcs = (await open()).modules[0]?.pcs;
  const [entry = ""] = readdirSync(directory);
  const contents = readFileSync(join(directory, entry));
  expect((await open()).modules[0]?.pcs).toEqual(pcs);
  expect(readdirSync(directory)).toEqual([entry]);

  writeFileSync(join(directory, entry), contents.subarray(0, -1));
  expect((await open()).modules[0]?.pcs).toEqual(pcs);
  expect(readFileSync(join(directory, entry)).equals(contents)).toBe(true);

  await open({ reset: "memory" });
  expect(readdirSync(directory), "by what was asked for").toHaveLength(2);
});

test("a cache that cannot be written is none", async () => {
  const path = temporaryFile("target.wasm", wat(`(module ${MALLOC} ${ENTRY})`));
  const target = await openTarget(path, { cacheDirectory: join(path, "below a file") });
  expect(await outcome(target, "a")).toBe("ok");
});
