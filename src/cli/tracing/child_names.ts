/** Determines which child processes may run WebAssembly under Node.js, and describes them. */

import { closeSync, openSync, readSync, statSync } from "node:fs";
import { basename, isAbsolute, join } from "node:path";
import type { ChildStart } from "../../loader/node/index.ts";

const SHELLS = /^(sh|bash|dash|zsh|ksh|fish|cmd(\.exe)?)$/;
const RUNNERS = /^(node|nodejs|npm|npx|pnpm|pnpx|yarn|bunx?|deno|corepack)(\.exe|\.cmd)?$/;
const SCRIPT = /\.[cm]?[jt]sx?$/;
/** Longer command lines are truncated. */
const MAX_LENGTH = 100;

/** Describes a child process by its command line. @returns undefined for other kinds of programs: git, a compiler */
export function describeChild(start: ChildStart): string | undefined {
  const { file, args } = start;
  const words = [file, ...(SHELLS.test(basename(file)) ? args.flatMap((each) => each.split(/[\s;&|()"']+/)) : [])];
  if (!words.some((word) => mayRunNode(word, start))) return undefined;
  const line = [basename(file), ...withoutOptions(args)].join(" ");
  return line.length > MAX_LENGTH ? `${line.slice(0, MAX_LENGTH)}…` : line;
}

const TAKES_MODULE = /^(-r|--require|--import|--loader|--experimental-loader)$/;

/** The arguments of Node.js; without its own options, from the script on, if there is a script. */
function withoutOptions(args: readonly string[]): readonly string[] {
  const at = args.findIndex(
    (each, k) => SCRIPT.test(each) && !each.startsWith("-") && !TAKES_MODULE.test(args[k - 1] ?? ""),
  );
  return at < 0 || !args.slice(0, at).some((each) => each.startsWith("-")) ? args : args.slice(at);
}

function mayRunNode(word: string, { env, cwd }: ChildStart): boolean {
  if (RUNNERS.test(basename(word)) || SCRIPT.test(word) || word === process.execPath) return true;
  if (word === "" || word.startsWith("-")) return false;
  if (word.includes("/")) return hasNodeLine(isAbsolute(word) ? word : join(cwd, word));
  return (env.PATH ?? "").split(":").some((folder) => folder !== "" && hasNodeLine(join(folder, word)));
}

/** Whether a file's first line names Node.js as its interpreter. */
function hasNodeLine(path: string): boolean {
  return /^#!.*\bnode\b/.test(firstBytes(path, 128).toString("latin1"));
}

/** The first bytes of a file; none if it cannot be read. */
export function firstBytes(path: string, count: number): Buffer {
  try {
    // Not a pipe, for example: another program may be at its other end.
    if (!statSync(path).isFile()) return Buffer.alloc(0);
    const fd = openSync(path, "r");
    try {
      const bytes = Buffer.alloc(count);
      return bytes.subarray(0, readSync(fd, bytes));
    } finally {
      closeSync(fd);
    }
  } catch {
    return Buffer.alloc(0);
  }
}

/** Notes the child processes of a thread. @returns the callback for the loader, which notes one */
export function noteChild(notes: { addChild(commandLine: string): void }): (start: ChildStart) => undefined {
  return (start) => {
    const child = describeChild(start);
    if (child !== undefined) notes.addChild(child);
    return undefined;
  };
}
