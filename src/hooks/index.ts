/** The compiled AssemblyScript hooks, for the runtime that instantiates them and the pass that fuses them. */

import { HOOKS_BASE64 } from "./binary.ts";

// As it is now: in Node.js it is made when it is first used, which a program may have made impossible by then.
const { atob } = globalThis;

/** @returns the wasm binary that `assembly/` compiles to, a fresh copy at each call. */
export function hooksBinary(): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(HOOKS_BASE64), (char) => char.charCodeAt(0));
}
