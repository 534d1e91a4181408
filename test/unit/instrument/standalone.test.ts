/** Modules that count by themselves: in this engine, and in wabt's interpreter and C compiler, which know nothing of a host. */

import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import {
  type CounterForm,
  deriveCounts,
  type InstrumentOptions,
  instrument,
  readPcTable,
  STANDALONE_EXPORTS,
} from "../../../src/instrument/index.ts";
import { wat } from "../../support/wat.ts";

/** Collatz steps of 27, on the way through a global and a memory of its own. */
const COLLATZ = `(module
  (global $steps (mut i32) (i32.const 0))
  (memory (export "memory") 1)
  (func (export "steps") (result i32) (local $n i32)
    (local.set $n (i32.const 27))
    (loop $again
      (if (i32.and (local.get $n) (i32.const 1))
        (then (local.set $n (i32.add (i32.mul (local.get $n) (i32.const 3)) (i32.const 1))))
        (else (local.set $n (i32.shr_u (local.get $n) (i32.const 1)))))
      (global.set $steps (i32.add (global.get $steps) (i32.const 1)))
      (br_if $again (i32.ne (local.get $n) (i32.const 1))))
    (i32.store (i32.const 0) (global.get $steps))
    (i32.load (i32.const 0)))
  (func (export "never") (nop)))`;

const directory = mkdtempSync(join(tmpdir(), "wasm-kcov-standalone-"));
afterAll(() => rmSync(directory, { recursive: true }));

interface Exports {
  steps(): number;
  never(): void;
  [STANDALONE_EXPORTS.length]: WebAssembly.Global;
  [STANDALONE_EXPORTS.counter](k: number): bigint;
}

function standalone(text: string, options: InstrumentOptions = {}): Uint8Array<ArrayBuffer> {
  return instrument(wat(text), { link: "standalone", ...options }).binary;
}

function instantiate(binary: Uint8Array<ArrayBuffer>): Exports {
  return new WebAssembly.Instance(new WebAssembly.Module(binary)).exports as unknown as Exports;
}

function countersOf(exports: Exports): bigint[] {
  const length = exports[STANDALONE_EXPORTS.length].value as number;
  return Array.from({ length }, (_, k) => exports[STANDALONE_EXPORTS.counter](k));
}

function isInstalled(...tools: string[]): boolean {
  const missing = tools.filter((tool) => spawnSync(tool, ["--version"]).error);
  if (missing.length > 0)
    process.stderr.write(`${missing.join(", ")} not installed: standalone modules are not run with it\n`);
  return missing.length === 0;
}

describe("standalone modules", () => {
  it.each(["64bit", "8bit", "flag"] as const)("count in %s globals and import nothing", (counters: CounterForm) => {
    const binary = standalone(COLLATZ, { counters });
    const module = new WebAssembly.Module(binary);
    expect(WebAssembly.Module.imports(module)).toEqual([]);
    const exports = instantiate(binary);
    expect(exports.steps()).toBe(111);
    for (let k = 0; k < 3; k++) exports.steps();

    const table = readPcTable(module);
    const read = countersOf(exports);
    const array = counters === "64bit" ? BigUint64Array.from(read) : Uint8Array.from(read, Number);
    const counts = deriveCounts(table, array);
    const of = (kind: string): bigint[] =>
      table.sites.flatMap((site, k) => (site.kind === kind ? [counts[k] ?? 0n] : []));
    expect([table.link, table.counters]).toEqual(["standalone", counters]);
    // 4 runs of 41 odd and 70 even numbers.
    const expected = { "64bit": [164n, 280n], "8bit": [164n, 280n % 256n], flag: [1n, 1n] }[counters];
    expect([of("then"), of("else")]).toEqual([[expected[0]], [expected[1]]]);
    expect(of("entry").map((count) => count > 0n)).toEqual([true, false]);
    expect(exports[STANDALONE_EXPORTS.counter](read.length)).toBe(0n);
    expect(exports[STANDALONE_EXPORTS.counter](-1)).toBe(0n);
  });

  it("read counters of many functions", () => {
    const func = `(func (export "NAME") (param i32) ${"(if (local.get 0) (then (nop)))".repeat(50)})`;
    const text = `(module ${Array.from({ length: 1500 }, (_, k) => func.replace("NAME", `f${k}`)).join("")})`;
    const exports = instantiate(standalone(text, { prune: false })) as unknown as Exports &
      Record<string, (n: number) => void>;
    exports.f0?.(1);
    exports.f1499?.(0);
    const counters = countersOf(exports);
    const perFunction = 1 + 2 * 50;
    expect(counters.length).toBe(1500 * perFunction);
    expect(counters.findIndex((count) => count > 0n)).toBe(0);
    expect(counters.findLastIndex((count) => count > 0n)).toBe(1500 * perFunction - 1);
    expect(counters.filter((count) => count > 0n).length).toBe(2 * (1 + 50));
  });

  it.each([
    [{ trace: ["pc"] }, /must be \["counters"\]/],
    [{ counterStorage: "memory" }, /not in "memory"/],
    [{ state: "globals" }, /no state/],
  ] as [InstrumentOptions, RegExp][])("refuse %o", (options, message) => {
    expect(() => standalone(COLLATZ, options)).toThrow(message);
    expect(() => standalone(COLLATZ, options)).toThrow(TypeError);
  });
});

