/** The host that runs the program: Deno and Bun have the modules of Node.js, but begin and end in other ways. */

import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

export type Host = "node" | "deno" | "bun";

export const HOST: Host = process.versions.deno ? "deno" : process.versions.bun ? "bun" : "node";

/** The environment variables that make a host run modules first. Deno reads that of Node.js. */
export const OPTION_VARIABLES = ["NODE_OPTIONS", "BUN_OPTIONS"] as const;

/** Converts the script of a worker, a URL or a path relative to the working directory, to a module's URL. */
export function moduleUrl(filename: unknown): string {
  if (filename instanceof URL) return filename.href;
  const text = String(filename);
  return /^[a-z][a-z0-9+.-]+:/i.test(text) ? text : pathToFileURL(resolve(text)).href;
}
