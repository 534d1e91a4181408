/** Child processes that a program starts by any of the functions of node:child_process. */

import children from "node:child_process";
import { apply } from "../primordials.ts";
import { replace } from "../replace.ts";
import type { ChildStart } from "./options.ts";

type Begin = (start: ChildStart) => Readonly<Record<string, string>> | undefined;

/** The argument of `ChildProcess.prototype.spawn`. */
interface SpawnOptions {
  file: string;
  /** The arguments; the first is the name of the program. */
  args?: string[];
  envPairs?: string[];
  cwd?: string;
}

/** Options of the synchronous functions. */
interface SyncOptions {
  env?: NodeJS.ProcessEnv;
  cwd?: string | URL;
}

/**
 * Intercepts every child process that this thread starts.
 *
 * @param begin returns environment variables to set for it
 * @returns a function that restores the functions of node:child_process
 */
export function replaceChildren(begin: Begin): () => void {
  const ChildProcess = children.ChildProcess as unknown as { prototype: object };
  const undo = [
    // spawn, fork, exec and execFile all call this method.
    replace(ChildProcess.prototype, "spawn", (target, self, [options]) =>
      apply(target, self, [withVariables(options as SpawnOptions, begin)]),
    ),
    replace(children, "spawnSync", (target, self, args) => {
      const [file, given, options] = args as [string, unknown, unknown];
      const list = Array.isArray(given) ? (given as string[]) : [];
      return apply(
        target,
        self,
        withSyncVariables(args, Array.isArray(given) || options !== undefined ? 2 : 1, begin, file, list),
      );
    }),
    replace(children, "execFileSync", (target, self, args) => {
      const [file, given, options] = args as [string, unknown, unknown];
      const list = Array.isArray(given) ? (given as string[]) : [];
      return apply(
        target,
        self,
        withSyncVariables(args, Array.isArray(given) || options !== undefined ? 2 : 1, begin, file, list),
      );
    }),
    replace(children, "execSync", (target, self, args) =>
      apply(target, self, withSyncVariables(args, 1, begin, "sh", ["-c", String(args[0])])),
    ),
  ];
  return () => {
    for (const each of undo) each();
  };
}

function withVariables(options: SpawnOptions, begin: Begin): SpawnOptions {
  const { file, args = [], envPairs = [], cwd = process.cwd() } = options ?? {};
  const added = begin({ file, args: args.slice(1), env: Object.fromEntries(envPairs.map(splitPair)), cwd });
  if (added === undefined) return options;
  const names = new Set(Object.keys(added));
  const kept = envPairs.filter((pair) => !names.has(splitPair(pair)[0]));
  return { ...options, envPairs: [...kept, ...Object.entries(added).map(([name, value]) => `${name}=${value}`)] };
}

/** @param at index of the options among the arguments */
function withSyncVariables(
  args: unknown[],
  at: number,
  begin: Begin,
  file: string,
  list: readonly string[],
): unknown[] {
  const options = (args[at] ?? {}) as SyncOptions;
  const { env = process.env, cwd = process.cwd() } = options;
  const added = begin({ file: String(file), args: list, env, cwd: String(cwd) });
  if (added === undefined) return args;
  const changed = [...args];
  changed[at] = { ...options, env: { ...env, ...added } };
  return changed;
}

function splitPair(pair: string): [name: string, value: string] {
  const at = pair.indexOf("=", 1);
  return [pair.slice(0, at), pair.slice(at + 1)];
}
