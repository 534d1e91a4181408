/** Access to what is needed to find sources: files, and the demangler, which is loaded from one. */

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import * as demangler from "gecko-profiler-demangle/index_bg.js";
import { engine } from "../../engine.ts";
import { isFile } from "../../file_system.ts";
import type { FileAccess } from "../sources/access.ts";
import { type Demangle, demangleWith } from "../sources/demangle.ts";

/** Options for everything that looks for sources. */
export function nodeSourceAccess(workingDirectory: string): { files: FileAccess; demangle: Demangle } {
  return { files: nodeFiles(workingDirectory), demangle: nodeDemangle() };
}

export function nodeFiles(workingDirectory: string): FileAccess {
  return {
    read: (path) => {
      try {
        return readFileSync(path);
      } catch {
        return undefined;
      }
    },
    isFile,
    resolve: (directory, path) => resolve(directory === "" ? workingDirectory : directory, path),
    workingDirectory,
  };
}

/** The demangler. Its module, of half a megabyte, is compiled only if there is a mangled name. */
export function nodeDemangle(): Demangle {
  return demangleWith((mangled) => {
    if (!isLoaded) load();
    return demangler.demangle_any(mangled);
  });
}

/** Whether it is loaded. The package keeps views of its only instance's memory, which cannot be replaced. */
let isLoaded = false;

/** Loads the package as bundlers would: it is made for them, since they can import a WebAssembly module. */
function load(): void {
  const path = createRequire(import.meta.url).resolve("gecko-profiler-demangle/index_bg.wasm");
  const { exports } = new engine.Instance(new engine.Module(readFileSync(path)), { "./index_bg.js": demangler });
  demangler.__wbg_set_wasm(exports);
  (exports.__wbindgen_start as () => void)();
  isLoaded = true;
}
