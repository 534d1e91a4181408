/**
 * Makes WebAssembly instrument what it loads: every module that the program compiles is transformed first, and every
 * instance of such a module gets the device's imports. Glue code needs no change, and sees none: queries about a module
 * are answered for the original.
 */

import { LoadedModules } from "./modules.ts";
import type { Loader, LoaderHost, LoaderOptions } from "./options.ts";
import { replaceIn } from "./realm.ts";
import { callerReader } from "./stack.ts";

/**
 * Replaces `WebAssembly.compile`, `instantiate`, `compileStreaming`, `instantiateStreaming`, `Module` and `Instance` in
 * this realm until the loader is disposed. A second loader is put on top of the first: it sees modules first.
 *
 * @param host answers the loader's questions about its environment; by default the stack tells who loads a module
 */
export function installLoader(options: LoaderOptions, host: LoaderHost = { caller: callerReader() }): Loader {
  return installFor(new LoadedModules(options, host));
}

/** Whether `WebAssembly` can be replaced in this realm. With `--frozen-intrinsics` Node.js freezes it. */
export function canInstall(): boolean {
  if (typeof WebAssembly === "undefined") return false;
  const { writable, configurable } = Object.getOwnPropertyDescriptor(WebAssembly, "Module") ?? {};
  return writable === true || configurable === true;
}

/** The same for a list of modules that the caller reads as well. */
export function installFor(modules: LoadedModules): Loader {
  // An engine may run without WebAssembly: `node --jitless`.
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
