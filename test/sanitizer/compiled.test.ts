/** The programs of c/, compared with what AddressSanitizer says of them natively. */

import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";
import { withoutWasmOpt } from "../../bench/programs/tools.ts";
import { hasMultiMemory, instrument } from "../../src/instrument/index.ts";
import { Kcov } from "../../src/runtime/kcov.ts";
import { MemoryError } from "../../src/runtime/memory_report.ts";
import { hasWasmCompiler, NEEDS_LLVM } from "../support/llvm.ts";

const sources = ["programs.c", "support.c"].map((file) => fileURLToPath(new URL(`c/${file}`, import.meta.url)));
const hasNative = hasWasmCompiler && existsSync("/usr/lib/llvm-19/lib/clang/19/lib/linux");
const directory = mkdtempSync(join(tmpdir(), "wasm-kcov-sanitizer-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** What AddressSanitizer finds must be found, but for these; and nothing where a program is right. */
const MISSED = [
  // Beyond the redzone of a small block.
  "heap_write_by_many",
  // The frame is larger than its only variable, without optimisation.
  "stack_write_beyond_by_little",
];
/** Without names, memalign stays as it is: nothing is known of where its blocks end. */
const MISSED_WITHOUT_NAMES = [...MISSED, "aligned_alloc_end", "posix_memalign_end"];

/** The second one has clang's output rewritten by Binaryen's optimizer, as clang does itself where it finds that. */
const BUILDS: readonly (readonly [flags: readonly string[], missed: readonly string[], optimizer?: "-O2"])[] = [
  [["-O0"], MISSED],
  [["-O2"], MISSED_WITHOUT_NAMES, "-O2"],
  [["-O1"], MISSED],
  [["-O2"], MISSED],
  [["-O1", "-Wl,--strip-all"], MISSED_WITHOUT_NAMES],
];
const LINKS = hasMultiMemory() ? (["fused", "import"] as const) : (["import"] as const);

test.skipIf(!hasNative)(`programs in C (${NEEDS_LLVM})`, { timeout: 600_000 }, () => {
  const native = compile("native", ["-O1", "-fsanitize=address"]);
  const names = execFileSync(native, { encoding: "utf8" }).trim().split("\n");
  expect(names.length).toBeGreaterThanOrEqual(60);
  const reported = names.flatMap((name, k) => {
    expect(isReported(native, k, 0), `${name}, right`).toBe(false);
    return isReported(native, k, 1) ? [k] : [];
  });
  expect(reported.length).toBeGreaterThanOrEqual(60);
  for (const [flags, known, optimizer] of BUILDS) {
    const path = compile(`wasm${flags.join("")}`.replaceAll(/[^\w-]/g, ""), [...flags, ...WASM_FLAGS]);
    if (optimizer) execFileSync(WASM_OPT, [optimizer, path, "-o", path]);
    for (const link of LINKS) {
      const run = runnerOf(path, link);
      const alarms = names.flatMap((name, k) => (run(k, 0) === undefined ? [] : [`${name}: ${run(k, 0)}`]));
      expect(alarms, `${flags.join(" ")} ${link}`).toEqual([]);
      const missed = reported.filter((k) => run(k, 1) === undefined).map((k) => names[k] ?? "");
      expect(
        missed.filter((name) => !known.includes(name)),
        `${flags.join(" ")} ${link} missed`,
      ).toEqual([]);
    }
  }
});

const WASM_OPT = fileURLToPath(new URL("../../node_modules/.bin/wasm-opt", import.meta.url));

const WASM_FLAGS = [
  ...["--target=wasm32-wasi", "-mexec-model=reactor", "-msimd128", "-mbulk-memory"],
  ...["-Wl,--export=run_program", "-Wl,--export=malloc"],
];

function compile(name: string, flags: readonly string[]): string {
  const output = join(directory, name);
  execFileSync("clang-19", [...flags, "-g", "-fno-builtin", "-o", output, ...sources], {
    env: withoutWasmOpt(),
    stdio: "pipe",
  });
  return output;
}

/** Whether AddressSanitizer has something to say. */
function isReported(native: string, program: number, bad: 0 | 1): boolean {
  const env = { ...process.env, ASAN_OPTIONS: "detect_leaks=0:symbolize=0" };
  const { stderr } = spawnSync(native, [String(program), String(bad)], { encoding: "utf8", env });
  return stderr.includes("AddressSanitizer:");
}

/** @returns what runs a program in an instance of its own: the error that it reports, or what it throws */
function runnerOf(path: string, link: "fused" | "import"): (program: number, bad: 0 | 1) => string | undefined {
  const { binary, sanitizer } = instrument(readFileSync(path), { link, trace: [], sanitize: "memory" });
  expect(sanitizer.map(({ active }) => active)).toEqual([true, true, true]);
  const module = new WebAssembly.Module(binary);
  return (program, bad) => {
    using kcov = Kcov.createSync();
    const imports: WebAssembly.Imports = { ...(kcov.imports as unknown as WebAssembly.Imports) };
    for (const { module: from, name } of WebAssembly.Module.imports(module)) {
      if (from !== "kcov") imports[from] = { ...imports[from], [name]: () => 0 };
    }
    try {
      const exports = new WebAssembly.Instance(module, imports).exports as Record<string, (...args: number[]) => void>;
      exports._initialize?.();
      exports.run_program?.(program, bad);
      return undefined;
    } catch (error) {
      return error instanceof MemoryError ? error.report.kind : String(error);
    }
  };
}
