/** One run of a first request, on one side. */

import { spawnSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { DIRECTORY } from "../packages/fetch.ts";

/** As it is; covered with an empty cache; covered with what the run before has left in it; traced. */
export const SIDES = ["original", "cold", "cached", "trace"] as const;
export type Side = (typeof SIDES)[number];

/** Milliseconds. */
export interface Measured {
  /** Until the request was answered. */
  readonly milliseconds: number;
  /** The longest time in which the event loop did not turn. */
  readonly still: number;
  /** Of the processor, in all processes. */
  readonly cpu: number;
}

const PROGRAM = fileURLToPath(new URL("program.mjs", import.meta.url));

/** What runs it. */
export interface Setup {
  /** A build of the library. */
  readonly dist: string;
  readonly node: string;
}

/**
 * @param directory for files of the run
 * @throws {Error} the program failed
 */
export function run(side: Side, name: string, { dist, node }: Setup, directory: string): Measured {
  const output = join(directory, "output.json");
  const cache = join(directory, "cache");
  const program = [PROGRAM, DIRECTORY, name, output];
  if (side === "cold") rmSync(cache, { recursive: true, force: true });
  const cpu = timed(commandOf(side, program, resolve(dist), node), {
    WASM_KCOV_CACHE: cache,
    ...((side === "cold" || side === "cached") && {
      WASM_KCOV_COVERAGE: join(directory, "profiles"),
      // Those of packages, too.
      WASM_KCOV_COVERAGE_OPTIONS: JSON.stringify({ modules: [""] }),
    }),
  });
  return { ...(JSON.parse(readFileSync(output, "utf8")) as Omit<Measured, "cpu">), cpu };
}

/** What is compiled until the request is answered goes into a directory. */
export function keepModules(name: string, node: string, directory: string): void {
  timed([node, PROGRAM, DIRECTORY, name, join(directory, "output.json"), directory], {});
}

function commandOf(side: Side, program: readonly string[], dist: string, node: string): string[] {
  if (side === "trace") return [node, join(dist, "cli/main.js"), "trace", "-o", "/dev/null", ...program];
  return side === "original" ? [node, ...program] : [node, "--require", join(dist, "register.cjs"), ...program];
}

/** Runs a command. @returns milliseconds of the processor that it took with its child processes */
function timed(command: readonly string[], variables: Readonly<Record<string, string>>): number {
  const shell = ["-c", '"$@" >/dev/null && times', "sh", ...command];
  const { stdout, stderr, status } = spawnSync("sh", shell, {
    encoding: "utf8",
    env: { ...process.env, ...variables },
  });
  if (status !== 0) throw new Error(`${command.join(" ")}: ${stderr}`);
  // The second line is that of child processes: user and system, as "0m1.25s".
  const [, children = ""] = stdout.trim().split("\n");
  const seconds = Array.from(children.matchAll(/(\d+)m([\d.]+)s/g), ([, m, s]) => 60 * Number(m) + Number(s));
  return 1000 * seconds.reduce((sum, each) => sum + each, 0);
}
