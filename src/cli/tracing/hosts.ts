/** What differs in a program traced under Deno or Bun. */

import { HOST } from "../../loader/node/index.ts";

const NAMES = { node: "Node.js", deno: "Deno", bun: "Bun" } as const;
let isSaid = false;

/** Whether workers are traced; if not, prints that once. */
export function tracesWorkers(): boolean {
  if (HOST === "node") return true;
  if (!isSaid)
    process.stderr.write(`wasm-kcov: workers of ${NAMES[HOST]} are not traced; wasm-kcov coverage covers them\n`);
  isSaid = true;
  return false;
}
