/** Modules as programs of this machine: wasm2c, the shim for WASI, and gcc. */

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

/** Compiles a command of WASI. @returns the program */
export function compileCommand(binary: Uint8Array, directory: string): string {
  writeFileSync(join(directory, "program.wasm"), binary);
  execFileSync("wasm2c", ["program.wasm", "-o", "program.c", "-n", "program"], { cwd: directory });
  copyFileSync(fileURLToPath(new URL("wasi_shim.c", import.meta.url)), join(directory, "wasi_shim.c"));
  const header = readFileSync(join(directory, "program.h"), "utf8");
  const find = (pattern: RegExp): string => pattern.exec(header)?.[1] ?? "missing";
  const names = {
    FUNCTION: find(/u32 (\w*?)environ_sizes_get\(/),
    HOST: find(/^struct (\w*wasi\w*);/m),
    INSTANCE: find(/typedef struct (\w+)/),
    MEMORY: find(/wasm_rt_memory_t\* (\w+memory)\(/),
    INIT_MODULE: find(/void (\w+_init_module)\(/),
    INSTANTIATE: find(/(\w+_instantiate)\(/),
    START: find(/(\w+_start)\(/),
  };
  const macros = Object.entries(names).map(([name, value]) => `-D${name}=${value}`);
  const files = ["wasi_shim.c", "program.c", "-lwasm-rt-impl", "-lm"];
  execFileSync("gcc", ["-O1", "-w", "-o", "program", ...macros, ...files], { cwd: directory });
  return join(directory, "program");
}
