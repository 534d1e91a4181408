/** Running compilers and other tools of the machine. */

import { spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Where everything is built. */
export const BUILD: string = fileURLToPath(new URL("../../build/bench/", import.meta.url));
/** Where the files beside this one are. */
export const HERE: string = fileURLToPath(new URL("./", import.meta.url));

/** A tool failed, or is not there. */
export class ToolFailure extends Error {}

/** Whether a program is in the PATH. */
export function findTool(name: string): boolean {
  return (process.env.PATH ?? "").split(delimiter).some((directory) => isExecutable(join(directory, name)));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * The environment for clang without what npm puts on the PATH. Linking with -O1 or more, clang lets a wasm-opt that it
 * finds there rewrite the module, without its names and DWARF, and npm has binaryen's: what is compiled would depend on
 * how it is run. Clang 19 links nothing at all when it is told --no-wasm-opt.
 */
export function withoutWasmOpt(): NodeJS.ProcessEnv {
  const path = (process.env.PATH ?? "").split(delimiter);
  return { ...process.env, PATH: path.filter((each) => !/node_modules[\\/]\.bin[\\/]?$/.test(each)).join(delimiter) };
}

/** @throws {ToolFailure} with the last thing that the tool said */
export function runTool(command: readonly string[], directory: string): void {
  const [name = "", ...args] = command;
  const { status, error, stderr } = spawnSync(name, args, {
    cwd: directory,
    encoding: "utf8",
    env: withoutWasmOpt(),
    stdio: ["ignore", "ignore", "pipe"],
  });
  if (error) throw new ToolFailure(`${name} is not installed`);
  if (status !== 0) throw new ToolFailure(`${command.slice(0, 3).join(" ")} … failed: ${lastLines(stderr)}`);
}

function lastLines(text: string): string {
  return text.trim().split("\n").slice(-3).join("; ");
}
