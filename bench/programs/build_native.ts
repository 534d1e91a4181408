/** Programs as native executables. */

import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { hasCxx } from "./build_wasm.ts";
import type { NativeVariant, Program } from "./programs.ts";
import type { Sources } from "./sources.ts";
import { BUILD, HERE, runTool } from "./tools.ts";

/**
 * The program is compiled with the variant's flags, the callbacks and the driver without: the kernel does not trace
 * kcov either. One object a file, so that nothing is inlined across that border.
 *
 * @returns the path of the executable
 */
export function buildNative(
  program: Program,
  { name, compiler, flags, linkFlags = [] }: NativeVariant,
  sources: Sources,
  say: (line: string) => void,
): string {
  const { files, includes } = sources;
  const directory = join(BUILD, "native", program.name, name.replace(" ", "-"));
  const output = join(directory, program.name);
  if (existsSync(output)) return output;
  say(`building ${program.name}, ${name} …`);
  mkdirSync(directory, { recursive: true });
  const common = [
    compiler,
    "-O2",
    "-w",
    ...program.defines.map((define) => `-D${define}`),
    ...includes.flatMap((path) => ["-I", path]),
  ];
  const native = ["callbacks.c", "driver.c"].map((file) => join(HERE, "native", file));
  // Numbered, since files of several folders may have one name.
  const objects = [...files, ...native].map((file, k) => {
    const own = native.includes(file) ? [] : flags;
    const object = `${k}.o`;
    runTool([...common, ...own, "-c", file, "-o", object], directory);
    return object;
  });
  runTool(
    [compiler, ...linkFlags, ...objects, ...(hasCxx(sources) ? ["-lstdc++"] : []), "-lm", "-o", output],
    directory,
  );
  return output;
}
