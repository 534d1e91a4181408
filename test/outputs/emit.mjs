// Instruments what main.ts wrote into a directory, with the library that is built in another one:
//
//     node emit.mjs LIBRARY DIRECTORY OUTPUT
//
// Plain JavaScript, so that it is the same program for every version of the library.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [library = "", directory = "", output = ""] = process.argv.slice(2);
const { instrument, instrumentCalls } = await import(pathToFileURL(join(library, "dist/instrument/index.js")).href);

const pairs = JSON.parse(readFileSync(join(directory, "pairs.json"), "utf8"));
pairs.forEach(({ file, options, calls }, k) => {
  const module = readFileSync(join(directory, file));
  const { binary, told } = outcome(() => (calls ? instrumentCalls(module) : instrument(module, options)));
  writeFileSync(join(output, `${k}.wasm`), binary);
  writeFileSync(join(output, `${k}.json`), JSON.stringify(told, undefined, 1));
});

/** An error is an outcome like any other. */
function outcome(run) {
  try {
    const { binary, pcTable: _, ...told } = run();
    return { binary, told };
  } catch (error) {
    return { binary: new Uint8Array(0), told: { error: `${error.name}: ${error.message}` } };
  }
}
