/** The time until an instrumented module can run, compiled and instantiated, against the original: sql.js. */

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { median, ratios } from "../src/cli/bench/statistics.ts";
import { instrument } from "../src/instrument/index.ts";
import { type Claim, measured } from "./claim.ts";
import type { Context } from "./context.ts";

const SQL_JS = fileURLToPath(new URL("../node_modules/sql.js/dist/sql-wasm.wasm", import.meta.url));
const PROCESS = fileURLToPath(new URL("./startup_process.ts", import.meta.url));

export async function startup({ measure }: Context): Promise<Claim[]> {
  const directory = mkdtempSync(join(tmpdir(), "wasm-kcov-bench-"));
  try {
    const instrumented = join(directory, "sql-wasm.wasm");
    writeFileSync(instrumented, instrument(readFileSync(SQL_JS)).binary);
    return [claimOf(SQL_JS, instrumented, measure.rounds, measure.progress)];
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function claimOf(original: string, instrumented: string, rounds: number, progress: (text: string) => void): Claim {
  const times: { original: number[]; instrumented: number[] } = { original: [], instrumented: [] };
  for (let round = 0; round < rounds; round++) {
    progress(`startup: round ${round + 1} of ${rounds} …`);
    times.original.push(timeOf(original));
    times.instrumented.push(timeOf(instrumented));
  }
  return {
    what: "compile + instantiate sql.js",
    ...measured(ratios(times.instrumented, times.original)),
    unit: "×",
    bar: 3,
    stretch: 2,
    note: `${median(times.original).toFixed(1)} ms, instrumented ${median(times.instrumented).toFixed(1)} ms`,
  };
}

/** In a process of its own: an engine keeps what it has compiled once. @returns milliseconds */
function timeOf(path: string): number {
  const { stdout, status, stderr } = spawnSync(process.execPath, [PROCESS, path], { encoding: "utf8" });
  if (status !== 0) throw new Error(`startup of ${path}: ${stderr}`);
  return Number(stdout);
}
