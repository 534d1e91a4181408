/** The decoder of the npm package brotli-wasm: Brotli in Rust. */

import brotli from "brotli-wasm";
import { brotliStream } from "../programs/inputs/documents.ts";

const stream = brotliStream();

/** @returns {number} bytes of the text */
export function run() {
  return brotli.decompress(stream).length;
}
