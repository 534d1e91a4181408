/** LLVM's tools, where a machine has them: compilers of test programs, and oracles. */

import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter } from "node:path";

/** Why a test is skipped. */
export const NEEDS_LLVM = "needs Debian's clang-19, lld-19, llvm-19, wasi-libc, libclang-rt-19-dev-wasm32";

export const hasDwarfdump: boolean = existsSync("/usr/bin/llvm-dwarfdump-19");

export const hasWasmCompiler: boolean =
  existsSync("/usr/bin/clang-19") &&
  existsSync("/usr/bin/wasm-ld-19") &&
  existsSync("/usr/lib/wasm32-wasi/libc.a") &&
  existsSync("/usr/lib/llvm-19/lib/clang/19/lib/wasi");

export const hasWasmCxx: boolean = hasWasmCompiler && existsSync("/usr/lib/wasm32-wasi/libc++.a");

/**
 * The environment for clang without what npm puts on the PATH. Linking with -O1 or more, clang lets a wasm-opt that it
 * finds there rewrite the module, without its names and DWARF, and npm has binaryen's: what is compiled would depend on
 * how the tests are run. Clang 19 links nothing at all when it is told --no-wasm-opt.
 */
export function withoutWasmOpt(): NodeJS.ProcessEnv {
  const path = (process.env.PATH ?? "").split(delimiter);
  return { ...process.env, PATH: path.filter((each) => !/node_modules[\\/]\.bin[\\/]?$/.test(each)).join(delimiter) };
}

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
