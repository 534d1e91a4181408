/** The program that libFuzzer starts for subprocesses (-fork, -merge, -minimize_crash, -jobs). */

import { createHash } from "node:crypto";
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { defaultCacheDirectory } from "../../cache/directory.ts";

/**
 * Writes a script that runs a command with additional arguments. There is one script per command; it is written once
 * and kept, because libFuzzer's logs name it.
 *
 * @returns its path
 */
export function writeLauncher(command: readonly string[]): string {
  const script = `#!/bin/sh\nexec ${command.map(quote).join(" ")} "$@"\n`;
  const name = createHash("sha256").update(script).digest("hex").slice(0, 16);
  const directory = join(defaultCacheDirectory(), "launchers");
  mkdirSync(directory, { recursive: true });
  const path = join(directory, name);
  const temporary = `${path}.${process.pid}`;
  writeFileSync(temporary, script, { mode: 0o755 });
  renameSync(temporary, path);
  return path;
}

/** Quotes a word for the shell. */
function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
