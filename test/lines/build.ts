/** Builds a program twice: as WebAssembly with debug information, and natively with the compiler's own coverage. */

import { execFileSync } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync } from "node:fs";
import { join, relative } from "node:path";
import { TUNED } from "../../bench/programs/programs_tuned.ts";
import { fetchSources } from "../../bench/programs/sources.ts";
import { BUILD } from "../../bench/programs/tools.ts";
import type { LineProgram } from "./programs.ts";

export type Level = "-O0" | "-O2";

/** Directory of everything that is built. */
export const LINES_BUILD: string = join(BUILD, "lines");

/** Optimisation levels of WebAssembly. What is compared with is native at -O0, as people measure coverage. */
export const LEVELS: readonly Level[] = ["-O0", "-O2"];

/** What is missing on this machine; empty where all can be built. */
export function missingTools(): string[] {
  const wanted: readonly [path: string, debian: string][] = [
    ["/usr/bin/clang-19", "clang-19"],
    ["/usr/bin/wasm-ld-19", "lld-19"],
    ["/usr/bin/llvm-cov-19", "llvm-19"],
    ["/usr/lib/wasm32-wasi/libc.a", "wasi-libc"],
    ["/usr/lib/wasm32-wasi/libc++.a", "libc++-19-dev-wasm32 libc++abi-19-dev-wasm32"],
    ["/usr/lib/llvm-19/lib/clang/19/lib/wasi", "libclang-rt-19-dev-wasm32"],
    ["/usr/lib/llvm-19/lib/clang/19/lib/linux/libclang_rt.profile-x86_64.a", "libclang-rt-19-dev"],
  ];
  return wanted.filter(([path]) => !existsSync(path)).map(([, debian]) => debian);
}

const WASI_LIBRARIES = ["-lwasi-emulated-signal", "-lwasi-emulated-getpid"];

/** @returns the path of the module */
export function buildModule(program: LineProgram, level: Level, extra: readonly string[] = []): string {
  const output = join(LINES_BUILD, `${program.name}${level}.wasm`);
  const target = [
    "--target=wasm32-wasi",
    "--sysroot=/usr",
    "-fdebug-compilation-dir=.",
    "-D_WASI_EMULATED_GETPID",
    "-Wl,-z,stack-size=1048576",
  ];
  compile(program, [...target, level, "-g", ...WASI_LIBRARIES, ...extra, "-o", output]);
  return output;
}

/** Runs the program natively. @returns what `llvm-cov export -format=lcov` prints */
export function nativeCoverage(program: LineProgram): string {
  const executable = join(LINES_BUILD, `${program.name}.native`);
  const raw = `${executable}.profraw`;
  const data = `${executable}.profdata`;
  compile(program, ["-O0", "-fprofile-instr-generate", "-fcoverage-mapping", "-lm", "-o", executable]);
  const input = openSync(program.input, "r");
  try {
    run([executable], { stdio: [input, "ignore", "ignore"], env: { ...process.env, LLVM_PROFILE_FILE: raw } }, true);
  } finally {
    closeSync(input);
  }
  run(["llvm-profdata-19", "merge", "-sparse", raw, "-o", data]);
  return run(["llvm-cov-19", "export", executable, `-instr-profile=${data}`, "-format=lcov"]);
}

function compile({ language, files, flags, package: debian }: LineProgram, more: readonly string[]): void {
  mkdirSync(LINES_BUILD, { recursive: true });
  const compiler = language === "C" ? ["clang-19"] : ["clang++-19", "-std=c++17", "-fno-exceptions"];
  const root = debian === undefined ? "" : packageRoot(debian);
  const paths = [...flags, ...files].map((path) => path.replace("@", root));
  run([...compiler, "-w", ...paths, ...more]);
}

/** Unpacked source package of Debian's. @throws {ToolFailure} it cannot be fetched */
function packageRoot(name: string): string {
  const program = TUNED.find((each) => each.package === name);
  if (!program) throw new Error(`no program of the benchmarks is from ${name}`);
  const { files } = fetchSources(program, (line) => process.stderr.write(`${line}\n`));
  const sources = join(BUILD, "sources");
  const file = files.find((path) => path.startsWith(sources)) ?? sources;
  return join(sources, relative(sources, file).split("/")[0] ?? "");
}

function run(command: readonly string[], options: object = {}, mayFail = false): string {
  const [file = "", ...args] = command;
  try {
    return execFileSync(file, args, { cwd: LINES_BUILD, encoding: "utf8", maxBuffer: 1 << 30, ...options });
  } catch (error) {
    if (mayFail && typeof (error as { status?: unknown }).status === "number") return "";
    throw error;
  }
}
