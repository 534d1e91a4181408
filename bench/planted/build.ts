/** Builds a parser with an error: as a module, and natively with libFuzzer and AddressSanitizer. */

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { SETJMP_FLAGS } from "../programs/build_wasm.ts";
import { fetchSources } from "../programs/sources.ts";
import { HERE, runTool, ToolFailure } from "../programs/tools.ts";
import type { PlantedTarget } from "./targets.ts";

/** Paths. */
export interface BuiltTarget {
  readonly module: string;
  readonly native: string;
}

/** @throws {ToolFailure} clang, or what it needs, is not there; or the sources are not those that the change is for */
export function buildPlanted(target: PlantedTarget, directory: string, say: (line: string) => void): BuiltTarget {
  const { program, entry } = target;
  const sources = fetchSources(program, say);
  const own = join(directory, target.name.replaceAll(/\W+/g, "_"));
  mkdirSync(own, { recursive: true });
  const glue = join(HERE, "glue");
  const files = sources.files
    .filter((file) => !file.startsWith(glue))
    .map((file) => (file.endsWith(`/${target.file}`) ? changed(file, target, own) : file));
  if (!files.some((file) => file.startsWith(own))) throw new ToolFailure(`${target.file} is not among the sources`);
  const flags = [
    ...["-O2", "-g", "-w"],
    ...program.defines.map((define) => `-D${define}`),
    // What includes are relative to.
    ...files.flatMap((file) => (file.startsWith(own) ? ["-I", join(sourceOf(target, sources.files), "..")] : [])),
    ...sources.includes.flatMap((path) => ["-I", path]),
    ...files,
    fileURLToPath(new URL(entry, import.meta.url)),
  ];
  const [module, native] = [join(own, "parser.wasm"), join(own, "parser")];
  const wasi = join(HERE, "wasi");
  const setjmp = program.setjmp ? [...SETJMP_FLAGS, join(wasi, "setjmp.c"), "-I", wasi] : [];
  runTool(["clang-19", ...WASM, ...setjmp, ...flags, "-o", module], own);
  runTool(["clang-19", "-fsanitize=fuzzer,address", ...flags, "-lm", "-o", native], own);
  return { module, native };
}

const WASM = [
  ...["--target=wasm32-wasi", "--sysroot=/usr", "-mexec-model=reactor", "-Wl,-z,stack-size=1048576"],
  ...["-D_WASI_EMULATED_GETPID", "-D_WASI_EMULATED_SIGNAL", "-lwasi-emulated-getpid", "-lwasi-emulated-signal"],
  ...["LLVMFuzzerTestOneInput", "malloc", "free"].map((name) => `-Wl,--export=${name}`),
];

/** @returns the path of a copy that has the error */
function changed(path: string, { from, to, file }: PlantedTarget, directory: string): string {
  const text = readFileSync(path, "utf8");
  if (text.split(from).length !== 2)
    throw new ToolFailure(`${file} does not have the line that is to be changed, once`);
  const output = join(directory, basename(path));
  writeFileSync(
    output,
    text.replace(from, () => to),
  );
  return output;
}

function sourceOf({ file }: PlantedTarget, files: readonly string[]): string {
  return files.find((each) => each.endsWith(`/${file}`)) ?? "";
}
