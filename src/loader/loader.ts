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
  const modules = new LoadedModules(options, host);
  const undo = [replaceIn(WebAssembly, modules)];
  return {
    addRealm(namespace) {
      undo.push(replaceIn(namespace, modules));
    },
    [Symbol.dispose]() {
      for (const each of undo) each();
    },
  };
}
