/** In a program, bundled: measure_host LIBRARY BINARIES. */

import { readFileSync } from "node:fs";
import { type AllBinaries, type Library, measure } from "./measure.ts";

const [library = "", binaries = ""] = process.argv.slice(2);
const result = measure((await import(library)) as Library, JSON.parse(readFileSync(binaries, "utf8")) as AllBinaries);
process.stdout.write(JSON.stringify(result));
