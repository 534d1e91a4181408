/** Which program this is: Deno and Bun have the modules of Node.js, and other ways to begin and to end. */

import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

export type Host = "node" | "deno" | "bun";

export const HOST: Host = process.versions.deno ? "deno" : process.versions.bun ? "bun" : "node";

/** The variable of the environment that has a host run modules first, by host. Deno reads that of Node.js. */
export const OPTION_VARIABLES = ["NODE_OPTIONS", "BUN_OPTIONS"] as const;

/** As the URL of a module what a worker is given: a URL, or a path from the working directory. */
export function moduleUrl(filename: unknown): string {
  if (filename instanceof URL) return filename.href;
  const text = String(filename);
  return /^[a-z][a-z0-9+.-]+:/i.test(text) ? text : pathToFileURL(resolve(text)).href;
}
