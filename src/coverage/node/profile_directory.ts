/**
 * A directory of profiles:
 *
 *     PID-RANDOM.profile         what a process counted, written when it ended
 *     PID-RANDOM.begun           a process that has loaded a module, and still runs or was killed
 *     RANDOM.counts              what a standalone module counted
 *     modules/SHA256.wasm        an original module
 *     modules/SHA256.pctable     a pc table
 *
 * Files appear whole or not at all, and what is named by its content is written by whoever comes first.
 */

import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { uniqueName } from "../../cache/content.ts";

export const PROFILE_EXTENSION = ".profile";
/** Profiles of standalone modules, which write them themselves. */
export const COUNTS_EXTENSION = ".counts";
export const BEGUN_EXTENSION = ".begun";
export const MODULES_DIRECTORY = "modules";

/** What a process records about itself when it loads its first module. */
export interface BegunProcess {
  readonly pid: number;
  readonly command: string;
}

export function originalPath(directory: string, sha256: string): string {
  return join(directory, MODULES_DIRECTORY, `${sha256}.wasm`);
}

export function pcTablePath(directory: string, sha256: string): string {
  return join(directory, MODULES_DIRECTORY, `${sha256}.pctable`);
}

/** Stores an original or a pc table, unless that was done before. @throws what writing throws */
export function keepByContent(path: string, bytes: Uint8Array): void {
  if (!existsSync(path)) writeAtomically(path, bytes);
}

/**
 * Writes a file that others see whole or not at all. Creates its directory if it does not exist.
 *
 * @throws what writing throws: no room, no permission
 */
export function writeAtomically(path: string, data: Uint8Array | string): void {
  const temporary = `${path}.${uniqueName()}.tmp`;
  mkdirSync(dirname(path), { recursive: true });
  try {
    writeFileSync(temporary, data, { flag: "wx" });
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}
