/** One process of bench/startup.ts: prints the milliseconds that compiling and instantiating a module take. */

import { readFileSync } from "node:fs";
import { Kcov } from "../src/index.ts";

const binary = readFileSync(process.argv[2] ?? "");
const kcov = await Kcov.create();

const start = performance.now();
const module = await WebAssembly.compile(binary);
const compiled = performance.now();
const imports = importsOf(module);
const ready = performance.now();
const instance = await WebAssembly.instantiate(module, imports);
const end = performance.now();

if (Object.keys(instance.exports).length === 0) throw new Error("the module has no exports");
process.stdout.write(String(end - ready + compiled - start));

/** The device's imports, and functions that do nothing: code is instantiated, not run. */
function importsOf(module: WebAssembly.Module): WebAssembly.Imports {
  const imports: Record<string, Record<string, WebAssembly.ImportValue>> = {};
  for (const { module: from, name, kind } of WebAssembly.Module.imports(module)) {
    if (kind === "function") imports[from] = { ...imports[from], [name]: () => 0 };
  }
  return { ...imports, ...kcov.imports };
}
