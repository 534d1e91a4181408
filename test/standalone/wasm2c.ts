/** Modules as programs of this machine: wasm2c and gcc. */

import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Whether all of these are there; says which are not. */
export function areInstalled(...tools: string[]): boolean {
  const missing = tools.filter((tool) => spawnSync(tool, ["--version"]).error);
  if (missing.length > 0) {
    process.stderr.write(`${missing.join(", ")} not installed: standalone modules are not run with it\n`);
  }
  return missing.length === 0;
}

/** Compiles a command of WASI, with the shim. @returns the program */
export function compileCommand(binary: Uint8Array, directory: string): string {
  const shim = fileURLToPath(new URL("wasi_shim.c", import.meta.url));
  return compileWithMain(binary, directory, shim, ["memory", "_start"]);
}

/**
 * Compiles a module and what runs it, in C, which finds the names of what wasm2c makes in macros: they differ between its
 * versions.
 *
 * @param names ends of names that the module exports: `length` is the macro LENGTH
 * @returns the program
 */
export function compileWithMain(binary: Uint8Array, directory: string, main: string, names: readonly string[]): string {
  writeFileSync(join(directory, "program.wasm"), binary);
  execFileSync("wasm2c", ["program.wasm", "-o", "program.c", "-n", "program"], { cwd: directory });
  copyFileSync(main, join(directory, "main.c"));
  const header = readFileSync(join(directory, "program.h"), "utf8");
  const find = (pattern: RegExp): string => pattern.exec(header)?.[1] ?? "missing";
  const macros = {
    FUNCTION: find(/u32 (\w*?)environ_sizes_get\(/),
    HOST: find(/^struct (\w*wasi\w*);/m),
    INSTANCE: find(/typedef struct (\w+)/),
    INIT_MODULE: find(/void (\w+_init_module)\(/),
    INSTANTIATE: find(/(\w+_instantiate)\(/),
    ...Object.fromEntries(
      names.map((name) => [name.replace("_", "").toUpperCase(), find(new RegExp(`(\\w+${name})\\(`))]),
    ),
  };
  const options = Object.entries(macros).map(([name, value]) => `-D${name}=${value}`);
  const files = ["main.c", "program.c", "-lwasm-rt-impl", "-lm"];
  execFileSync("gcc", ["-O1", "-w", "-o", "program", ...options, ...files], { cwd: directory });
  return join(directory, "program");
}
