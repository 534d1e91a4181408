/** A program in AssemblyScript, compiled when it is first needed: strings, maps and arrays, with its garbage collector. */

import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { BUILD, runTool } from "../programs/tools.ts";

const SOURCE = fileURLToPath(new URL("./assembly/words.ts", import.meta.url));
const COMPILER = fileURLToPath(new URL("../../node_modules/assemblyscript/bin/asc.js", import.meta.url));
const MODULE = join(BUILD, "words.wasm");

if (!existsSync(MODULE)) {
  mkdirSync(BUILD, { recursive: true });
  runTool(
    [process.execPath, COMPILER, SOURCE, "-O3", "--runtime", "minimal", "--exportRuntime", "--outFile", MODULE],
    BUILD,
  );
}
const abort = () => {
  throw new Error("the program gave up");
};
const { instance } = await WebAssembly.instantiate(readFileSync(MODULE), { env: { abort } });

/** @returns {number} a hash of what it counted */
export function run() {
  const hash = instance.exports.count(2000);
  instance.exports.__collect();
  return hash;
}