describe.runIf(isInstalled("wast2json", "spectest-interp"))("wabt's interpreter", { timeout: 60_000 }, () => {
  it("counts the same", () => {
    const binary = standalone(COLLATZ);
    const here = instantiate(binary);
    here.steps();
    const bytes = Array.from(binary, (byte) => `\\${byte.toString(16).padStart(2, "0")}`).join("");
    const expected = countersOf(here).map(
      (count, k) => `(assert_return (invoke "${STANDALONE_EXPORTS.counter}" (i32.const ${k})) (i64.const ${count}))`,
    );
    const script = `(module binary "${bytes}")\n(assert_return (invoke "steps") (i32.const 111))\n${expected.join("\n")}`;
    writeFileSync(join(directory, "collatz.wast"), script);
    execFileSync("wast2json", ["collatz.wast", "-o", "collatz.json"], { cwd: directory });
    const output = execFileSync("spectest-interp", ["collatz.json"], { cwd: directory, encoding: "utf8" });
    expect(output).toMatch(/^(\d+)\/\1 tests passed/m);
  });
});

/** Names of what wasm2c makes differ between its versions. */
function mainFor(header: string): string {
  const find = (pattern: RegExp): string => pattern.exec(header)?.[1] ?? "missing";
  const initModule = /void (\w+_init_module)\(/.exec(header)?.[1];
  return `
#include <stdio.h>
#include "collatz.h"
int main(void) {
  ${find(/typedef struct (\w+)/)} module;
  wasm_rt_init();
  ${initModule ? `${initModule}();` : ""}
  ${find(/(\w+_instantiate)\(/)}(&module);
  printf("%u\\n", ${find(/(\w+steps)\(/)}(&module));
  u32 length = *${find(/(\w+length)\(/)}(&module);
  for (u32 k = 0; k < length; k++) printf("%llu\\n", (unsigned long long)${find(/(\w+counter)\(/)}(&module, k));
  return 0;
}
`;
}

describe.runIf(isInstalled("wasm2c", "gcc"))("wasm2c", { timeout: 60_000 }, () => {
  it("counts the same", () => {
    const binary = standalone(COLLATZ);
    const here = instantiate(binary);
    here.steps();
    writeFileSync(join(directory, "collatz.wasm"), binary);
    execFileSync("wasm2c", ["collatz.wasm", "-o", "collatz.c", "-n", "collatz"], { cwd: directory });
    writeFileSync(join(directory, "main.c"), mainFor(readFileSync(join(directory, "collatz.h"), "utf8")));
    const files = ["main.c", "collatz.c"];
    execFileSync("gcc", ["-O1", "-w", "-o", "run", ...files, "-lwasm-rt-impl", "-lm"], { cwd: directory });
    const lines = execFileSync(join(directory, "run"), { encoding: "utf8" }).trim().split("\n");
    expect(lines).toEqual(["111", ...countersOf(here).map(String)]);
  });
});
