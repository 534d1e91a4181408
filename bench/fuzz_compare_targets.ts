/** The targets: the same C code as a module and as a program with native libFuzzer. */

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildWasm, hasCxx } from "./programs/build_wasm.ts";
import type { Program } from "./programs/programs.ts";
import { OTHERS } from "./programs/programs_others.ts";
import { TUNED } from "./programs/programs_tuned.ts";
import { fetchSources } from "./programs/sources.ts";
import { HERE, runTool, ToolFailure } from "./programs/tools.ts";

export interface CompareTarget {
  readonly name: string;
  /** Paths. */
  readonly module: string;
  readonly native: string;
  /** The same for AFL++, and what it reads comparisons from; undefined where its compiler is not there, or cannot. */
  readonly afl: { readonly program: string; readonly comparisons: string } | undefined;
}

/** Real parsers, from Debian's sources. */
const PROGRAMS: readonly Program[] = [...TUNED, ...OTHERS];
export const PARSERS: readonly string[] = PROGRAMS.map(({ name }) => name);

const WASM = [
  ...["--target=wasm32-wasi", "--sysroot=/usr", "-O2", "-mexec-model=reactor"],
  ...["LLVMFuzzerTestOneInput", "malloc", "free"].map((name) => `-Wl,--export=${name}`),
];
const NATIVE = ["-O2", "-fsanitize=fuzzer"];

/** @param withAfl whether AFL++ is to run it, too @throws {ToolFailure} clang, or what it needs, is not there */
export function buildBugTarget(name: string, directory: string, withAfl: boolean): CompareTarget {
  const source = fileURLToPath(new URL(`fuzz_targets/bugs/${name}.c`, import.meta.url));
  const [module, native] = [join(directory, `${name}.wasm`), join(directory, name)];
  runTool(["clang-19", ...WASM, source, "-o", module], directory);
  runTool(["clang-19", ...NATIVE, source, "-o", native], directory);
  return { name, module, native, afl: withAfl ? buildAfl(name, [source], directory) : undefined };
}

/** @throws {ToolFailure} as above, or its sources cannot be fetched */
export function buildParser(
  name: string,
  directory: string,
  withAfl: boolean,
  say: (line: string) => void,
): CompareTarget {
  const program = PROGRAMS.find((each) => each.name === name);
  if (program === undefined) throw new Error("there is no such program");
  const sources = fetchSources(program, say);
  const native = join(directory, name);
  const flags = [
    ...program.defines.map((define) => `-D${define}`),
    ...sources.includes.flatMap((path) => ["-I", path]),
  ];
  const entry = join(HERE, "wasi", "exports.c");
  const args = ["-w", ...flags, ...sources.files, entry, ...(hasCxx(sources) ? ["-lstdc++"] : []), "-lm"];
  runTool(["clang-19", ...NATIVE, ...args, "-o", native], directory);
  const afl = withAfl ? buildAfl(name, args, directory) : undefined;
  return { name, module: buildWasm(program, sources, say), native, afl };
}

/** With the driver for libFuzzer's targets that AFL++ brings along: it stays in one process. */
function buildAfl(name: string, args: readonly string[], directory: string): CompareTarget["afl"] {
  const [program, comparisons] = [join(directory, `${name}.afl`), join(directory, `${name}.cmplog`)];
  try {
    runTool(["afl-clang-fast", ...NATIVE, ...args, "-o", program], directory);
    runTool(["env", "AFL_LLVM_CMPLOG=1", "afl-clang-fast", ...NATIVE, ...args, "-o", comparisons], directory);
    return { program, comparisons };
  } catch (error) {
    if (error instanceof ToolFailure) return undefined;
    throw error;
  }
}
