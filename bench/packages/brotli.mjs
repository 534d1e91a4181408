/** The decoder of the npm package brotli-wasm: Brotli in Rust. */

import loading from "brotli-wasm";
import { brotliStream } from "../programs/inputs/documents.ts";

// A promise in some builds of the package, and not in others.
const brotli = await loading;
const stream = brotliStream();

/** @returns {number} bytes of the text */
export function run() {
  return brotli.decompress(stream).length;
}
