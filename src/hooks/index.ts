/** The compiled AssemblyScript hooks, for the runtime that instantiates them and the pass that fuses them. */

import { fromBase64 } from "./base64.ts";
import { HOOKS_BASE64 } from "./binary.ts";

/** @returns the wasm binary that `assembly/` compiles to, a fresh copy at each call. */
export function hooksBinary(): Uint8Array<ArrayBuffer> {
  return fromBase64(HOOKS_BASE64);
}
