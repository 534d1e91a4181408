// A test of parser.wasm as a user may have it: it knows nothing of coverage.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

const { instance } = await WebAssembly.instantiate(readFileSync("parser.wasm"));
const { memory, parse } = instance.exports;
const text = new TextEncoder().encode("a=1\nb=2\n");
new Uint8Array(memory.buffer).set(text, 1024);
assert.equal(parse(1024, text.length), 2);
