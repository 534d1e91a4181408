import { execFileSync } from "node:child_process";

/** Tests, and the programs and workers that they start, run on the sources as they are, not as they were last built. */
export default function setup(): void {
  const run = (...args: string[]): void => {
    execFileSync(process.execPath, args, { stdio: ["ignore", "inherit", "inherit"] });
  };
  run("assembly/build.mjs");
  run("node_modules/typescript/bin/tsc", "-p", "tsconfig.build.json");
}
