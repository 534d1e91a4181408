/** The compiled AssemblyScript hooks, for the runtime that instantiates them and the pass that fuses them. */

import { HOOKS_BASE64 } from "./binary.ts";

/** @returns the wasm binary that `assembly/` compiles to, a fresh copy at each call. */
export function hooksBinary(): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(HOOKS_BASE64), (char) => char.charCodeAt(0));
}
