/** How the engine treats Binaryen, in processes that instrument for others and do nothing else. */

import v8 from "node:v8";

/**
 * How many bytes of a function's code run before V8 compiles it again, for speed: fifteen times as many as by default. A process
 * that instruments one module is done before Binaryen's functions, of which there are thousands, would have earned that.
 */
const TIERING_BUDGET = 200_000_000;

/** Has what is compiled from now on optimised later. To be called before Binaryen is loaded. */
export function optimizeLate(): void {
  try {
    v8.setFlagsFromString(`--wasm-tiering-budget=${TIERING_BUDGET}`);
  } catch {
    // Another engine, or a host that does not let its flags be set: then it is as it would have been.
  }
}
