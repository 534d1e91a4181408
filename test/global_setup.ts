import { spawnSync } from "node:child_process";

/**
 * Tests, and the programs and workers that they start, run on the sources as they are, not as they were last built.
 * What the compiler says of types is printed, but is for `npm run check` to judge: it has written its output anyway.
 */
export default function setup(): void {
  run("scripts/binaryen.mjs");
  run("assembly/build.mjs");
  run("scripts/fingerprint.mjs");
  run("node_modules/typescript/bin/tsc", "-p", "tsconfig.build.json");
  run("scripts/bundles.mjs");
}

function run(...args: string[]): void {
  const { error } = spawnSync(process.execPath, args, { stdio: ["ignore", "inherit", "inherit"] });
  if (error) throw error;
}
