/**
 * The loader of a Node.js program: besides the functions of `WebAssembly` in this realm it replaces those in contexts
 * of node:vm, names modules by the files from which they were read, and notifies a recorder when workers and child
 * processes start, and when the thread ends. ES module imports of WebAssembly need nothing special: Node.js compiles
 * them with the functions that it finds on the global object.
 */

import { syncBuiltinESMExports } from "node:module";
import { installFor } from "../loader.ts";
import { LoadedModules } from "../modules.ts";
import type { Loader, LoaderOptions } from "../options.ts";
import { callerReader } from "../stack.ts";
import { replaceChildren } from "./children.ts";
import { replaceContexts } from "./contexts.ts";
import { whenThreadEnds } from "./ends.ts";
import { whenForeignThreadEnds } from "./ends_elsewhere.ts";
import { ModuleFiles } from "./files.ts";
import { HOST } from "./host.ts";
import type { NodeLoaderOptions } from "./options.ts";
import { SignalNotes } from "./signal_notes.ts";
import { translateUncaught } from "./uncaught.ts";
import { replaceWorkers } from "./workers.ts";
import { replaceForeignWorkers } from "./workers_elsewhere.ts";

/** Installs a loader, once per thread. @returns one whose disposal restores all but the handling of end and errors */
export function installNodeLoader(options: NodeLoaderOptions): Loader {
  const caller = callerReader();
  const files = new ModuleFiles();
  const isNode = HOST === "node";
  // Elsewhere it is not known what keeps a program from ending while something is awaited.
  const loading: LoaderOptions = isNode ? options : Object.create(options, { transformLater: { value: undefined } });
  const modules = new LoadedModules(loading, { caller, locate: (binary, { script }) => files.locate(binary, script) });
  const loader = installFor(modules);
  const undo = [files.watchReads(), replaceContexts((namespace) => loader.addRealm(namespace))];
  const { worker, child, end, findPlaces } = options;
  if (worker) undo.push((isNode ? replaceWorkers : replaceForeignWorkers)(() => worker.call(options)));
  if (child) undo.push(replaceChildren((start) => child.call(options, start)));
  if (findPlaces && isNode) translateUncaught(modules, (...module) => findPlaces.call(options, ...module));
  if (end) {
    const { signalDirectory } = options;
    const notes = signalDirectory === undefined ? undefined : new SignalNotes(signalDirectory);
    (isNode ? whenThreadEnds : whenForeignThreadEnds)((reason) => end.call(options, reason), notes);
  }
  syncBuiltinESMExports();
  return {
    addRealm: (namespace) => loader.addRealm(namespace),
    [Symbol.dispose]() {
      loader[Symbol.dispose]();
      for (const each of undo) each();
      syncBuiltinESMExports();
    },
  };
}
