/**
 * Finds out from the stack who calls the loader. A program may replace `Error.prepareStackTrace`, set `stackTraceLimit`
 * to 0 or freeze `Error`; so where node:vm is available, stacks are captured in a realm that the program never sees.
 */

import type { Caller } from "./options.ts";
import { startsWith } from "./primordials.ts";

/** A frame of V8, as passed to `Error.prepareStackTrace`. */
interface CallSite {
  getFileName(): string | null | undefined;
}

/** Returns the files of the frames, innermost first; undefined for a frame without one. */
type ReadFiles = () => (string | undefined)[];

/** Number of frames that are examined. */
const DEPTH = 50;
const NOBODY: Caller = { script: undefined, isHost: false };

/** Third-party modules inside Node.js, some of which use WebAssembly. */
const HOST_MODULES = "node:internal/deps/";

/** @returns a function that finds out who has called the functions of this folder */
export function callerReader(): () => Caller {
  const readFiles = realmOfItsOwn() ?? readStackText;
  const here = new URL(".", import.meta.url).pathname;
  return () => {
    const files = readFiles();
    let index = 0;
    while (index < files.length && isHere(files[index], here)) index++;
    const isHost = startsWith(files[index] ?? "", HOST_MODULES);
    for (; index < files.length; index++) {
      const file = files[index];
      if (file !== undefined && !startsWith(file, "node:")) return { script: toPath(file), isHost };
    }
    return isHost ? { script: undefined, isHost } : NOBODY;
  };
}

/** Whether a frame is in this folder. Compares paths, since not every tool keeps URLs in stack traces. */
function isHere(file: string | undefined, here: string): boolean {
  return file === undefined || file.includes(here);
}

function toPath(file: string): string {
  return startsWith(file, "file://") ? decodeURIComponent(new URL(file).pathname) : file;
}

interface Vm {
  createContext(): object;
  runInContext(code: string, context: object): unknown;
}

function realmOfItsOwn(): ReadFiles | undefined {
  const { process } = globalThis as { process?: { getBuiltinModule?: (name: string) => unknown } };
  try {
    const vm = process?.getBuiltinModule?.("node:vm") as Vm | undefined;
    if (vm === undefined) return undefined;
    const code = `Error.stackTraceLimit = ${DEPTH}; Error.prepareStackTrace = (error, sites) => sites; () => new Error().stack`;
    const read = vm.runInContext(code, vm.createContext()) as () => CallSite[];
    if (typeof read()[1]?.getFileName !== "function") return undefined;
    return () => {
      const sites = read();
      const files: (string | undefined)[] = [];
      // The first frame is the function in that realm.
      for (let index = 1; index < sites.length; index++) files[index - 1] = sites[index]?.getFileName() ?? undefined;
      return files;
    };
  } catch {
    // The engine has only parts of node:vm.
    return undefined;
  }
}

/** For a page, or an engine without contexts: reads the text of a stack, if it is text. */
export function readStackText(): (string | undefined)[] {
  const { stack } = new Error();
  if (typeof stack !== "string") return [];
  return stack
    .split("\n")
    .flatMap((line) => /(?:\(|@|at )((?:\w+:\/\/|node:|\/)[^()]*?)(?::\d+)*\)?$/.exec(line)?.[1] ?? []);
}
