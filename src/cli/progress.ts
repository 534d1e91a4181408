/** Announces work that takes longer than a second, in a line on stderr, if that is a terminal. */

import { basename } from "node:path";
import { say } from "./io.ts";

/** Size of a module, in bytes, for which the pass takes about a second. */
const ANNOUNCE_BYTES = 1_500_000;

/** Announces that a module is being instrumented, if it is large and stderr is a terminal. @param path "-" for stdin */
export function announceInstrumenting(path: string, bytes: number): void {
  if (bytes < ANNOUNCE_BYTES || !process.stderr.isTTY) return;
  const name = path === "-" ? "standard input" : basename(path);
  say(`instrumenting ${name} (${(bytes / 1e6).toFixed(1)} MB) …`);
}
