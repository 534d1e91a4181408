/**
 * Makes WebAssembly instrument what it loads: every module that the program compiles is transformed first, and every
 * instance of such a module gets the device's imports. Glue code needs no change, and sees none: what is asked about a
 * module is answered for the original.
 */

import { LoadedModules } from "./modules.ts";
import type { Loader, LoaderHost, LoaderOptions } from "./options.ts";
import { replaceIn } from "./realm.ts";
import { callerReader } from "./stack.ts";

/**
 * Replaces `WebAssembly.compile`, `instantiate`, `compileStreaming`, `instantiateStreaming`, `Module` and `Instance` in
 * this realm until the loader is disposed of. A second loader is put on top of the first: it sees modules first.
 *
 * @param host what the loader asks of the program around it; by default the stack tells who loads a module
 */
export function installLoader(options: LoaderOptions, host: LoaderHost = { caller: callerReader() }): Loader {
  return installFor(new LoadedModules(options, host));
}

/** Whether there is something to replace in this realm. Node.js freezes it with `--frozen-intrinsics`. */
export function canInstall(): boolean {
  if (typeof WebAssembly === "undefined") return false;
  const { writable, configurable } = Object.getOwnPropertyDescriptor(WebAssembly, "Module") ?? {};
  return writable === true || configurable === true;
}

/** The same for a list of modules that somebody else looks at as well. */
export function installFor(modules: LoadedModules): Loader {
  // An engine may be told to do without: `node --jitless`.
  const undo = typeof WebAssembly === "undefined" ? [] : [replaceIn(WebAssembly, modules)];
  return {
    addRealm(namespace) {
      undo.push(replaceIn(namespace, modules));
    },
    [Symbol.dispose]() {
      for (const each of undo) each();
    },
  };
}
