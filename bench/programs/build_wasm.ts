/** Programs as WebAssembly: WASI reactors that export bench_run, LLVMFuzzerTestOneInput and malloc. */

import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Program } from "./programs.ts";
import type { Sources } from "./sources.ts";
import { BUILD, HERE, runTool } from "./tools.ts";

const EXPORTS = ["bench_run", "LLVMFuzzerTestOneInput", "malloc", "free"];
const FLAGS = [
  ...["--target=wasm32-wasi", "--sysroot=/usr", "-O2", "-w", "-mexec-model=reactor"],
  ...["-D_WASI_EMULATED_GETPID", "-D_WASI_EMULATED_SIGNAL"],
];
const LINK_FLAGS = [
  "-lwasi-emulated-getpid",
  "-lwasi-emulated-signal",
  "-Wl,--strip-debug",
  "-Wl,-z,stack-size=1048576",
];
const CXX_FLAGS = ["-fno-exceptions", "-isystem", "/usr/include/wasm32-wasi/c++/v1", "-lc++", "-lc++abi"];
/** For programs that call setjmp. */
export const SETJMP_FLAGS: readonly string[] = ["-mllvm", "-wasm-enable-sjlj", "-mexception-handling"];

/** Whether some of the sources are C++. */
export function hasCxx({ files }: Sources): boolean {
  return files.some((file) => file.endsWith(".cpp"));
}

/** @returns the path of the module */
export function buildWasm(program: Program, sources: Sources, say: (line: string) => void): string {
  const output = join(BUILD, `${program.name}.wasm`);
  if (existsSync(output)) return output;
  say(`building ${program.name}.wasm …`);
  mkdirSync(BUILD, { recursive: true });
  const wasi = join(HERE, "wasi");
  const setjmp = program.setjmp ? [...SETJMP_FLAGS, join(wasi, "setjmp.c"), "-I", wasi] : [];
  const cxx = hasCxx(sources) ? CXX_FLAGS : [];
  runTool(
    [
      "clang-19",
      ...FLAGS,
      ...setjmp,
      ...[...program.defines, ...(program.wasmDefines ?? [])].map((define) => `-D${define}`),
      ...sources.includes.flatMap((path) => ["-I", path]),
      ...sources.files,
      join(wasi, "exports.c"),
      ...EXPORTS.map((name) => `-Wl,--export=${name}`),
      ...LINK_FLAGS,
      ...cxx,
      "-o",
      output,
    ],
    BUILD,
  );
  return output;
}
