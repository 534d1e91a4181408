/** The cache's directory, and whether its contents can be trusted. */

import { mkdirSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/**
 * `$WASM_KCOV_CACHE`; or `wasm-kcov` in `$XDG_CACHE_HOME`, which by default is `.cache` in the home directory. The
 * environment is read at every call.
 */
export function defaultCacheDirectory(): string {
  return process.env.WASM_KCOV_CACHE || join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "wasm-kcov");
}

const OWNER_ONLY = 0o700;
const WRITABLE_BY_OTHERS = 0o022;

/**
 * Creates a directory that only this user can read and write.
 *
 * @returns whether it exists, and nobody else can have put anything into it
 */
export function preparePrivateDirectory(path: string): boolean {
  try {
    mkdirSync(path, { recursive: true, mode: OWNER_ONLY });
    return isPrivate(path);
  } catch {
    return false;
  }
}

/** Whether only this user can write to a directory: code that others could have written must not run as this user. */
export function isPrivate(path: string): boolean {
  try {
    const { uid, mode } = statSync(path);
    // Windows has neither users nor modes of this kind; there, the directory of a user's profile is private.
    return process.getuid === undefined || (uid === process.getuid() && (mode & WRITABLE_BY_OTHERS) === 0);
  } catch {
    return false;
  }
}
