/** LLVM's tools, where a machine has them: compilers of test programs, and oracles. */

import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { withoutWasmOpt } from "../../bench/programs/tools.ts";

/** Why a test is skipped. */
export const NEEDS_LLVM = "needs Debian's clang-19, lld-19, llvm-19, wasi-libc, libclang-rt-19-dev-wasm32";

export const hasDwarfdump: boolean = existsSync("/usr/bin/llvm-dwarfdump-19");

export const hasWasmCompiler: boolean =
  existsSync("/usr/bin/clang-19") &&
  existsSync("/usr/bin/wasm-ld-19") &&
  existsSync("/usr/lib/wasm32-wasi/libc.a") &&
  existsSync("/usr/lib/llvm-19/lib/clang/19/lib/wasi");

export const hasWasmCxx: boolean = hasWasmCompiler && existsSync("/usr/lib/wasm32-wasi/libc++.a");

/** Runs one of the tools in a directory. @returns its standard output */
export function runTool(command: readonly string[], directory: string): string {
  const [file = "", ...args] = command;
  return execFileSync(file, args, {
    cwd: directory,
    encoding: "utf8",
    env: withoutWasmOpt(),
    maxBuffer: 1 << 30,
    stdio: ["ignore", "pipe", "pipe"],
  });
}
