/** Small programs on the built library, in a process of their own. */

import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";

/** Where the built file is, as a program imports it. */
export function built(path: string): string {
  return JSON.stringify(fileURLToPath(new URL(`../../dist/${path}`, import.meta.url)));
}

/** Runs an ES module that must not complain. @returns what it prints */
export function runProgram(program: string, flags: readonly string[] = []): string {
  const args = [...flags, "--input-type=module", "-e", program];
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8", timeout: 60_000 });
  expect(stderr).toBe("");
  return stdout;
}
