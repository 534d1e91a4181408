/** The commit that is measured. */

import { execFileSync } from "node:child_process";

/** @returns its abbreviated hash, "unknown" outside of a checkout */
export function commitOf(): string {
  return git("rev-parse", "--short=12", "HEAD") ?? "unknown";
}

/** The same with a mark if there are changes that it does not have. */
export function describedCommit(): string {
  return git("describe", "--always", "--dirty") ?? "unknown";
}

function git(...args: string[]): string | undefined {
  try {
    return execFileSync("git", args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  } catch {
    return undefined;
  }
}
