import assert from "node:assert";
import test from "node:test";
import xxhash from "xxhash-wasm";

test("a hash", async () => {
  const { h32 } = await xxhash();
  assert.equal(h32("a"), 0x550d7456);
});
