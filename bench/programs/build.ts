/**
 * Builds the programs of the benchmarks into `build/bench/`: as WebAssembly modules, and natively with and without
 * instrumentation. What was built is kept; delete the directory to build again.
 *
 *     node bench/programs/build.ts
 *     node bench/programs/build.ts COMMIT     with the programs that are drawn for another commit than HEAD
 *
 * It needs Debian's packages clang-19, lld-19, wasi-libc, libclang-rt-19-dev-wasm32, libc++-19-dev-wasm32 and
 * libc++abi-19-dev-wasm32 for the modules, gcc and g++ for that side of native code, dpkg-dev to unpack sources and make and tcl for those of SQLite. The sources are Debian's, fetched
 * by apt-get into the same directory: the machine's own package lists stay as they are.
 */

import { existsSync } from "node:fs";
import { commitOf } from "../commit.ts";
import { buildNative } from "./build_native.ts";
import { buildWasm } from "./build_wasm.ts";
import { LOOP, NATIVE_VARIANTS, type NativeVariant, type Program } from "./programs.ts";
import { drawnFor, OTHERS } from "./programs_others.ts";
import { TUNED } from "./programs_tuned.ts";
import { fetchSources } from "./sources.ts";
import { findTool, ToolFailure } from "./tools.ts";

/** What could be built, and why the rest could not. */
export interface Built {
  /** Paths of modules, by program. */
  modules: Map<string, string>;
  /** Paths of native executables, by program and variant. */
  native: Map<string, Map<NativeVariant["name"], string>>;
  /** A sentence each. */
  missing: string[];
}

const WASI_LIBC = "/usr/lib/wasm32-wasi/libc.a";

/**
 * @param commit draws some of the programs
 * @param say told what is being done
 */
export function buildPrograms(commit: string, say: (line: string) => void): Built {
  const built: Built = { modules: new Map(), native: new Map(), missing: [] };
  const wasm = hasWasmCompiler(built);
  const variants = NATIVE_VARIANTS.filter(({ compiler }) => findTool(compiler));
  for (const compiler of ["clang-19", "gcc"] as const) {
    if (!findTool(compiler)) built.missing.push(`no native code of ${compiler}: install the package ${compiler}`);
  }
  for (const program of [...TUNED, ...OTHERS, ...drawnFor(commit), LOOP])
    attempt(built, program, () => buildOne(program, wasm, variants, built, say));
  return built;
}

function hasWasmCompiler(built: Built): boolean {
  const packages: readonly [present: boolean, name: string][] = [
    [findTool("clang-19"), "clang-19"],
    [findTool("wasm-ld-19"), "lld-19"],
    [existsSync(WASI_LIBC), "wasi-libc"],
    [existsSync("/usr/lib/llvm-19/lib/clang/19/lib/wasi"), "libclang-rt-19-dev-wasm32"],
  ];
  const absent = packages.filter(([present]) => !present).map(([, name]) => name);
  if (absent.length > 0) built.missing.push(`no C programs as WebAssembly: install ${absent.join(", ")}`);
  return absent.length === 0;
}

function attempt(built: Built, program: Program, build: () => void): void {
  try {
    build();
  } catch (error) {
    if (!(error instanceof ToolFailure)) throw error;
    built.missing.push(`no ${program.name}: ${error.message}`);
  }
}

function buildOne(
  program: Program,
  wasm: boolean,
  variants: readonly NativeVariant[],
  built: Built,
  say: (line: string) => void,
): void {
  if (!wasm && variants.length === 0) return;
  const sources = fetchSources(program, say);
  if (wasm && program !== LOOP) built.modules.set(program.name, buildWasm(program, sources, say));
  const executables = new Map<NativeVariant["name"], string>();
  for (const variant of variants) executables.set(variant.name, buildNative(program, variant, sources, say));
  built.native.set(program.name, executables);
}

if (import.meta.filename === process.argv[1]) {
  const commit = process.argv[2] ?? commitOf();
  const { modules, native, missing } = buildPrograms(commit, (line) => process.stderr.write(`${line}\n`));
  for (const line of missing) process.stderr.write(`${line}\n`);
  for (const path of modules.values()) process.stdout.write(`${path}\n`);
  for (const variants of native.values()) for (const path of variants.values()) process.stdout.write(`${path}\n`);
}
