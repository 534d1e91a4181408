/** A line on stderr about work that takes longer than a second, when somebody watches. */

import { basename } from "node:path";
import { say } from "./io.ts";

/** Bytes that the pass takes about a second for. */
const ANNOUNCE_BYTES = 1_500_000;

/** Says that a module is being instrumented, if it is large and stderr is a terminal. @param path "-" for standard input */
export function announceInstrumenting(path: string, bytes: number): void {
  if (bytes < ANNOUNCE_BYTES || !process.stderr.isTTY) return;
  const name = path === "-" ? "standard input" : basename(path);
  say(`instrumenting ${name} (${(bytes / 1e6).toFixed(1)} MB) …`);
}
