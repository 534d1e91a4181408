/** The targets: the same C code as a module and as a program with native libFuzzer. */

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildWasm } from "./programs/build_wasm.ts";
import { TUNED } from "./programs/programs_tuned.ts";
import { fetchSources } from "./programs/sources.ts";
import { HERE, runTool } from "./programs/tools.ts";

export interface CompareTarget {
  readonly name: string;
  /** Paths. */
  readonly module: string;
  readonly native: string;
}

/** Real parsers, from Debian's sources. */
export const PARSERS: readonly string[] = TUNED.map(({ name }) => name);

const WASM = [
  ...["--target=wasm32-wasi", "--sysroot=/usr", "-O2", "-mexec-model=reactor"],
  ...["LLVMFuzzerTestOneInput", "malloc", "free"].map((name) => `-Wl,--export=${name}`),
];
const NATIVE = ["-O2", "-fsanitize=fuzzer"];

/** @throws {ToolFailure} clang, or what it needs, is not there */
export function buildBugTarget(name: string, directory: string): CompareTarget {
  const source = fileURLToPath(new URL(`fuzz_targets/bugs/${name}.c`, import.meta.url));
  const [module, native] = [join(directory, `${name}.wasm`), join(directory, name)];
  runTool(["clang-19", ...WASM, source, "-o", module], directory);
  runTool(["clang-19", ...NATIVE, source, "-o", native], directory);
  return { name, module, native };
}

/** @throws {ToolFailure} as above, or its sources cannot be fetched */
export function buildParser(name: string, directory: string, say: (line: string) => void): CompareTarget {
  const program = TUNED.find((each) => each.name === name);
  if (program === undefined) throw new Error("there is no such program");
  const sources = fetchSources(program, say);
  const native = join(directory, name);
  const flags = [
    ...program.defines.map((define) => `-D${define}`),
    ...sources.includes.flatMap((path) => ["-I", path]),
  ];
  const entry = join(HERE, "wasi", "exports.c");
  runTool(["clang-19", ...NATIVE, "-w", ...flags, ...sources.files, entry, "-lm", "-o", native], directory);
  return { name, module: buildWasm(program, sources, say), native };
}
