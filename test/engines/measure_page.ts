/** In a page, bundled. */

import * as library from "../../src/index.ts";
import { type AllBinaries, measure } from "./measure.ts";

async function run(): Promise<object> {
  try {
    return measure(library, (await (await fetch("/binaries.json")).json()) as AllBinaries);
  } catch (error) {
    return { error: `${(error as Error).stack}` };
  }
}

await fetch("/result", { method: "POST", body: JSON.stringify({ agent: navigator.userAgent, ...(await run()) }) });
