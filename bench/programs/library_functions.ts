/**
 * Which functions of a module come from the toolchain's libraries. Native code has its C library beside it, where clang
 * instruments nothing; a WASI module contains it.
 */

import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { readModuleInfo } from "../../src/instrument/wasm/module_info.ts";
import { findTool } from "./tools.ts";

const DIRECTORY = "/usr/lib/wasm32-wasi";
const LIBRARIES = ["libc.a", "libc++.a", "libc++abi.a", "libwasi-emulated-getpid.a", "libwasi-emulated-signal.a"];
const NM = "llvm-nm-19";
/** As nm describes functions: global, local, or weak. */
const FUNCTION = /^[0-9a-f]+ [TtWV] (.+)$/;

let known: ReadonlySet<string> | undefined;

/** @returns indices of functions, as a filter takes them; undefined if there is no {@link NM} */
export function libraryFunctions(module: string): string[] | undefined {
  known ??= findTool(NM) ? namesIn(LIBRARIES.map((name) => join(DIRECTORY, name)).filter(existsSync)) : undefined;
  const { functionNames } = readModuleInfo(readFileSync(module));
  return known && [...functionNames].filter(([, name]) => known?.has(name)).map(([index]) => String(index));
}

function namesIn(archives: readonly string[]): ReadonlySet<string> {
  const text = execFileSync(NM, ["--demangle", ...archives], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  return new Set(text.split("\n").flatMap((line) => FUNCTION.exec(line)?.[1] ?? []));
}
