/** The decoder of the npm package brotli-wasm: Brotli in Rust. */

import { createRequire } from "node:module";
import { brotliStream } from "../programs/inputs/documents.ts";

// What the package gives an import is its build for browsers.
const brotli = createRequire(import.meta.url)("brotli-wasm");
const stream = brotliStream();

/** @returns {number} bytes of the text */
export function run() {
  return brotli.decompress(stream).length;
}
