/** Debian's Rust compiler, where a machine has it. */

import { existsSync } from "node:fs";
import { runTool } from "./llvm.ts";

/** Why a test is skipped. */
export const NEEDS_RUST = "needs Debian's rustc, libstd-rust-dev-wasm32, lld-14";

// What is first on the PATH may be a compiler of another origin, without this target.
const COMPILER = "/usr/bin/rustc";

export const hasRust: boolean =
  existsSync(COMPILER) &&
  existsSync("/usr/lib/rustlib/wasm32-unknown-unknown/lib") &&
  existsSync("/usr/bin/wasm-ld-14");

/** Compiles a library whose exports are its `extern "C"` functions. */
export function compileRust(directory: string, source: string, output: string, flags: readonly string[]): void {
  const target = ["--crate-type=cdylib", "--target=wasm32-unknown-unknown", "-Clinker=wasm-ld-14", "--edition=2021"];
  runTool([COMPILER, ...target, ...flags, source, "-o", output], directory);
}
