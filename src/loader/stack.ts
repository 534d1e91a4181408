/**
 * Who calls the loader, told from the stack. A program may replace `Error.prepareStackTrace`, set `stackTraceLimit` to 0
 * or freeze `Error`; so where node:vm is to be had, stacks are taken in a realm that the program never sees.
 */

import type { Caller } from "./options.ts";
import { startsWith } from "./primordials.ts";

/** Frames of V8, as `Error.prepareStackTrace` gets them. */
interface CallSite {
  getFileName(): string | null | undefined;
}

/** Files of the frames, innermost first; undefined where a frame has none. */
type ReadFiles = () => (string | undefined)[];

/** Frames that are looked at. */
const DEPTH = 50;
const NOBODY: Caller = { script: undefined, isHost: false };

/** What Node.js has in it of other projects, some of which are WebAssembly. */
const HOST_MODULES = "node:internal/deps/";

/** @returns a function that tells who has called the functions of this folder */
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

/** The path, since not every tool keeps URLs in stack traces. */
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
      // The first is the function in that realm.
      for (let index = 1; index < sites.length; index++) files[index - 1] = sites[index]?.getFileName() ?? undefined;
      return files;
    };
  } catch {
    // An engine that has node:vm in part.
    return undefined;
  }
}

/** In a page, or an engine without contexts: what the text of a stack says, if it is text. */
export function readStackText(): (string | undefined)[] {
  const { stack } = new Error();
  if (typeof stack !== "string") return [];
  return stack
    .split("\n")
    .flatMap((line) => /(?:\(|@|at )((?:\w+:\/\/|node:|\/)[^()]*?)(?::\d+)*\)?$/.exec(line)?.[1] ?? []);
}
