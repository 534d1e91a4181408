// Run it from this folder: `asc tokenizer.ts -o build/tokenizer.wasm --sourceMap --debug`, then
// `wasm-kcov coverage -r html node --test tokenizer.test.mjs`.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

const binary = readFileSync("build/tokenizer.wasm");
const { instance } = await WebAssembly.instantiate(binary, { env: { abort: () => assert.fail("aborted") } });
const { begin, next, put } = instance.exports;

function tokensOf(text) {
  begin(text.length);
  for (let k = 0; k < text.length; k++) put(k, text.charCodeAt(k));
  const tokens = [];
  for (let token = next(); token !== 0; token = next()) tokens.push(token);
  return tokens;
}

test("numbers and operators", () => {
  assert.deepEqual(tokensOf("12 + 3*4"), [1, 2, 1, 4, 1]);
});
